package watch

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"time"
)

// kernelThread is a thread as the kernel knows it. Its files are opened when
// they are needed; id is 0 where the thread is not known.
type kernelThread struct {
	pid, id        int
	tried          bool
	syscall, sched *os.File
}

func (k *kernelThread) close() {
	for _, f := range []*os.File{k.syscall, k.sched} {
		if f != nil {
			f.Close()
		}
	}
}

func (k *kernelThread) open() {
	if k.tried || k.id == 0 {
		return
	}
	k.tried = true
	// Either may be missing: not every kernel has them, and not every user may
	// read the first.
	k.syscall, _ = os.Open(fmt.Sprintf("/proc/%d/task/%d/syscall", k.pid, k.id))
	k.sched, _ = os.Open(fmt.Sprintf("/proc/%d/task/%d/schedstat", k.pid, k.id))
}

// first reads the first number of a file of /proc, and gives the words behind it.
func first(f *os.File) (n int64, rest []byte, ok bool) {
	if f == nil {
		return 0, nil, false
	}
	var b [256]byte
	k, _ := f.ReadAt(b[:], 0)
	word, rest, _ := bytes.Cut(bytes.TrimSpace(b[:k]), []byte(" "))
	n, err := strconv.ParseInt(string(word), 10, 64)
	return n, rest, err == nil
}

// ran is the processor time that the thread has used.
func (k *kernelThread) ran() time.Duration {
	n, _, _ := first(k.sched)
	return time.Duration(n)
}

// asleep reports whether the thread sleeps in a system call that waits for work,
// and whether nothing but input ends that. /proc/PID/syscall has the number of
// the call and its arguments, or "running". Where it cannot be read, any
// interruptible sleep counts.
func (k *kernelThread) asleep() (asleep, input bool) {
	if k.syscall != nil {
		n, arguments, ok := first(k.syscall)
		return ok && waits[n], ok && hasNoLimit(n, arguments)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/stat", k.pid, k.id))
	if err != nil {
		return false, false
	}
	i := bytes.LastIndexByte(text, ')')
	return i >= 0 && i+2 < len(text) && text[i+2] == 'S', false
}

// hasNoLimit reports whether a call waits for input, however long that takes:
// its argument for the time limit is none.
func hasNoLimit(call int64, arguments []byte) bool {
	limit, ok := limits[call]
	if !ok || limit.argument < 0 {
		return ok
	}
	words := bytes.Fields(arguments)
	if len(words) <= limit.argument {
		return false
	}
	n, err := strconv.ParseUint(string(words[limit.argument]), 0, 64)
	if limit.pointer {
		return err == nil && n == 0
	}
	return err == nil && int32(n) < 0
}

// limit is where a call has its time limit: an argument, from 0, that is a number
// of milliseconds or points to a time. -1: it has none.
type limit struct {
	argument int
	pointer  bool
}

// look sees what the threads do: whether a request runs, and whether all that
// run one wait.
func (p *Process) look(r *Reading) {
	waiting := true
	r.Wait.Input = true
	for i := range p.threads {
		t := &p.threads[i]
		t.kernel.open()
		before := t.kernel.ran()
		r.Ran += before
		frame := p.word(t.frame)
		if frame == 0 {
			continue
		}
		r.Request = true
		if !waiting || t.kernel.id == 0 {
			waiting = false
			continue
		}
		asleep, input := t.kernel.asleep()
		if !asleep {
			waiting = false
			continue
		}
		r.Wait.Input = r.Wait.Input && input
		place, depth := p.place(frame)
		// What was read of a thread that ran meanwhile is of no one moment.
		if t.kernel.sched != nil && t.kernel.ran() != before {
			waiting = false
		}
		r.Wait.Place ^= place
		r.Wait.Depth += depth
	}
	if r.Wait.Asleep = waiting && r.Request; !r.Wait.Asleep {
		r.Wait = Wait{}
	}
}

// word reads a word; 0 where nothing is.
func (p *Process) word(address uint64) uint64 {
	var b [8]byte
	if p.live.ReadAt(b[:], address) != nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b[:])
}

// zend_execute_data, the same from 7.4 to 8.5.
const (
	frameOpline   = 0
	frameFunction = 24
	frameCaller   = 48
	frameSize     = 56
	userFunction  = 2 // ZEND_USER_FUNCTION, the first byte of zend_function
	evalCode      = 4 // ZEND_EVAL_CODE
)

// place names where a program is by its innermost calls: their functions and,
// in PHP code, the instruction. The calls further out do not count, so that a
// loop that calls itself waits in one place. depth is how many calls there are.
func (p *Process) place(frame uint64) (hash uint64, depth int) {
	const (
		innermost = 4
		deepest   = 4096
	)
	hash = 14695981039346656037 // FNV-1a
	mix := func(n uint64) {
		for range 8 {
			hash = (hash ^ n&0xff) * 1099511628211
			n >>= 8
		}
	}
	var b [frameSize]byte
	for frame != 0 && depth < deepest && p.live.ReadAt(b[:], frame) == nil {
		if function := binary.LittleEndian.Uint64(b[frameFunction:]); function != 0 && depth < innermost {
			mix(function)
			if kind := byte(p.word(function)); kind == userFunction || kind == evalCode {
				mix(binary.LittleEndian.Uint64(b[frameOpline:]))
			}
		}
		depth++
		frame = binary.LittleEndian.Uint64(b[frameCaller:])
	}
	return hash, depth
}
