package capture

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"memtrail/capture/memory"
	"memtrail/capture/zendmm"
	"memtrail/dump"
)

// processMemory accounts for the resident memory of a process, by what for:
// the parts sum to its RSS. nil where the system does not tell.
func processMemory(pid int, c *Capture) []dump.Owner { return readResident(pid).accountFor(c) }

// residence is the resident memory of a process by mapping; empty where the
// system does not tell.
type residence struct {
	all       []resident
	goProgram bool
}

func readResident(pid int) (r residence) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps", pid))
	if err != nil {
		return residence{}
	}
	defer f.Close()
	if r.all, err = parseSmaps(f); err != nil {
		return residence{}
	}
	r.goProgram = isGoProgram(fmt.Sprintf("/proc/%d/exe", pid))
	return r
}

// resident is a mapping with its resident bytes.
type resident struct {
	memory.Mapping
	bytes uint64
}

// parseSmaps reads /proc/PID/smaps: a mapping's line, then lines of its sizes.
func parseSmaps(r io.Reader) ([]resident, error) {
	var all []resident
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, "Rss:"); ok && len(all) > 0 {
			kb, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 54)
			if err != nil {
				return nil, err
			}
			all[len(all)-1].bytes = kb << 10
			continue
		}
		if m, err := memory.ParseMapping(line); err == nil {
			all = append(all, resident{Mapping: m})
		}
	}
	return all, lines.Err()
}

// goHeap tells the mappings of Go's heap in a Go program. The heap consists of
// arenas of 64 MiB, wherever the runtime finds room: since Go 1.26 at random,
// the first of them from the middle on, the part before being reserved. The C
// library's malloc has arenas that large for its threads, too; each begins with
// a heap_info, glibc's malloc/arena.c.
type goHeap struct {
	image *memory.Image
	end   uint64 // of the mapping of Go's that was found last
}

const goArena = 64 << 20

// has is asked for the mappings in the order of their addresses.
func (g *goHeap) has(m *memory.Mapping) bool {
	switch {
	case strings.HasPrefix(m.Path, "[anon: Go"): // where the kernel keeps names, Go gives them
	case m.Path != "" || !m.Private():
		return false
	case m.From == g.end:
	case m.From%goArena != 0 || g.isMallocs(m):
		return false
	}
	g.end = m.To
	return true
}

// isMallocs reports whether a mapping begins with the heap_info of malloc: the
// address of the state of its arena, which is near the start of such a mapping,
// the one before, and the size in use.
func (g *goHeap) isMallocs(m *memory.Mapping) bool {
	const near = 256
	state, size := g.image.Word(m.From)%goArena, g.image.Word(m.From+16)
	return state > 0 && state < near && size > 0 && size <= goArena && size%(4<<10) == 0
}

// accountFor parts the resident memory.
func (r residence) accountFor(c *Capture) []dump.Owner {
	all, goProgram := r.all, r.goProgram
	if len(all) == 0 {
		return nil
	}
	golang := goHeap{image: c.image}
	sums := map[string]uint64{}
	var php uint64
	for i := range all {
		m := &all[i]
		heap := min(c.heapWithin(m.From, m.To), m.bytes)
		php += heap
		rest := m.bytes - heap
		switch {
		case m.Path == "[stack]" || c.isStack(&m.Mapping):
			sums[dump.ProcessStacks] += rest
		case m.Path == "[heap]":
			sums[dump.ProcessMalloc] += rest
		case len(m.Permissions) > 3 && m.Permissions[3] == 's' && m.Writable() && (m.Path == "" || strings.HasPrefix(m.Path, "/dev/zero") || strings.Contains(m.Path, "zend") || strings.Contains(m.Path, "memfd")):
			sums[dump.ProcessCode] += rest
		case goProgram && golang.has(&m.Mapping):
			sums[dump.ProcessGo] += rest
		case m.Path == "" || strings.HasPrefix(m.Path, "[anon"):
			sums[dump.ProcessMalloc] += rest
		case m.Path[0] == '/':
			sums[dump.ProcessFiles] += rest
		default:
			sums[dump.ProcessRest] += rest
		}
	}
	var used, cached uint64
	for _, t := range c.threads {
		used += t.heap.Size
		cached += t.heap.Cached * zendmm.ChunkSize
	}
	// Blocks that were never written to are in use and not resident; cached
	// chunks are not in the list of chunks.
	sums[dump.ProcessInUse] = min(used, php)
	sums[dump.ProcessFree] = php - sums[dump.ProcessInUse]
	sums[dump.ProcessCached] = min(cached, sums[dump.ProcessMalloc])
	sums[dump.ProcessMalloc] -= sums[dump.ProcessCached]
	var list []dump.Owner
	for _, name := range []string{dump.ProcessInUse, dump.ProcessFree, dump.ProcessCached, dump.ProcessCode, dump.ProcessMalloc, dump.ProcessGo, dump.ProcessStacks, dump.ProcessFiles, dump.ProcessRest} {
		if sums[name] > 0 {
			list = append(list, dump.Owner{Name: name, Amount: dump.Amount{Bytes: sums[name]}})
		}
	}
	return list
}

// heapWithin is how many bytes of PHP's chunks and huge blocks lie in a range.
func (c *Capture) heapWithin(from, to uint64) uint64 {
	n := uint64(0)
	add := func(a, size uint64) {
		if lo, hi := max(a, from), min(a+size, to); lo < hi {
			n += hi - lo
		}
	}
	for _, t := range c.threads {
		for _, x := range t.heap.Chunks {
			add(x.Address, zendmm.ChunkSize)
		}
		for _, g := range t.heap.Huge {
			add(g.Address, g.Size)
		}
	}
	return n
}

func (c *Capture) isStack(m *memory.Mapping) bool {
	for _, t := range c.image.Threads {
		if t.Stack >= m.From && t.Stack < m.To {
			return true
		}
	}
	return false
}
