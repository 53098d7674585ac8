//go:build linux && (amd64 || arm64)

package memory

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ReadMappings gives the mappings of a running process.
func ReadMappings(pid int) ([]Mapping, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, procError(pid, err)
	}
	defer f.Close()
	all, err := parseMaps(f)
	if err != nil {
		return nil, procError(pid, err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: process %d has no memory: it is a kernel thread or has ended", ErrGone, pid)
	}
	return all, nil
}

// procError says what an error of /proc means.
func procError(pid int, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH):
		return fmt.Errorf("%w: %d", ErrGone, pid)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return permissionError(pid, err)
	}
	return err
}

// permissionError tells what to do about a process that may not be read.
func permissionError(pid int, err error) error {
	advice := ": run as root (a php-fpm worker is root's alone to read, unless its pool has process.dumpable = yes) or as the process's user, start the program with analyzer capture -- CMD, or in a container add the capability SYS_PTRACE"
	switch {
	case !MayTrace():
		advice = ": the system call ptrace is filtered: docker run --security-opt seccomp=unconfined, SystemCallFilter=@debug in a unit of systemd, or run analyzer where it is not"
	case os.Geteuid() == 0:
		advice = ", even for root: a container needs the capability SYS_PTRACE (docker run --cap-add SYS_PTRACE), or the program is started with analyzer capture -- CMD"
	}
	return fmt.Errorf("%w to read process %d (%v)%s", ErrPermission, pid, err, advice)
}

// MayTrace reports whether the system call ptrace gets to the kernel: seccomp
// filters answer in its place. Whom it may trace is another question.
func MayTrace() bool {
	const nobody = 1 << 30 // beyond PID_MAX_LIMIT
	_, _, e := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_DETACH, nobody, 0, 0, 0, 0)
	return e == unix.ESRCH
}

// live reads the memory of a running process.
type live struct {
	pid int
	mem *os.File // /proc/PID/mem, where process_vm_readv is not allowed
}

// ReadLive fills b with the memory of a running process.
func ReadLive(pid int, b []byte, address uint64) error {
	l := &live{pid: pid}
	defer l.close()
	return l.readAt(b, address)
}

func (l *live) close() {
	if l.mem != nil {
		l.mem.Close()
	}
}

func (l *live) readAt(b []byte, address uint64) error {
	for len(b) > 0 {
		n, err := l.read([]unix.Iovec{iovec(b)}, []unix.RemoteIovec{{Base: uintptr(address), Len: len(b)}})
		if err != nil {
			return err
		}
		if n == 0 {
			return unix.EFAULT
		}
		b, address = b[n:], address+uint64(n)
	}
	return nil
}

func iovec(b []byte) unix.Iovec {
	v := unix.Iovec{Base: unsafe.SliceData(b)}
	v.SetLen(len(b))
	return v
}

// read copies as much of remote as can be read, in order. It falls back to
// /proc/PID/mem where the system call is filtered: seccomp profiles do so.
func (l *live) read(local []unix.Iovec, remote []unix.RemoteIovec) (int, error) {
	if l.mem == nil {
		n, err := unix.ProcessVMReadv(l.pid, local, remote, 0)
		if !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EPERM) {
			return n, err
		}
		mem, openErr := os.Open(fmt.Sprintf("/proc/%d/mem", l.pid))
		if openErr != nil {
			return 0, err
		}
		l.mem = mem
	}
	total := 0
	for i, r := range remote {
		n, err := l.mem.ReadAt(unsafe.Slice(local[i].Base, r.Len), int64(r.Base))
		total += n
		if n < r.Len {
			if total > 0 {
				return total, nil
			}
			return 0, err
		}
	}
	return total, nil
}

// run is a stretch of memory to be copied.
type run struct{ from, to uint64 }

// Capture copies the writable private memory of a process. All its threads
// stand still meanwhile; they go on whatever happens to us, for the kernel
// releases what a tracer held when the tracer ends.
//
// What costs time is done before the stop: the destination is mapped and its
// pages are there, which makes the copy five times as fast.
func Capture(pid int, limits Limits) (*Image, Stats, error) {
	mappings, err := ReadMappings(pid)
	if err != nil {
		return nil, Stats{}, err
	}
	c := &copier{live: &live{pid: pid}, limits: limits}
	if err := probeMemory(c.live, mappings, make([]byte, 1)); err != nil {
		c.free()
		return nil, Stats{}, procError(pid, err)
	}
	runs, err := residentRuns(pid, mappings, time.Now(), limits.MaxPause)
	if err == nil {
		err = c.prepare(runs, growth)
	}
	if err != nil {
		c.free()
		return nil, Stats{}, err
	}
	t, err := seize(pid)
	if err != nil {
		c.free()
		return nil, Stats{}, err
	}
	defer t.release()
	return c.stopped(t, t.release)
}

