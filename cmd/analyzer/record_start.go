package main

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"memtrail/capture"
	"memtrail/capture/launch"
	"memtrail/capture/memory"
)

// starter stays with a command from its start on, so that the first lines of
// output are not over before PHP was found in it: a short program would be. The
// command stands still at each system call until what it has printed was looked
// at, and at a line that counts until PHP was found and it was copied. From then
// on it does what the recording's own attendant would: that one would have to
// seize the process anew, and miss a line meanwhile.
type starter struct {
	session *session
	child   *launch.Child
	line    atomic.Uint64 // a line that counts, until it is taken
	there   atomic.Bool
	isPHP   atomic.Bool // the command itself runs PHP
	waits   atomic.Bool // somebody waits for it to leave
	end     func()      // has it leave, at once; may be called again
	left    chan struct{}
	adopted atomic.Pointer[attendance]
}

// attendance is what the recording's attendant does at each system call.
type attendance struct {
	atCall func(*memory.Held) error
	err    chan error // why it ended; one, at most
}

// How long a command is accompanied that does not become PHP, and one that does
// while PHP is not found in it: on a busy machine that takes seconds. How long it
// is held at a line before PHP is found; if it is not found by then, which is so
// for a PHP that is not known, no other line is held.
const (
	longestStart  = 5 * time.Second
	longestSearch = time.Minute
	longestHold   = 5 * time.Second
)

var errStarted = errors.New("the command has started")

// begin is called in the thread that has started the command, unless that gains
// rights when it is executed, as sudo does.
func (st *starter) begin(child *launch.Child) (stay func(traced bool)) {
	st.child = child
	st.there.Store(true)
	release := make(chan struct{})
	st.end = sync.OnceFunc(func() { close(release) })
	alone := func() {
		if st.adopted.Load() == nil {
			st.end()
		}
	}
	time.AfterFunc(longestStart, func() {
		if st.isPHP.Load() || capture.RunsPHP(child.PID()) == nil {
			time.AfterFunc(longestSearch-longestStart, alone)
		} else {
			alone()
		}
	})
	return func(traced bool) {
		defer close(st.left)
		defer st.there.Store(false)
		trap := memory.Trap
		if traced {
			trap = memory.TrapStarted
		}
		_ = trap(child.PID(), st.atCall, release)
	}
}

// takes reports whether the starter takes a line: one of the command itself, as
// far as can be told.
func (st *starter) takes(n uint64) bool {
	if !st.there.Load() || st.adopted.Load() != nil {
		return false
	}
	if !st.isPHP.Load() && capture.RunsPHP(st.child.PID()) != nil {
		return false
	}
	st.isPHP.Store(true)
	return st.line.CompareAndSwap(0, n) && st.there.Load()
}

// atCall is called while the command stands still at a system call.
func (st *starter) atCall(h *memory.Held) error {
	st.child.CatchUp()
	if n := st.line.Load(); n > 0 {
		st.session.lineOf(n, map[int]*memory.Held{st.child.PID(): h})
		st.line.Store(0)
	}
	if a := st.adopted.Load(); a != nil {
		if err := a.atCall(h); err != nil {
			a.err <- err
			return errStarted
		}
	}
	if st.waits.Load() {
		return errStarted
	}
	return nil
}

// adopt has the starter do what an attendant of a process would, and returns
// when that ends. ok is false if it is not with the process.
func (st *starter) adopt(pid int, atCall func(*memory.Held) error, release <-chan struct{}) (ok bool, err error) {
	if st == nil || !st.there.Load() || pid != st.child.PID() {
		return false, nil
	}
	a := &attendance{atCall: atCall, err: make(chan error, 1)}
	st.adopted.Store(a)
	select {
	case <-release:
		st.end()
		<-st.left
	case <-st.left:
	}
	select {
	case err := <-a.err:
		return true, err
	default:
		return true, memory.ErrReleased
	}
}

// leave has the starter leave a process, and returns when it has, or soon after.
func (st *starter) leave(pid int) {
	if st == nil || !st.there.Load() || pid != st.child.PID() {
		return
	}
	st.waits.Store(true)
	if st.line.Load() == 0 {
		st.end() // it may be long until the next system call
	}
	select {
	case <-st.left:
	case <-time.After(longestHold):
	}
}

// found reports whether PHP was found in the process.
func (x *recorded) found() bool { return x.recorder.Found() }

// lineOf is for a line that counts, while some processes are held: as long as it
// takes, within reason, until PHP is found in one of them.
func (s *session) lineOf(n uint64, held map[int]*memory.Held) {
	const step = time.Millisecond
	for begin := time.Now(); len(held) > 0 && !s.vain.Load() && !slices.ContainsFunc(s.all(), (*recorded).found); time.Sleep(step) {
		if time.Since(begin) >= longestHold {
			s.vain.Store(true)
		}
	}
	for _, x := range s.all() {
		h := held[x.pid]
		if h == nil {
			x.recorder.Line(n)
			continue
		}
		x.subject.hold(h)
		x.recorder.LineHeld(n)
		x.subject.hold(nil)
	}
}
