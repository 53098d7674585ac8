//go:build linux && (amd64 || arm64)

package memory

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ptrace(2): PTRACE_SEIZE does not stop, nor send a signal that the program
// could see; PTRACE_INTERRUPT stops. Every call must come from the thread that
// seized.
const (
	ptraceEventStop = 128
	waitAll         = 0x40000000 // __WALL
)

// tracee is a process all of whose threads are stopped.
type tracee struct {
	pid     int
	stopped []int
	signals map[int]int // that a thread was about to be given
	since   time.Time   // when the first thread stopped
	done    bool
}

// seize stops all threads of a process. The calling goroutine keeps its thread
// until release.
func seize(pid int) (*tracee, error) {
	runtime.LockOSThread()
	t := &tracee{pid: pid, signals: map[int]int{}}
	t.since = time.Now()
	// The first thread is stopped before anything is looked up.
	first := t.stop(pid)
	if state := stateOf(pid); state == 'Z' || state == 'X' {
		t.release()
		return nil, fmt.Errorf("%w: %d has ended", ErrGone, pid)
	}
	seen := map[int]bool{}
	// A thread that is not stopped yet may start another.
	for again := true; again; {
		again = false
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			t.release()
			return nil, procError(pid, err)
		}
		for _, e := range tasks {
			tid, err := strconv.Atoi(e.Name())
			if err != nil || seen[tid] {
				continue
			}
			seen[tid], again = true, true
			err = first
			if tid != pid {
				err = t.stop(tid)
			}
			if err != nil {
				if tid != pid && errors.Is(err, unix.ESRCH) {
					continue // it ended meanwhile
				}
				t.release()
				if errors.Is(err, unix.EPERM) {
					if other := tracerOf(pid); other != 0 {
						return nil, fmt.Errorf("%w: process %d is traced by process %d already (a debugger, strace); detach that first", ErrPermission, pid, other)
					}
				}
				return nil, procError(pid, err)
			}
		}
	}
	return t, nil
}

// seizeStarted seizes a process that the calling thread traces since it started
// it, and that has not run since. What is traced like that cannot be
// interrupted, so it is let go and seized; on a busy machine it would be over in
// between, so it is let go with a signal that stops it.
func seizeStarted(pid int) (*tracee, error) {
	detach(pid, int(unix.SIGSTOP))
	t, err := seize(pid)
	if kill := unix.Kill(pid, unix.SIGCONT); kill != nil && err == nil {
		t.release()
		err = procError(pid, kill)
	}
	return t, err
}

// stop stops one thread.
func (t *tracee) stop(tid int) error {
	if err := unix.PtraceSeize(tid); err != nil {
		return err
	}
	t.stopped = append(t.stopped, tid)
	return t.halt(tid)
}

// halt stops a thread that is seized already.
func (t *tracee) halt(tid int) error {
	if err := unix.PtraceInterrupt(tid); err != nil {
		return err
	}
	deadline := time.Now().Add(stopWithin)
	for stopped := 0; ; {
		e, err := t.next(tid)
		switch {
		case err != nil:
			return err
		case e.kind == hasEnded:
			return unix.ESRCH
		case e.kind == hasStopped:
			// Stopped on its way to a signal: it is given when we let it go.
			if e.event != ptraceEventStop && e.signal != callStop {
				t.signals[tid] = e.signal
			}
			return nil
		}
		// The event may have gone to another thread of ours that waits for its
		// children: the kernel gives it to whoever asks first.
		if threadState(t.pid, tid) == 't' {
			if stopped++; stopped > 20 {
				return nil
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: thread %d sleeps in the kernel and did not stop within %v", ErrPause, tid, stopWithin)
		}
		// Go's own sleep is a millisecond where nothing else runs.
		const step = 20_000 // ns; a thread that waits for input has stopped by then
		_ = unix.Nanosleep(&unix.Timespec{Nsec: step}, nil)
	}
}

// happening is what has become of a thread that we trace.
type happening struct {
	kind          happeningKind
	signal, event int // of a stop: the signal, with callStop's bit, and ptrace's event
}

type happeningKind uint8

const (
	nothing happeningKind = iota
	hasStopped
	hasEnded
)

// next takes note of what has become of a thread. The end of a child of ours is
// left for whoever started it, and waits for its exit code.
func (t *tracee) next(tid int) (happening, error) {
	var info unix.Siginfo
	for {
		info = unix.Siginfo{}
		err := unix.Waitid(unix.P_PID, tid, &info, waitAll|unix.WSTOPPED|unix.WNOHANG, nil)
		// What has ended can stop no more: then the kernel knows nothing to wait for.
		if err == nil || errors.Is(err, unix.ECHILD) {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			return happening{}, err
		}
	}
	if info.Signo != 0 {
		// si_status, behind si_pid and si_uid: what wait4 has in its upper bytes.
		const siStatus = 24
		status := *(*int32)(unsafe.Add(unsafe.Pointer(&info), siStatus))
		return happening{hasStopped, int(status & 0xff), int(status >> 8)}, nil
	}
	err := unix.Waitid(unix.P_PID, tid, &info, waitAll|unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	if err != nil && !errors.Is(err, unix.EINTR) {
		return happening{}, err
	}
	// Of a traced thread the kernel tells stops, too, whatever it is asked for.
	const exited, dumped = 1, 3 // CLD_EXITED, CLD_KILLED, CLD_DUMPED
	if err != nil || info.Signo == 0 || info.Code < exited || info.Code > dumped {
		return happening{}, nil
	}
	if tid != t.pid || parentOf(tid) != os.Getpid() {
		_, _ = unix.Wait4(tid, nil, waitAll|unix.WNOHANG, nil)
	}
	return happening{kind: hasEnded}, nil
}

// parentOf gives the parent of a process, 0 if it has none.
func parentOf(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	return statusNumber(text, "PPid:")
}

// stopWithin is how long a thread may take to stop. One that waits for a disk
// that does not answer never does.
const stopWithin = time.Second

// threadState gives the state letter of a thread, 0 if it has none.
func threadState(pid, tid int) byte {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/stat", pid, tid))
	if err != nil {
		return 0
	}
	if i := bytes.LastIndexByte(text, ')'); i >= 0 && i+2 < len(text) {
		return text[i+2]
	}
	return 0
}

// release lets all threads go on.
func (t *tracee) release() {
	if t.done {
		return
	}
	t.done = true
	for _, tid := range t.stopped {
		detach(tid, t.signals[tid])
	}
	runtime.UnlockOSThread()
}

func detach(tid, signal int) {
	_, _, _ = unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_DETACH, uintptr(tid), 0, uintptr(signal), 0, 0)
}

// threads reads where each thread's stack and thread-local memory are.
func (t *tracee) threads() []Thread {
	var all []Thread
	for _, tid := range t.stopped {
		all = append(all, threadOf(tid))
	}
	return all
}

// tracerOf gives the process that traces another, 0 if none does.
func tracerOf(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	tracer := statusNumber(text, "TracerPid:")
	// The kernel gives the thread that traces, which need not be the one that its process is named by.
	if text, err = os.ReadFile(fmt.Sprintf("/proc/%d/status", tracer)); err == nil {
		return statusNumber(text, "Tgid:")
	}
	return tracer
}
