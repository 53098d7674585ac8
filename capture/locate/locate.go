package locate

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"memtrail/capture/layout"
	"memtrail/capture/memory"
)

// The reasons why there is nothing to be read. Errors wrap them.
var (
	// ErrNoPHP is returned for a process in which no PHP runs.
	ErrNoPHP = errors.New("no PHP was found in this process")
	// ErrVersion is returned for a minor version without a layout.
	ErrVersion = errors.New("the layouts of this PHP are not known")
	// ErrIdle is returned where no thread runs a request.
	ErrIdle = errors.New("no request is running")
	// ErrAllocator is returned where PHP uses the C library's allocator.
	ErrAllocator = errors.New("PHP's own allocator is switched off")
)

// PHP is what was found in a process.
type PHP struct {
	Version string // like 8.2.20, as the constant PHP_VERSION has it
	ID      int    // as PHP_VERSION_ID: 80220
	Layout  *layout.Table
	Threads []Thread // at least one, by address
}

// Thread is a thread that runs PHP.
type Thread struct {
	Executor uint64 // executor_globals
	Compiler uint64 // compiler_globals
	Heap     uint64 // zend_mm_heap; 0 where none was found
	ID       int    // of the kernel's thread; 0 where it is not known
	Idle     bool   // no request is running
}

// Find finds PHP. force takes the nearest layout for a version without one.
func Find(m *memory.Image, force bool) (*PHP, error) {
	f := &finder{image: m, force: force}
	f.scan()
	var versionErr error
	for _, t := range variants() {
		php, err := f.with(t)
		if err != nil {
			versionErr = err
		}
		if php != nil {
			return php, nil
		}
	}
	if versionErr != nil {
		return nil, versionErr
	}
	return nil, ErrNoPHP
}

// variants are layouts that differ in where executor_globals has its tables;
// which version it is, is read with each of them in turn.
func variants() []*layout.Table {
	var all []*layout.Table
	seen := map[[3]uint64]bool{}
	for _, v := range []int{80200, 80500, 70400, 80000, 80100, 80300, 80400} {
		if t, ok := layout.For(v); ok && !seen[variant(t)] {
			seen[variant(t)] = true
			all = append(all, t)
		}
	}
	return all
}

// variant is where a layout has the fields that tell executor_globals.
func variant(t *layout.Table) [3]uint64 {
	return [3]uint64{t.Offset(egLimit), t.Offset(egClasses), t.Offset(egConstants)}
}

const (
	egLimit     = "zend_executor_globals.symtable_cache_limit"
	egClasses   = "zend_executor_globals.class_table"
	egFunctions = "zend_executor_globals.function_table"
	egConstants = "zend_executor_globals.zend_constants"
	egStack     = "zend_executor_globals.vm_stack"
	egFrame     = "zend_executor_globals.current_execute_data"
	cgFunctions = "zend_compiler_globals.function_table"
)

type finder struct {
	image *memory.Image
	force bool
	selfs []uint64 // words that hold their own address
}

// scan collects the words that hold their own address. executor_globals has
// one: symtable_cache_limit points one past the array before it, at itself.
func (f *finder) scan() {
	for i := range f.image.Segments {
		s := &f.image.Segments[i]
		if s.Address%8 != 0 {
			continue
		}
		for at := 0; at+8 <= len(s.Data); {
			a := s.Address + uint64(at)
			if a%chunk == 0 && isChunk(f.image, a) {
				at += chunk // PHP's globals are not in PHP's heap
				continue
			}
			end := min(at+int(chunk-a%chunk), len(s.Data)&^7)
			data := s.Data[at:end]
			for j := 0; j+8 <= len(data); j += 8 {
				if binary.LittleEndian.Uint64(data[j:]) == a+uint64(j) {
					f.selfs = append(f.selfs, a+uint64(j))
				}
			}
			at = end
			if len(s.Data)-at < 8 {
				break
			}
		}
	}
}

// chunk is the size of ZendMM's chunks, heapAt where its heap lies in its first.
const (
	chunk  = 2 << 20
	heapAt = 64
)

// isChunk reports whether a chunk of ZendMM starts at an address: its first
// word is its heap's address, which lies in a chunk that does the same.
func isChunk(m *memory.Image, a uint64) bool {
	h := m.Word(a)
	return h%chunk == heapAt && m.Copies(h-heapAt, 8) && m.Word(h-heapAt) == h
}

