//go:build race

package dump

// slow says that the race detector makes everything ten times slower.
const slow = true