// growth is by how much, in bytes, a process may grow between a look at its
// memory and the stop without need for more room.
const growth = 8 << 20

// prepare makes room for the copy of some stretches, and for growth.
func (c *copier) prepare(runs []run, growth uint64) error {
	want := total(runs)
	if err := soonEnough(want, c.limits); err != nil {
		return err
	}
	if growth > 0 {
		growth += want / 16
	}
	// What was made ready has as much for growth, of which some may be used by now.
	if c.space = c.limits.Spare.take(want + growth/2); c.space != nil {
		return nil
	}
	if err := affordable(want, c.limits); err != nil {
		return err
	}
	space, err := newSpace(want + growth)
	if err != nil {
		return fmt.Errorf("%w of %d MB: %w", ErrMemory, want>>20, err)
	}
	c.space = space
	return nil
}

// free releases the copy.
func (c *copier) free() {
	if c.space != nil {
		c.limits.Spare.give(c.space)
	}
	if c.root != nil {
		c.root.Close()
	}
	c.close()
}

// probeMemory reads a byte to see whether reading is allowed at all.
func probeMemory(l *live, mappings []Mapping, b []byte) error {
	for i := range mappings {
		if m := &mappings[i]; m.Permissions[0] == 'r' && m.Path != "[vvar]" && m.Path != "[vsyscall]" {
			return l.readAt(b, m.From)
		}
	}
	return nil
}

// wanted reports whether a mapping is copied while the process is stopped.
// Shared memory is not: other processes write there, stop or no stop.
func wanted(m *Mapping) bool {
	return m.Permissions[0] == 'r' && m.Writable() && m.Private() && m.Path != "[vvar]" && m.Path != "[vsyscall]"
}

// gap is the number of bytes without pages from which on two stretches are
// copied apart.
const gap = 64 << 10

// residentRuns gives the stretches of writable private memory that have pages. That
// takes a second for each TB that is reserved, also by a process that uses none of
// it: it is given up where it lasts longer than most since begin, unless that is 0.
func residentRuns(pid int, mappings []Mapping, begin time.Time, most time.Duration) ([]run, error) {
	pagemap, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", pid))
	if err == nil {
		defer pagemap.Close()
	}
	var runs []run
	add := func(from, to uint64) {
		if n := len(runs); n > 0 && (from == runs[n-1].to || from-runs[n-1].to < gap && sameMapping(mappings, runs[n-1].to, from)) {
			runs[n-1].to = to
			return
		}
		runs = append(runs, run{from: from, to: to})
	}
	var buf [64 << 10]byte
	page := uint64(os.Getpagesize()) // the kernel's: on arm64 it may be 16 or 64 KiB
	for i := range mappings {
		m := &mappings[i]
		if !wanted(m) {
			continue
		}
		if pagemap == nil {
			add(m.From, m.To)
			continue
		}
		for at := m.From; at < m.To; {
			if most > 0 && time.Since(begin) > most {
				return nil, fmt.Errorf("%w: the process has reserved so much memory that to find what it uses of it takes longer than --max-pause %v; allow more with --max-pause", ErrPause, most)
			}
			n := min((m.To-at)/page, uint64(len(buf)/8))
			k, err := pagemap.ReadAt(buf[:n*8], int64(at/page*8))
			if err != nil && k == 0 {
				add(at, m.To)
				break
			}
			for j := 0; j+8 <= k; j += 8 {
				// Bit 63: in memory, bit 62: swapped out.
				if binary.LittleEndian.Uint64(buf[j:])>>62 != 0 {
					add(at, at+page)
				}
				at += page
			}
		}
	}
	return runs, nil
}

// sameMapping reports whether writable private mappings cover [from, to).
func sameMapping(mappings []Mapping, from, to uint64) bool {
	for i := range mappings {
		m := &mappings[i]
		if m.From <= from && from < m.To && wanted(m) {
			from = m.To
		}
	}
	return from >= to
}