// with looks for PHP by one layout; nil if there is none.
func (f *finder) with(t *layout.Table) (*PHP, error) {
	var php *PHP
	for _, p := range f.selfs {
		eg := p - t.Offset(egLimit)
		if !f.isExecutor(t, eg, p) {
			continue
		}
		version := f.version(t, eg)
		if version == "" {
			continue
		}
		if php == nil {
			php = &PHP{Version: version, ID: parseID(version)}
			var ok bool
			if php.Layout, ok = layout.For(php.ID); !ok {
				if !f.force {
					return nil, fmt.Errorf("%w: PHP %s (known are %s); a newer analyzer may know it, and --force tries the nearest", ErrVersion, version, layout.Known())
				}
				php.Layout = layout.Nearest(php.ID, func(x *layout.Table) bool { return variant(x) == variant(t) })
			}
		}
		php.Threads = append(php.Threads, f.thread(php.Layout, eg))
	}
	if php == nil {
		return nil, nil
	}
	slices.SortFunc(php.Threads, func(a, b Thread) int { return cmp.Compare(a.Executor, b.Executor) })
	f.nameThreads(php)
	return php, nil
}

// isExecutor reports whether executor_globals may lie at eg, whose
// symtable_cache_limit is at p. The word behind, symtable_cache_ptr, points
// into the array before; class_table and function_table are hash tables.
func (f *finder) isExecutor(t *layout.Table, eg, p uint64) bool {
	m := f.image
	if q := m.Word(p + 8); q > p || q < p-256-8 {
		return false
	}
	return f.isTable(m.Word(eg+t.Offset(egClasses))) && f.isTable(m.Word(eg+t.Offset(egFunctions))) && f.isTable(m.Word(eg+t.Offset(egConstants)))
}

// isTable reports whether a zend_array that is a hash with entries lies at an
// address: its size is a power of two, its mask minus twice that.
func (f *finder) isTable(a uint64) bool {
	if a == 0 || a%8 != 0 || f.image.Bytes(a, 56) == nil {
		return false
	}
	size, mask := f.image.Half(a+32), f.image.Half(a+12)
	return size >= 8 && size&(size-1) == 0 && mask == uint32(-2*int32(size))
}

// version reads the constant PHP_VERSION; "" if there is none.
func (f *finder) version(t *layout.Table, eg uint64) string {
	const (
		bucket  = 32
		maxName = 64
		most    = 1 << 20
	)
	m := f.image
	table := m.Word(eg + t.Offset(egConstants))
	data, used := m.Word(table+16), m.Half(table+24)
	for i := uint64(0); i < uint64(min(used, most)); i++ {
		key := m.Word(data + i*bucket + 24)
		if key == 0 || m.Word(key+16) != uint64(len("PHP_VERSION")) || string(m.Bytes(key+24, 11)) != "PHP_VERSION" {
			continue
		}
		value := m.Word(m.Word(data + i*bucket))
		n := m.Word(value + 16)
		if n == 0 || n > maxName {
			return ""
		}
		text := string(m.Bytes(value+24, n))
		if parseID(text) == 0 {
			return ""
		}
		return text
	}
	return ""
}

// parseID turns "8.2.20-dev" into 80220; 0 if that is no version.
func parseID(text string) int {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) != 3 {
		return 0
	}
	patch := parts[2]
	for i := range patch {
		if patch[i] < '0' || patch[i] > '9' {
			patch = patch[:i]
			break
		}
	}
	a, err1 := strconv.Atoi(parts[0])
	b, err2 := strconv.Atoi(parts[1])
	c, err3 := strconv.Atoi(patch)
	if err1 != nil || err2 != nil || err3 != nil || a < 5 || a > 99 || b < 0 || b > 99 || c < 0 {
		return 0
	}
	return a*10000 + b*100 + min(c, 99)
}

// thread completes what belongs to an executor.
func (f *finder) thread(t *layout.Table, eg uint64) Thread {
	m := f.image
	th := Thread{Executor: eg, Compiler: f.compiler(t, eg), Heap: f.heap(t, eg)}
	// Between requests the heap is empty and no frame is left.
	const empty = 64 << 10
	stack, frame := m.Word(eg+t.Offset(egStack)), m.Word(eg+t.Offset(egFrame))
	th.Idle = stack == 0 || frame == 0 && th.Heap != 0 && m.Word(th.Heap+16) < empty
	return th
}

