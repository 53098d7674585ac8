// Package profile reads the profiles of memprof, the allocation profiler of PHP:
// bytes in, a call tree out.
//
// Such a profile says which calls made the blocks that are still allocated. It
// knows call paths and no holders, where a heap dump knows holders and no call
// paths. Its bytes are those that were asked for, before PHP's allocator rounds
// them up.
//
// # Formats
//
// All three that memprof 3 writes, plain or compressed (the content decides, not
// the name):
//
//   - memprof_dump_array, as JSON: a frame has its bytes, blocks, calls and the
//     frames that it called;
//   - memprof_dump_callgrind: a block of lines for each call path, callees first;
//     files of other writers with two event columns are read as functions without
//     paths;
//   - memprof_dump_pprof, the heap format of gperftools: symbols, then words; it
//     has neither blocks nor calls.
//
// Xdebug's cachegrind files are refused: they add up each growth of a call and
// no release, so their bytes are of no use here.
//
// # Damage
//
// A profile that ends early is an error, not a smaller answer. Only a heap file
// that was cut exactly between two records cannot be told from a whole one: the
// format has neither a count nor an end.
package profile