// untouched gives what of the writable private memory is in no run.
func untouched(mappings []Mapping, runs []run) []area {
	var all []area
	for i := range mappings {
		m := &mappings[i]
		if !wanted(m) {
			continue
		}
		at := m.From
		for len(runs) > 0 && runs[0].from < m.To {
			if runs[0].from > at {
				all = append(all, area{at, runs[0].from})
			}
			at = max(at, min(runs[0].to, m.To))
			if runs[0].to > m.To {
				break // it goes on in the next mapping
			}
			runs = runs[1:]
		}
		// A file's page that was never touched is the file's, not zeros.
		if at < m.To {
			all = append(all, area{at, m.To})
		}
		if m.Path != "" && m.Path[0] == '/' {
			for len(all) > 0 && all[len(all)-1].from >= m.From {
				all = all[:len(all)-1]
			}
		}
	}
	return all
}

func total(runs []run) uint64 {
	n := uint64(0)
	for _, r := range runs {
		n += r.to - r.from
	}
	return n
}

type copier struct {
	*live
	space  *space // nil until it is prepared
	limits Limits
	// ours is set where the paths of the process's mappings are those of our own
	// mounts, also if it has changed its root. Else root is its root directory,
	// which stays when it has ended; nil where it could not be opened.
	ours bool
	root *os.File
}

// stopped copies a process that stands still, and has it go on. On success the
// image owns the copy; else it is released.
func (c *copier) stopped(t *tracee, goOn func()) (image *Image, stats Stats, err error) {
	defer func() {
		if err != nil {
			c.free()
		}
	}()
	mappings, err := ReadMappings(t.pid)
	if err != nil {
		return nil, Stats{}, err
	}
	if c.ours = hasOurMounts(t.pid); !c.ours {
		c.root, _ = os.Open(rootOf(t.pid))
	}
	runs, err := residentRuns(t.pid, mappings, t.since, c.limits.MaxPause)
	if err != nil {
		return nil, Stats{}, err
	}
	if c.space == nil {
		if err := c.prepare(runs, 0); err != nil {
			return nil, Stats{}, err
		}
	}
	segments, err := c.copyRuns(runs, t.since)
	threads := t.threads()
	goOn()
	stats = Stats{Paused: time.Since(t.since), Copied: total(runs)}
	if err != nil {
		return nil, stats, err
	}
	image = newImage(mappings, segments, c.behind(mappings))
	image.zeros = untouched(mappings, runs)
	image.Threads = threads
	image.Root = c.sysroot()
	image.free = c.free
	return image, stats, nil
}

// copyRuns copies, a batch at a time, and gives up at the deadline.
func (c *copier) copyRuns(runs []run, begin time.Time) ([]Segment, error) {
	segments := make([]Segment, 0, len(runs))
	for _, r := range runs {
		b, err := c.space.take(r.to - r.from)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMemory, err)
		}
		segments = append(segments, Segment{r.from, b})
	}
	// Several copy at once: one does not use all that the memory can give.
	const (
		batch   = 4 << 20
		copiers = 4
	)
	var wg sync.WaitGroup
	work := make(chan Segment)
	failed := make(chan error, copiers)
	for range min(copiers, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			l := &live{pid: c.pid}
			defer l.close()
			var err error
			for piece := range work {
				if err == nil {
					err = c.copyPiece(l, piece, begin)
				}
			}
			failed <- err
		})
	}
	for i := range segments {
		s := &segments[i]
		for at := 0; at < len(s.Data); at += batch {
			work <- Segment{s.Address + uint64(at), s.Data[at:min(at+batch, len(s.Data))]}
		}
	}
	close(work)
	wg.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return nil, err
		}
	}
	return segments, nil
}

// copyPiece copies a part of a segment.
func (c *copier) copyPiece(l *live, piece Segment, begin time.Time) error {
	for len(piece.Data) > 0 {
		if c.limits.MaxPause > 0 && time.Since(begin) > c.limits.MaxPause {
			return fmt.Errorf("%w: copying took longer than --max-pause %v; the process goes on, nothing was written", ErrPause, c.limits.MaxPause)
		}
		n, err := l.read([]unix.Iovec{iovec(piece.Data)}, []unix.RemoteIovec{{Base: uintptr(piece.Address), Len: len(piece.Data)}})
		if err != nil && !errors.Is(err, unix.EFAULT) {
			return procError(c.pid, err)
		}
		if n <= 0 {
			n = min(pageSize, len(piece.Data))
			clear(piece.Data[:n]) // a page that cannot be read, a guard page say, is zero
		}
		piece = Segment{piece.Address + uint64(n), piece.Data[n:]}
	}
	return nil
}

// bufioSize bounds lines of /proc/PID/status.
const bufioSize = 64 << 10

// stateOf gives the state letter of a process, 0 if it has none any more.
func stateOf(pid int) byte {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, bufioSize)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "State:"); ok {
			if rest = strings.TrimSpace(rest); rest != "" {
				return rest[0]
			}
		}
	}
	return 0
}
