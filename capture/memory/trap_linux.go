//go:build linux && (amd64 || arm64)

package memory

import (
	"errors"
	"os"
	"os/signal"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// ErrReleased is returned for a trap that was released.
var ErrReleased = errors.New("the trap was released")

// ptrace(2): what a stop at a system call is told from, with
// PTRACE_O_TRACESYSGOOD, and what leaves a thread stopped that a signal stopped.
const (
	callStop     = int(unix.SIGTRAP | 0x80)
	ptraceListen = 0x4208
)

// Trap lets a process run from one system call of its first thread to the next,
// and calls a function before and behind each of them, while the thread stands
// still. The function may have the process copied. It goes on until release is
// closed ([ErrReleased]), the process ends ([ErrGone]), or the function returns
// an error, which is returned.
//
// The process pays for it with two stops a system call, some ten microseconds
// each, so a trap is for a moment that is near, or for a program that makes few.
// While it is set, nobody else can capture the process. If we end, the kernel
// lets it go on.
func Trap(pid int, stopped func(*Held) error, release <-chan struct{}) error {
	return trapWith(seize, pid, stopped, release)
}

// TrapStarted is [Trap] for a child that has asked to be traced, by PTRACE_TRACEME,
// and stands still since it was executed. The calling thread has started it.
func TrapStarted(pid int, stopped func(*Held) error, release <-chan struct{}) error {
	return trapWith(seizeStarted, pid, stopped, release)
}

func trapWith(seize func(pid int) (*tracee, error), pid int, stopped func(*Held) error, release <-chan struct{}) error {
	// The kernel tells us of each stop; the channel is there before the first.
	news := make(chan os.Signal, 1)
	signal.Notify(news, unix.SIGCHLD)
	defer signal.Stop(news)
	tracee, err := seize(pid)
	if err != nil {
		return err
	}
	// Who is to be let go must stand still.
	defer tracee.release()
	t := &trap{tracee: tracee, news: news}
	defer t.haltOthers()
	return t.run(stopped, release)
}

type trap struct {
	*tracee
	news <-chan os.Signal
}

// haltOthers stops all threads but the first. One that ended meanwhile does not
// matter.
func (t *trap) haltOthers() {
	for _, tid := range t.stopped[1:] {
		_ = t.halt(tid)
	}
}

func (t *trap) continueOthers() {
	for _, tid := range t.stopped[1:] {
		_ = unix.PtraceCont(tid, t.take(tid))
	}
}

// run goes from one system call to the next.
func (t *trap) run(stopped func(*Held) error, release <-chan struct{}) error {
	if err := unix.PtraceSetOptions(t.pid, unix.PTRACE_O_TRACESYSGOOD); err != nil {
		return procError(t.pid, err)
	}
	t.continueOthers()
	for {
		select {
		case <-release:
			return ErrReleased
		default:
		}
		// A thread that runs already, as what made it stop was noted late, is just
		// waited for.
		if err := unix.PtraceSyscall(t.pid, t.take(t.pid)); err != nil && !(errors.Is(err, unix.ESRCH) && runs(threadState(t.pid, t.pid))) {
			return procError(t.pid, err)
		}
		atCall, err := t.await(release)
		if err != nil {
			return err
		}
		if !atCall {
			continue
		}
		t.since = time.Now()
		if err := stopped(&Held{tracee: t.tracee, trap: t}); err != nil {
			return err
		}
	}
}

// take gives the signal that a thread was about to be given when it stopped.
func (t *tracee) take(tid int) int {
	s := t.signals[tid]
	delete(t.signals, tid)
	return s
}

// await waits for the next stop of the first thread: at a system call, or on
// its way to a signal, which is kept for it.
func (t *trap) await(release <-chan struct{}) (atCall bool, err error) {
	const (
		spins  = 200 // a busy program makes a system call within some microseconds
		seldom = 100 * time.Millisecond
	)
	for spin := 0; ; spin++ {
		e, err := t.next(t.pid)
		switch {
		case err != nil:
			return false, procError(t.pid, err)
		case e.kind == nothing && spin < spins:
			runtime.Gosched()
		case e.kind == nothing:
			select {
			case <-t.news:
			case <-time.After(seldom):
			case <-release:
				if err := t.halt(t.pid); err != nil {
					return false, procError(t.pid, err)
				}
				return false, ErrReleased
			}
		case e.kind == hasEnded:
			return false, procError(t.pid, unix.ESRCH)
		case e.signal == callStop:
			return true, nil
		case e.event == ptraceEventStop && isStop(e.signal):
			// Ctrl-Z: it stays stopped until SIGCONT.
			_, _, _ = unix.RawSyscall6(unix.SYS_PTRACE, ptraceListen, uintptr(t.pid), 0, 0, 0, 0)
		case e.event == ptraceEventStop:
			return false, nil
		default:
			t.signals[t.pid] = e.signal
			return false, nil
		}
	}
}

// runs tells the state letters of a thread that is there and not stopped.
func runs(state byte) bool { return state != 0 && state != 't' && state != 'Z' && state != 'X' }

// isStop tells the signals that stop a process.
func isStop(s int) bool {
	switch unix.Signal(s) {
	case unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		return true
	}
	return false
}
