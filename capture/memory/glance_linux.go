//go:build linux && (amd64 || arm64)

package memory

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Live reads the memory of a process while it runs. What it reads may change
// meanwhile: only words that are written as a whole can be relied on.
type Live struct{ live }

// OpenLive gives access to a process. It fails at the first read if the
// process may not be read.
func OpenLive(pid int) *Live { return &Live{live{pid: pid}} }

// ReadAt fills b with the memory at an address.
func (l *Live) ReadAt(b []byte, address uint64) error { return l.live.readAt(b, address) }

// Close releases what reading needed.
func (l *Live) Close() { l.live.close() }

// granuleSize is the unit in which Glance leaves memory out, in bytes.
const granuleSize = 1 << granuleShift

// What Glance copies at most, in bytes, and how long it looks for it.
const (
	maxGlance     = 1 << 30
	longestGlance = 10 * time.Second
)

// Glance copies writable private memory without stopping the process; the rest
// is read when it is asked for. static takes only the data of programs and
// libraries; otherwise everything is taken. Of a granule of 2 MiB for which
// heads says so, the first page alone is taken, with static or without.
//
// The image is no state that the process ever was in. It serves to find
// structures that do not move.
func Glance(pid int, static bool, heads func(word func(address uint64) uint64, granule uint64) bool) (*Image, error) {
	mappings, err := ReadMappings(pid)
	if err != nil {
		return nil, err
	}
	l := &live{pid: pid}
	if err := probeMemory(l, mappings, make([]byte, 1)); err != nil {
		l.close()
		return nil, procError(pid, err)
	}
	word := func(address uint64) uint64 {
		var b [8]byte
		if l.readAt(b[:], address) != nil {
			return 0
		}
		return binary.LittleEndian.Uint64(b[:])
	}
	var segments []Segment
	copied := uint64(0)
	runs, err := residentRuns(pid, mappings, time.Now(), longestGlance)
	if err != nil {
		l.close()
		return nil, err
	}
	for _, r := range glanced(mappings, runs, static, word, heads) {
		if copied += r.to - r.from; copied > maxGlance {
			l.close()
			return nil, fmt.Errorf("%w: process %d has more than %d MB of data besides PHP's heap", ErrMemory, pid, maxGlance>>20)
		}
		b := make([]byte, r.to-r.from)
		// A page that went away meanwhile stays zero, with those behind it.
		_ = l.readAt(b, r.from)
		segments = append(segments, Segment{r.from, b})
	}
	image := newImage(mappings, segments, l)
	if !hasOurMounts(pid) {
		image.Root = rootOf(pid)
	}
	image.free = l.close
	return image, nil
}

// glanced gives the stretches that a glance copies.
func glanced(mappings []Mapping, runs []run, static bool, word func(uint64) uint64, heads func(func(uint64) uint64, uint64) bool) []run {
	var out []run
	add := func(from, to uint64) {
		if n := len(out); n > 0 && out[n-1].to == from {
			out[n-1].to = to
			return
		}
		out = append(out, run{from, to})
	}
	for _, r := range runs {
		for at := r.from; at < r.to; {
			end := min(r.to, at&^(granuleSize-1)+granuleSize)
			switch {
			case at%granuleSize == 0 && heads(word, at):
				add(at, min(end, at+pageSize))
			case !static || isStatic(mappings, at):
				add(at, end)
			}
			at = end
		}
	}
	return out
}

// isStatic reports whether an address lies in the data of a program or library:
// in a mapping of its file, or in the anonymous one that follows it without a
// gap, its bss.
func isStatic(mappings []Mapping, address uint64) bool {
	for i := range mappings {
		m := &mappings[i]
		if address < m.From || address >= m.To {
			continue
		}
		if m.Path != "" {
			return m.Path[0] == '/'
		}
		return i > 0 && mappings[i-1].To == m.From && mappings[i-1].Path != "" && mappings[i-1].Path[0] == '/'
	}
	return false
}
