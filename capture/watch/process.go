package watch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"memtrail/capture/locate"
	"memtrail/capture/memory"
	"memtrail/capture/zendmm"
)

// Process is a process that is watched. It is used by one goroutine.
type Process struct {
	pid   int
	force bool
	live  *memory.Live
	statm *os.File

	php     string
	threads []thread
	tasks   int // the kernel's threads when PHP was found

	// nextSearch is when PHP is looked for again, patience how long after that.
	nextSearch time.Time
	without    time.Time // since when PHP was seen without its own allocator
	patience   time.Duration
	fresh      bool
}

// thread is a PHP thread.
type thread struct {
	heap     uint64
	counters zendmm.Counters
	frame    uint64 // where EG(current_execute_data) is
	kernel   *kernelThread
	buffer   []byte
}

// Open begins to watch a process. PHP may not be there yet: it is looked for
// with each reading, ever more rarely. force takes the nearest layouts for a
// version of PHP that is not known.
func Open(pid int, force bool) (*Process, error) {
	statm, err := os.Open(fmt.Sprintf("/proc/%d/statm", pid))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %d", memory.ErrGone, pid)
	}
	if err != nil {
		return nil, err
	}
	return &Process{pid: pid, force: force, live: memory.OpenLive(pid), statm: statm, patience: firstPatience}, nil
}

// How long to wait before PHP is looked for again. A program that starts has
// PHP within milliseconds; one that has none after a minute may never.
const (
	firstPatience = 5 * time.Millisecond
	lastPatience  = time.Second
	// surely is how long PHP must be seen without its own allocator.
	surely = 500 * time.Millisecond
)

// Close ends the watch.
func (p *Process) Close() {
	p.forget()
	p.live.Close()
	p.statm.Close()
}

func (p *Process) forget() {
	for i := range p.threads {
		p.threads[i].kernel.close()
	}
	p.threads = nil
}

// Read takes a reading. An error that wraps [memory.ErrGone] says that the
// process has ended; [locate.ErrVersion], [locate.ErrAllocator] or
// [memory.ErrPermission] that it cannot be watched.
func (p *Process) Read() (Reading, error) {
	rss, err := p.resident()
	if err != nil {
		return Reading{}, err
	}
	r := Reading{RSS: rss}
	if p.threads != nil && p.tasks > 1 && p.countTasks() != p.tasks {
		p.forget() // a thread-safe build has started or ended threads
	}
	if p.threads == nil {
		if err := p.search(); err != nil || p.threads == nil {
			return r, err
		}
	}
	if !p.count(&r) {
		// Another program was executed, or a thread has ended.
		p.forget()
		p.nextSearch, p.patience = time.Time{}, firstPatience
		return r, nil
	}
	p.look(&r)
	r.Found, r.Fresh, r.PHP = true, p.fresh, p.php
	p.fresh = false
	return r, nil
}

// resident reads the resident memory. It is the first thing that fails when
// the process ends: a zombie has none.
func (p *Process) resident() (uint64, error) {
	var b [128]byte
	n, err := p.statm.ReadAt(b[:], 0)
	if n == 0 {
		return 0, fmt.Errorf("%w: %d has ended (%v)", memory.ErrGone, p.pid, err)
	}
	f := strings.Fields(string(b[:n]))
	if len(f) < 2 {
		return 0, fmt.Errorf("/proc/%d/statm has too few fields", p.pid)
	}
	pages, err := strconv.ParseUint(f[1], 10, 48)
	if err != nil {
		return 0, err
	}
	if pages == 0 && f[0] == "0" {
		return 0, fmt.Errorf("%w: %d has ended", memory.ErrGone, p.pid)
	}
	return pages * uint64(os.Getpagesize()), nil
}

func (p *Process) countTasks() int {
	all, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.pid))
	if err != nil {
		return 0
	}
	return len(all)
}

// search looks for PHP, if it is time to.
func (p *Process) search() error {
	now := time.Now()
	if now.Before(p.nextSearch) {
		return nil
	}
	p.nextSearch = now.Add(p.patience)
	p.patience = min(2*p.patience, lastPatience)
	php, err := p.find()
	if !errors.Is(err, locate.ErrAllocator) {
		p.without = time.Time{}
	} else if p.without.IsZero() {
		p.without = now
	}
	switch {
	case err == nil:
	case !p.without.IsZero() && now.Sub(p.without) < surely:
		return nil // it may have been set up while we looked
	case errors.Is(err, locate.ErrNoPHP), errors.Is(err, memory.ErrMemory):
		return nil // not yet
	default:
		return err
	}
	if php != p.php || !p.fresh {
		p.php, p.fresh = php, true
	}
	p.tasks = p.countTasks()
	return nil
}

// find finds PHP: in static data, where builds without threads have it, else
// everywhere.
func (p *Process) find() (version string, err error) {
	for _, static := range []bool{true, false} {
		version, err = p.findIn(static)
		if !errors.Is(err, locate.ErrNoPHP) {
			break
		}
	}
	return version, err
}

func (p *Process) findIn(static bool) (string, error) {
	image, err := memory.Glance(p.pid, static, zendmm.IsChunk)
	if err != nil {
		return "", err
	}
	defer image.Close()
	php, err := locate.Find(image, p.force)
	if err != nil {
		return "", err
	}
	var failed error
	var all []thread
	for _, t := range php.Threads {
		if t.Heap == 0 {
			failed = locate.ErrNoPHP // the first request sets it up
			if image.Word(t.Executor+php.Layout.Offset("zend_executor_globals.vm_stack")) != 0 {
				failed = locate.ErrAllocator
			}
			continue
		}
		counters, err := zendmm.FindCounters(image, t.Heap)
		if err != nil {
			failed = locate.ErrNoPHP
			continue
		}
		id := t.ID
		if id == 0 && len(php.Threads) == 1 {
			id = p.pid // of a program without threads of its own
		}
		all = append(all, thread{
			heap: t.Heap, counters: counters, kernel: &kernelThread{pid: p.pid, id: id},
			frame:  t.Executor + php.Layout.Offset("zend_executor_globals.current_execute_data"),
			buffer: make([]byte, zendmm.HeapInChunk+counters.Bytes),
		})
	}
	if len(all) == 0 {
		return "", failed
	}
	p.threads = all
	return php.Version, nil
}

// count reads the counters of all threads; false if a heap is not where it was.
func (p *Process) count(r *Reading) bool {
	// PHP has no limit where memory_limit is -1: half of all addresses.
	const unlimited = 1 << 62
	for i := range p.threads {
		t := &p.threads[i]
		if p.live.ReadAt(t.buffer, t.heap-zendmm.HeapInChunk) != nil || binary.LittleEndian.Uint64(t.buffer) != t.heap {
			return false
		}
		word := func(offset uint64) uint64 {
			return binary.LittleEndian.Uint64(t.buffer[zendmm.HeapInChunk+offset:])
		}
		c := &t.counters
		r.Usage += word(c.Size)
		r.Peak += word(c.Peak)
		r.Real += word(c.Real)
		if limit := word(c.Limit); limit < unlimited && (r.Limit == 0 || limit < r.Limit) {
			r.Limit = limit
		}
		r.Fatal = r.Fatal || uint32(word(c.Overflow)) != 0
	}
	return true
}

// FatalWords are the addresses of the words, four bytes each, one of which is
// not 0 while PHP reports that memory_limit is exhausted.
func (p *Process) FatalWords() []uint64 {
	var all []uint64
	for i := range p.threads {
		all = append(all, p.threads[i].heap+p.threads[i].counters.Overflow)
	}
	return all
}
