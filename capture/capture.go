package capture

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"memtrail/capture/locate"
	"memtrail/capture/memory"
	"memtrail/capture/walk"
	"memtrail/capture/zendmm"
	"memtrail/dump"
)

// Options say how to capture.
type Options struct {
	// MaxPause is how long the process may stand still; 0 for no limit.
	MaxPause time.Duration
	// MaxMemory bounds the copy, in bytes; 0: what the system leaves does.
	MaxMemory uint64
	// Spare has room for copies that may be ready; nil for none.
	Spare *memory.Spare
	// Force takes the nearest layouts for a version of PHP that is not known.
	Force bool
	// Thread is the number of the PHP thread to read, from 1; 0 reads all.
	Thread int
	// Sysroot is put before the paths of files that a core names.
	Sysroot string
	// RedactKeys replaces the string keys of arrays by "string".
	RedactKeys bool
}

// ErrThread is returned for a PHP thread that the process does not have.
var ErrThread = errors.New("no such PHP thread")

// Capture is the memory of a process, with the heaps that were found in it.
type Capture struct {
	PHP   string // version
	PID   int    // 0 for a core
	Stats memory.Stats
	// Idle is the number of PHP threads that run no request: they
	// have nothing to be read.
	Idle int

	image   *memory.Image
	php     *locate.PHP
	threads []thread
	redact  bool
	process []dump.Owner
	run     *dump.Run
}

// thread is a PHP thread with its heap.
type thread struct {
	locate.Thread
	heap *zendmm.Heap
}

// attempts is how often a process is captured until its heap balances: a stop
// in the middle of a free list's making leaves it in no state at all.
const attempts = 5

// Process captures a running process.
func Process(pid int, o Options) (*Capture, error) {
	if err := lookForPHP(pid); err != nil {
		return nil, err
	}
	var c *Capture
	var err error
	run := runOf(pid)
	for i := range attempts {
		if c != nil {
			c.Close()
		}
		if i > 0 {
			time.Sleep(time.Duration(i) * time.Millisecond)
		}
		if c, err = captureOnce(pid, o); err != nil {
			return nil, err
		}
		if c.Balanced() {
			break
		}
	}
	c.process = processMemory(pid, c)
	if after := runOf(pid); run != nil && after != nil {
		run.CPUAfter = after.CPU
		c.run = run
	}
	return c, nil
}

func captureOnce(pid int, o Options) (*Capture, error) {
	image, stats, err := memory.Capture(pid, memory.Limits{MaxPause: o.MaxPause, MaxMemory: o.MaxMemory})
	if err != nil {
		return nil, err
	}
	c, err := fromImage(image, o)
	if errors.Is(err, locate.ErrNoPHP) {
		// Its code is there, see lookForPHP; it is set up by the first request.
		err = fmt.Errorf("%w in process %d, nor was one before: try again while it works, or take a worker that does", locate.ErrIdle, pid)
	}
	if err != nil {
		image.Close()
		return nil, err
	}
	c.PID, c.Stats = pid, stats
	return c, nil
}

// FromImage reads memory that was captured before. It takes the image over.
func FromImage(image *memory.Image, o Options) (*Capture, error) {
	c, err := fromImage(image, o)
	if err != nil {
		image.Close()
		return nil, err
	}
	return c, nil
}

