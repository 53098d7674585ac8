// Package locate finds PHP in the memory of a process: which version it is,
// and for each of its threads the executor's and the compiler's globals and
// the heap. It needs no symbols: stripped and static builds have none, and
// what a thread-safe build has leads nowhere by itself.
package locate
