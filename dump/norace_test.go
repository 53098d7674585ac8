//go:build !race

package dump

const slow = false
