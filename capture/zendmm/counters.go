package zendmm

import (
	"errors"
	"fmt"

	"memtrail/capture/memory"
)

// Counters are where a heap counts, as offsets from its address.
type Counters struct {
	Size, Peak     uint64 // memory_get_usage() and its peak
	Real, RealPeak uint64 // the same with true: chunks and huge blocks
	Limit          uint64 // memory_limit
	Overflow       uint64 // an int: not 0 while "Allowed memory size exhausted" is reported
	Bytes          uint64 // from the heap's address to behind the last of them
}

// HeapInChunk is where a heap lies in its first chunk, in bytes.
const HeapInChunk = heapInChunk

// IsChunk reports whether a chunk starts at an address: its first word is the
// address of its heap, which lies in a chunk that says the same.
func IsChunk(word func(address uint64) uint64, a uint64) bool {
	if a%ChunkSize != 0 {
		return false
	}
	h := word(a)
	return h%ChunkSize == heapInChunk && h > ChunkSize && word(h-heapInChunk) == h
}

// FindCounters finds the counters of the heap at an address. Of the memory it
// needs the heap's first page; the process may run meanwhile.
//
// In zend_mm_heap, real_size, real_peak and limit follow one another, behind
// the free lists; some builds have more limits behind them. They are the first
// three words there that relate as they must: both sizes are whole pages and
// no addresses, size ≤ real_size ≤ real_peak, and real_size ≤ limit. overflow
// is the word before huge_list.
func FindCounters(image *memory.Image, address uint64) (Counters, error) {
	h := &Heap{Address: address, image: image}
	if address%ChunkSize != heapInChunk || image.Word(address-heapInChunk) != address {
		return Counters{}, fmt.Errorf("there is no ZendMM heap at %#x", address)
	}
	if err := h.calibrate(); err != nil {
		return Counters{}, err
	}
	size := image.Word(address + h.at.size)
	const mostReal = 1 << 40 // addresses of PHP's heap are larger
	for off := h.at.peak + 8*NumBins; off+32 <= h.at.hugeList; off += 8 {
		actual, peak, limit := image.Word(address+off), image.Word(address+off+8), image.Word(address+off+16)
		if actual >= ChunkSize && actual%PageSize == 0 && size <= actual && actual <= peak && peak%PageSize == 0 && peak < mostReal && actual <= limit {
			return Counters{Size: h.at.size, Peak: h.at.peak, Real: off, RealPeak: off + 8, Limit: off + 16, Overflow: h.at.hugeList - 8, Bytes: h.at.hugeList}, nil
		}
	}
	return Counters{}, errors.New("the counters of the heap were not found")
}
