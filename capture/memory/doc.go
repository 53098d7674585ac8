// Package memory reads the memory of a process: of one that runs, or of one
// that left an ELF core.
//
// Either way the result is an [Image]: the writable private memory as it was
// at one moment, copied while the process was stopped, and everything else
// (read-only pages, memory that is shared with other processes) read when it
// is asked for. Whoever reads an image takes every word in it for hostile: an
// address that is not mapped reads as zero and is counted, never an error.
package memory
