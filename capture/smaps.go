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
func processMemory(pid int, c *Capture) []dump.Owner {
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps", pid))
	if err != nil {
		return nil
	}
	defer f.Close()
	all, err := parseSmaps(f)
	if err != nil {
		return nil
	}
	return accountFor(all, c)
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

// goArena is where Go's heap begins on 64-bit systems.
const goArena = 0xc000000000

// accountFor parts the resident memory.
func accountFor(all []resident, c *Capture) []dump.Owner {
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
		case m.From>>32 == goArena>>32 && m.Path == "" || strings.HasPrefix(m.Path, "[anon: Go"):
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
