// Package linezip compresses text whose lines look alike, as zstd (RFC 8878),
// which any zstd unpacks.
//
// A captured dump is lines of a few shapes that differ in addresses. An encoder
// made for everything does badly on them: low digits of addresses repeat every
// few pages, so the longest or the last place where a line's next bytes stood
// is some page earlier, at another distance for each kind of item, and saying
// these distances takes most of the output. Here a copy from the same distance
// as the last goes first. For a heap of 12 million items, 1,237 MB of text:
//
//	                                         MB     CPU
//	klauspost/compress, fastest            86.7   2.3 s
//	the same with a window of 16 KiB       66.4   2.1 s
//	zstd -1, -9, -19                       71, 64, 44
//	linezip                                44.1   1.5 s
//
// A small window does for that heap what the order of distances does here, but
// a heap of many classes then takes a quarter more. The Huffman code is that of
// klauspost/compress.
package linezip
