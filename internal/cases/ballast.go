package cases

import "runtime"

// ballast is part of the heap, and nothing touches it, so that it takes no
// memory. Tests make many small heaps, and the collector runs whenever one has
// doubled: each few megabytes without it, a third of the tests' time.
var ballast = make([]byte, 64<<20)

func init() { runtime.KeepAlive(ballast) }
