package memory

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Mapping is one mapping of a process.
type Mapping struct {
	From, To    uint64 // To is behind it
	Permissions string // like rw-p
	Offset      uint64 // of From in the file, in bytes
	Path        string // file, or [heap], [stack], …; "" if anonymous
}

// Size is the number of bytes that the mapping covers.
func (m *Mapping) Size() uint64 { return m.To - m.From }

// Writable reports whether the process may write there.
func (m *Mapping) Writable() bool { return len(m.Permissions) > 1 && m.Permissions[1] == 'w' }

// Private reports whether what the process writes there stays its own.
func (m *Mapping) Private() bool { return len(m.Permissions) > 3 && m.Permissions[3] == 'p' }

// Segment is a piece of memory that was copied.
type Segment struct {
	Address uint64
	Data    []byte
}

// End is the address behind the segment.
func (s *Segment) End() uint64 { return s.Address + uint64(len(s.Data)) }

// area is a stretch of addresses.
type area struct{ from, to uint64 }

// zero is a page that was never written to.
var zero [pageSize]byte

// isZero reports whether a page is in memory that has no pages.
func (m *Image) isZero(base uint64) bool {
	i, found := slices.BinarySearchFunc(m.zeros, base, func(x area, a uint64) int { return cmp.Compare(x.from, a) })
	if !found {
		i--
	}
	return i >= 0 && base+pageSize <= m.zeros[i].to
}

// backing reads what is in no segment.
type backing interface {
	// readAt fills b with the memory at an address, or fails.
	readAt(b []byte, address uint64) error
}

// Thread is a thread of the process.
type Thread struct {
	ID      int    // of the kernel
	Pointer uint64 // the thread pointer: fs_base on amd64, tpidr on arm64; 0 where it is not known
	Stack   uint64 // the stack pointer; 0 where it is not known
}

// Image is the memory of a process at one moment. It is read by one goroutine
// at a time.
type Image struct {
	Mappings []Mapping // by address
	Segments []Segment // by address, without overlap
	Threads  []Thread

	// Root is put before the paths of Mappings: /proc/PID/root, or a sysroot.
	Root string

	// Misses counts the reads of addresses where there is nothing.
	Misses uint64
	// Short is set when the file of a core ends before its segments do.
	Short bool
	// Held is how many bytes of memory a core takes that was read, not mapped.
	Held uint64

	index granules
	last  Segment // that was found last: neighbors mostly are in one
	zeros []area  // memory without pages, by address: it reads as zeros
	back  backing
	pages map[uint64][]byte // read from back so far; nil values could not be read
	free  func()
	// mapped is the file behind the segments; nil if they are in memory.
	mapped []byte
}

// pageSize is the unit of reads from the backing, in bytes.
const pageSize = 4 << 10

// maxPages bounds what is kept of the backing: 1 GiB.
const maxPages = 256 << 10

// newImage puts an image together.
func newImage(mappings []Mapping, segments []Segment, back backing) *Image {
	slices.SortFunc(mappings, func(a, b Mapping) int { return cmp.Compare(a.From, b.From) })
	slices.SortFunc(segments, func(a, b Segment) int { return cmp.Compare(a.Address, b.Address) })
	m := &Image{Mappings: mappings, back: back, pages: map[uint64][]byte{}}
	end := uint64(0)
	for _, s := range segments {
		// A damaged core may have segments that overlap; the first counts.
		if s.Address < end {
			skip := min(end-s.Address, uint64(len(s.Data)))
			s.Address, s.Data = s.Address+skip, s.Data[skip:]
		}
		if len(s.Data) == 0 || s.End() < s.Address {
			continue
		}
		end = s.End()
		m.Segments = append(m.Segments, s)
	}
	m.index.build(m.Segments)
	return m
}

// New makes an image of segments that are in memory already, for tests and
// tools. It takes both slices over.
func New(mappings []Mapping, segments []Segment) *Image { return newImage(mappings, segments, nil) }

// Close releases the memory of the copy. Views into it must not be used any
// more.
func (m *Image) Close() error {
	if m.free != nil {
		m.free()
		m.free = nil
	}
	m.Segments, m.index, m.last = nil, granules{}, Segment{}
	return nil
}

// Copied is the number of bytes in segments.
func (m *Image) Copied() uint64 {
	n := uint64(0)
	for i := range m.Segments {
		n += uint64(len(m.Segments[i].Data))
	}
	return n
}

// Segment gives the segment that holds n bytes at an address, nil if none does.
func (m *Image) Segment(address, n uint64) *Segment {
	i := m.index.first(address)
	for ; i < len(m.Segments); i++ {
		s := &m.Segments[i]
		if s.Address > address {
			return nil
		}
		if off := address - s.Address; off < uint64(len(s.Data)) {
			if n <= uint64(len(s.Data))-off {
				return s
			}
			return nil
		}
	}
	return nil
}

