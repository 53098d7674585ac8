// Package capture reads the heap of a PHP process from outside: of one that
// runs, or from an ELF core. No extension is needed and nothing in the process
// is changed; it stands still while its memory is copied, for milliseconds.
//
// The packages below do one step each: memory copies, locate finds PHP in the
// copy, layout knows its structures, zendmm reads the allocator's heap, walk
// the values. A [Capture] is a [dump.Source]: its items go where those of a
// dump go, and whoever builds a graph of them does not know the difference.
package capture
