package capture

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"memtrail/capture/locate"
	"memtrail/capture/memory"
	"memtrail/dump"
)

// Copied is the memory of a process at one moment, which nobody has looked at
// yet: the process was stopped for the copy and goes on.
type Copied struct {
	Stats memory.Stats

	pid      int
	run      *dump.Run
	resident func() residence
	image    *memory.Image
	options  Options
}

// Copy copies the memory of a process, and nothing more: [Process] in two
// steps, for whoever copies several times before there is time to read.
func Copy(pid int, o Options) (*Copied, error) {
	run := runOf(pid)
	image, stats, err := memory.Capture(pid, memory.Limits{MaxPause: o.MaxPause, Spare: o.Spare})
	if err != nil {
		return nil, err
	}
	if after := runOf(pid); run != nil && after != nil {
		run.CPUAfter = after.CPU // else it has ended since: nothing follows
	}
	return &Copied{Stats: stats, pid: pid, run: run, resident: known(readResident(pid)), image: image, options: o}, nil
}

// CopyAtOnce is [Copy] that stops the process before anything else is done, for a
// moment that passes. The pause is several times as long.
func CopyAtOnce(pid int, o Options) (*Copied, error) {
	held, err := memory.Hold(pid)
	if err != nil {
		return nil, err
	}
	defer held.Release()
	return CopyHeld(held, pid, o)
}

// CopyWaiting is [Copy] of a process that waits for the caller, and for which each
// moment counts: nothing is done before it is stopped, and what the kernel counts of
// its memory is read while the caller lets it go on. It must not be about to end.
func CopyWaiting(pid int, o Options) (*Copied, error) {
	held, err := memory.Hold(pid)
	if err != nil {
		return nil, err
	}
	defer held.Release()
	image, stats, err := held.Capture(memory.Limits{MaxPause: o.MaxPause, Spare: o.Spare})
	if err != nil {
		return nil, err
	}
	resident := sync.OnceValue(func() residence { return readResident(pid) })
	go resident()
	return &Copied{Stats: stats, pid: pid, run: runOf(pid), resident: resident, image: image, options: o}, nil
}

func known(r residence) func() residence { return func() residence { return r } }

// CopyHeld is [Copy] of a process that is held already. It goes on then.
func CopyHeld(h *memory.Held, pid int, o Options) (*Copied, error) {
	// It stands still, and may work on for long until we are asked again.
	run, resident := runOf(pid), readResident(pid)
	image, stats, err := h.Capture(memory.Limits{MaxPause: o.MaxPause, Spare: o.Spare})
	if err != nil {
		return nil, err
	}
	return &Copied{Stats: stats, pid: pid, run: run, resident: known(resident), image: image, options: o}, nil
}

// Close releases the copy. It is for one that is not read.
func (c *Copied) Close() error { return c.image.Close() }

// Read finds the heaps in the copy. The capture owns the copy from then on;
// after an error it is released.
func (c *Copied) Read() (*Capture, error) {
	x, err := FromImage(c.image, c.options)
	if errors.Is(err, locate.ErrNoPHP) {
		err = fmt.Errorf("%w in process %d", locate.ErrIdle, c.pid)
	}
	if err != nil {
		return nil, err
	}
	x.PID, x.Stats = c.pid, c.Stats
	x.process, x.run = c.resident().accountFor(x), c.run
	return x, nil
}

// InCall reports whether a call is open in any of the threads that were read.
// None is before a program begins and once it has ended, while PHP takes down
// what it had.
func (c *Capture) InCall() bool {
	frame := c.php.Layout.Offset("zend_executor_globals.current_execute_data")
	for _, t := range c.threads {
		if c.image.Word(t.Executor+frame) != 0 {
			return true
		}
	}
	return false
}

// RunsPHP returns nil for a process that has PHP's code, or may have it where
// its files cannot be read; else an error that says what it runs.
func RunsPHP(pid int) error {
	// The names of files tell in most cases, and much sooner than what is in them.
	if maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid)); err == nil && mapsPHP(maps) {
		return nil
	}
	return lookForPHP(pid)
}