// fromImage finds PHP and its heaps in a memory image. On success the capture
// owns the image.
func fromImage(image *memory.Image, o Options) (c *Capture, err error) {
	defer image.CatchFaults(&err)()
	php, err := locate.Find(image, o.Force)
	if err != nil {
		return nil, err
	}
	c = &Capture{PHP: php.Version, image: image, php: php, redact: o.RedactKeys}
	if o.Thread > len(php.Threads) {
		return nil, fmt.Errorf("%w: there are %d", ErrThread, len(php.Threads))
	}
	var failed error
	for i, t := range php.Threads {
		if o.Thread > 0 && i+1 != o.Thread {
			continue
		}
		switch {
		case t.Idle:
			c.Idle++
			continue
		case t.Heap == 0:
			failed = fmt.Errorf("%w: USE_ZEND_ALLOC=0 is set; unset it and start PHP again", locate.ErrAllocator)
			continue
		}
		heap, err := zendmm.Read(image, t.Heap)
		if err != nil {
			failed = err
			continue
		}
		c.threads = append(c.threads, thread{t, heap})
	}
	switch {
	case len(c.threads) > 0:
		return c, nil
	case failed != nil:
		return nil, failed
	}
	return nil, fmt.Errorf("%w: PHP %s waits for one and has no values; try again while it works, or take a worker that does", locate.ErrIdle, php.Version)
}

// Close releases the copy of the memory.
func (c *Capture) Close() error { return c.image.Close() }

// Held is how much memory the copy takes, in bytes: that of a process, or of a core
// that is not mapped.
func (c *Capture) Held() uint64 { return max(c.Stats.Copied, c.image.Held) }

// Balanced reports whether the blocks of each heap sum to what PHP counts, to
// the block that was in flight.
func (c *Capture) Balanced() bool {
	for _, t := range c.threads {
		if !t.heap.Balanced() {
			return false
		}
	}
	return true
}

// Threads is the number of PHP threads that were read.
func (c *Capture) Threads() int { return len(c.threads) }

// Header is what PHP itself says of its memory, summed over the threads.
func (c *Capture) Header() dump.Header {
	var h dump.Header
	for _, t := range c.threads {
		h.MemoryUsage += t.heap.Size
		h.MemoryUsageReal += t.heap.Real
		h.PeakMemoryUsage += t.heap.Peak
		h.PeakMemoryUsageReal += t.heap.RealPeak
	}
	return h
}

// TextSize implements dump.Source.
func (c *Capture) TextSize() int64 {
	const bytesPerBlock = 150
	n := int64(0)
	for _, t := range c.threads {
		n += int64(t.heap.Blocks) * bytesPerBlock
	}
	return n
}

// Items implements dump.Source.
func (c *Capture) Items(addresses bool, give func(*dump.Item)) (info dump.Info, err error) {
	defer c.image.CatchFaults(&err)()
	header := c.Header()
	info = dump.Info{Header: &header, Complete: true}
	var ids []byte
	sink := func(it *dump.Item) {
		info.Items++
		if it.IsRoot {
			info.Roots++
		}
		if c.redact {
			redactKeys(it)
		}
		if !addresses {
			ids = dump.SpellIDs(it, ids)
		}
		give(it)
	}
	for _, t := range c.threads {
		w, err := walk.New(c.image, t.heap, c.php, t.Thread)
		if err != nil {
			return info, err
		}
		w.Run(sink)
		info.Capture = join(info.Capture, w.Capture())
	}
	info.Capture.PHP = c.PHP
	info.Capture.Process = c.process
	info.Capture.Run = c.run
	return info, nil
}

// redactKeys replaces keys that may be data. Names of variables and properties
// are the program's, not its data.
func redactKeys(it *dump.Item) {
	if string(it.Type) != "array" || it.IsRoot && strings.HasPrefix(string(it.Frame), "<STATIC_VARIABLE") {
		return
	}
	for i := range it.Children {
		k := it.Children[i].Key
		if !isNumber(k) {
			it.Children[i].Key = []byte(walk.RedactedKey)
		}
	}
}

func isNumber(k []byte) bool {
	if len(k) > 1 && k[0] == '-' {
		k = k[1:]
	}
	for _, c := range k {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(k) > 0
}

// WriteCore writes the memory as an ELF core, with what has been read of it
// beyond the copy. It holds the process's secrets.
func (c *Capture) WriteCore(w io.Writer, machine elf.Machine) error {
	return memory.WriteCore(w, c.image, machine, c.PID)
}
