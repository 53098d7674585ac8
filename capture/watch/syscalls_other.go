//go:build !linux || !(amd64 || arm64)

package watch

// waits has no calls: no process can be watched here.
var waits map[int64]bool

// limits has none of them either.
var limits map[int64]limit
