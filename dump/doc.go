// Package dump reads php-meminfo heap dumps: bytes in, items out.
//
// A dump is JSON by intent and a printf log in fact. It holds a header and
// one flat object of items, keyed by address; an item names its children by
// key and address. Real dumps carry bytes that are not UTF-8, duplicate
// keys, trailing commas, types that C made up, and often just stop. This
// package accepts all of that, loses none of it silently, and counts every
// flaw by [DefectKind] with the offset of its first occurrence.
//
// # Two ways to read
//
// [Scanner] works like bufio.Scanner: one goroutine, any io.Reader, one item
// at a time. [Each] reads an [Input] with every core: a plain file in blocks
// (each.go), a compressed one or a stream in sections (stream.go). It gives
// each stretch of the dump to a [Sink] of its own and hands the sinks back in
// file order, so that a result never depends on the number of cores.
//
// # Two paths for an item
//
// An item in the layout that php-meminfo prints goes through a scan that
// compares eight bytes at a time against the text that must stand there
// (usual.go). Any other item is framed by a tolerant byte machine (frame.go),
// mended where JSON does not allow what was found, and decoded by sonic
// (general.go). Both give the same items; the tests hold them against each
// other on every dump at hand.
//
// An item in the layout of [Writer], which captures are written in, has a scan
// of its own kind (compact.go), held against the general one in the same way.
//
// # Items that were never text
//
// A [Source], such as the memory of a process, gives items directly:
// [FromSource] makes an input of it, and [Each] reads that like any other. Its
// items have exact bytes ([Item.Alloc]); what it knows of the heap as a whole
// is in [Info.Capture].
//
// # Damage
//
// Damage costs the item it is in, and rarely a neighbour: the reader goes on
// at the next place where an item with a hexadecimal id starts. It takes time
// in proportion to the input, whatever the input, and finds the same items,
// header and defects on one core and on many, and on either path.
//
// # Memory
//
// Memory does not depend on the size of the dump, nor on the number of its
// items, nor on the length of the longest child list: an item with more
// children than a window holds arrives in pieces, see [Item.More].
package dump