// Copies reports whether n bytes at an address are in a segment.
func (m *Image) Copies(address, n uint64) bool { return m.Segment(address, n) != nil }

// Mapping gives the mapping that holds an address, nil if none does.
func (m *Image) Mapping(address uint64) *Mapping {
	if n := len(m.Mappings); n == 0 || address < m.Mappings[0].From || address >= m.Mappings[n-1].To {
		return nil // most words that are asked for are no addresses
	}
	i, found := slices.BinarySearchFunc(m.Mappings, address, func(x Mapping, a uint64) int { return cmp.Compare(x.From, a) })
	if !found {
		i--
	}
	if i < 0 || address >= m.Mappings[i].To {
		return nil
	}
	return &m.Mappings[i]
}

// Bytes gives n bytes at an address: a view of a segment, or a copy of what
// lies elsewhere; nil if not all of it can be read.
func (m *Image) Bytes(address, n uint64) []byte {
	off, all := address-m.last.Address, m.last.Data
	if off < uint64(len(all)) && n <= uint64(len(all))-off {
		return all[off : off+n : off+n]
	}
	return m.find(address, n)
}

// find is Bytes for what is not in the segment that was found last.
func (m *Image) find(address, n uint64) []byte {
	if s := m.Segment(address, n); s != nil {
		m.last = *s
		off := address - s.Address
		return s.Data[off : off+n : off+n]
	}
	return m.elsewhere(address, n)
}

// maxCopy bounds one read of what is in no segment, in bytes.
const maxCopy = 64 << 20

// elsewhere reads across segments and from the backing.
func (m *Image) elsewhere(address, n uint64) []byte {
	if n == 0 || n > maxCopy || address+n < address {
		m.Misses++
		return nil
	}
	var out []byte
	for n > 0 {
		base := address &^ (pageSize - 1)
		page := m.page(base)
		if page == nil {
			m.Misses++
			return nil
		}
		off := address - base
		k := min(n, pageSize-off)
		if k == n && out == nil {
			return page[off : off+k : off+k]
		}
		out = append(out, page[off:off+k]...)
		address, n = address+k, n-k
	}
	return out
}

// page gives the page at an aligned address, nil if there is none.
func (m *Image) page(base uint64) []byte {
	if p, known := m.pages[base]; known {
		return p
	}
	if s := m.Segment(base, pageSize); s != nil {
		off := base - s.Address
		return s.Data[off : off+pageSize]
	}
	if m.isZero(base) {
		return zero[:]
	}
	if m.back == nil || len(m.pages) >= maxPages {
		return nil
	}
	page := make([]byte, pageSize)
	if m.back.readAt(page, base) != nil {
		page = nil
	}
	m.pages[base] = page
	return page
}

// readPages are the addresses of the pages that were read from the backing.
func (m *Image) readPages() []uint64 {
	var all []uint64
	for a, p := range m.pages {
		if p != nil {
			all = append(all, a)
		}
	}
	slices.Sort(all)
	return all
}

// Word reads eight bytes; 0 where nothing is.
func (m *Image) Word(address uint64) uint64 {
	if b := m.Bytes(address, 8); len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// Half reads four bytes; 0 where nothing is.
func (m *Image) Half(address uint64) uint32 {
	if b := m.Bytes(address, 4); len(b) == 4 {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// Byte reads one byte; 0 where nothing is.
func (m *Image) Byte(address uint64) byte {
	if b := m.Bytes(address, 1); len(b) == 1 {
		return b[0]
	}
	return 0
}

// granules finds the segment of an address without a search: a table of two
// levels with the first segment that ends behind the start of each 2 MiB.
type granules struct {
	top [1 << (48 - topShift)]*[1 << (topShift - granuleShift)]int32
}

const (
	granuleShift = 21 // ZendMM's chunks are that large
	topShift     = 35
)

func (g *granules) build(segments []Segment) {
	for i := range segments {
		s := &segments[i]
		for a := s.Address >> granuleShift; a <= (s.End()-1)>>granuleShift && a < 1<<(48-granuleShift); a++ {
			t := &g.top[a>>(topShift-granuleShift)]
			if *t == nil {
				*t = new([1 << (topShift - granuleShift)]int32)
			}
			if e := &(*t)[a&(1<<(topShift-granuleShift)-1)]; *e == 0 {
				*e = int32(i + 1)
			}
		}
	}
}

// none is an index behind all segments.
const none = int(^uint(0) >> 1)

// first gives the first segment that may hold an address.
func (g *granules) first(address uint64) int {
	if address>>48 != 0 {
		return none
	}
	t := g.top[address>>topShift]
	if t == nil {
		return none
	}
	e := t[address>>granuleShift&(1<<(topShift-granuleShift)-1)]
	if e == 0 {
		return none
	}
	return int(e - 1)
}

// FilePath is where a file that the process has mapped can be read from here:
// the process may live in another root.
func (m *Image) FilePath(path string) string { return m.Root + path }