// compiler finds compiler_globals: the other place that holds function_table
// and class_table, in that order. It is near in all builds; where another PHP
// thread has copies of the tables, it is the nearest that counts.
func (f *finder) compiler(t *layout.Table, eg uint64) uint64 {
	functions, classes := f.image.Word(eg+t.Offset(egFunctions)), f.image.Word(eg+t.Offset(egClasses))
	best, distance := uint64(0), ^uint64(0)
	for _, s := range f.nearest(eg) {
		if s.distance(eg) > distance {
			break // and so are the others
		}
		f.pairs(s.Segment, functions, classes, func(a uint64) {
			if d := max(a, eg) - min(a, eg); a != eg+t.Offset(egFunctions) && (d < distance || d == distance && a < best) {
				best, distance = a, d
			}
		})
	}
	if best == 0 {
		return 0
	}
	return best - t.Offset(cgFunctions)
}

// near is a segment of which it matters how far it is.
type near struct{ *memory.Segment }

// distance is how far the segment's nearest byte is from an address.
func (s near) distance(a uint64) uint64 {
	switch {
	case a < s.Address:
		return s.Address - a
	case a >= s.End():
		return a - s.End() + 1
	}
	return 0
}

// nearest gives the segments by their distance from an address.
func (f *finder) nearest(a uint64) []near {
	all := make([]near, 0, len(f.image.Segments))
	for i := range f.image.Segments {
		all = append(all, near{&f.image.Segments[i]})
	}
	slices.SortStableFunc(all, func(x, y near) int { return cmp.Compare(x.distance(a), y.distance(a)) })
	return all
}

// pairs gives the places in a segment, outside PHP's heap, where two words stand
// behind each other.
func (f *finder) pairs(s *memory.Segment, first, second uint64, found func(a uint64)) {
	for at := 0; at+16 <= len(s.Data); {
		a := s.Address + uint64(at)
		if a%chunk == 0 && isChunk(f.image, a) {
			at += chunk
			continue
		}
		end := min(at+int(chunk-a%chunk), len(s.Data)&^7)
		for j := at; j < end && j+16 <= len(s.Data); j += 8 {
			if binary.LittleEndian.Uint64(s.Data[j:]) == first && binary.LittleEndian.Uint64(s.Data[j+8:]) == second {
				found(s.Address + uint64(j))
			}
		}
		if end == at {
			break
		}
		at = end
	}
}

// heap finds the thread's heap: the VM's stack is a block of it, and so lies in
// one of its chunks. Before the first request there is no stack; then
// alloc_globals, which lies near executor_globals, names the heap.
func (f *finder) heap(t *layout.Table, eg uint64) uint64 {
	m := f.image
	if stack := m.Word(eg + t.Offset(egStack)); stack != 0 && isChunk(m, stack&^(chunk-1)) {
		return m.Word(stack &^ (chunk - 1))
	}
	for _, window := range []uint64{32 << 10, 8 << 20} {
		from := eg - min(eg, window)
		for a := from &^ 7; a < eg+window; a += 8 {
			if !m.Copies(a, 8) {
				continue
			}
			if h := m.Word(a); h%chunk == heapAt && h > chunk && isChunk(m, h-heapAt) {
				return h
			}
		}
	}
	return 0
}

// nameThreads finds the kernel's thread of each executor of a thread-safe
// build: a pointer near a thread's own pointer leads to its tsrm_tls_entry,
// which holds the thread pointer at byte 16 and is followed by the globals.
func (f *finder) nameThreads(php *PHP) {
	if len(f.image.Threads) == 1 && len(php.Threads) == 1 {
		php.Threads[0].ID = f.image.Threads[0].ID
		return
	}
	// Thread-local variables lie below the thread pointer on amd64, above it on
	// arm64.
	const near, block = 32 << 10, 1 << 20
	m := f.image
	for _, t := range m.Threads {
		if t.Pointer < near {
			continue
		}
		for a := (t.Pointer - near) &^ 7; a < t.Pointer+near; a += 8 {
			if !m.Copies(a, 8) {
				continue
			}
			entry := m.Word(a)
			if entry%8 != 0 || !m.Copies(entry, 24) || m.Word(entry+16) != t.Pointer {
				continue
			}
			for i := range php.Threads {
				if x := &php.Threads[i]; x.Executor > entry && x.Executor-entry < block && x.ID == 0 {
					x.ID = t.ID
				}
			}
		}
	}
}
