package record

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// attendant stays with the process from one system call to the next, for
// moments that are too short for readings: the one of a line of output, after
// which a program may go on at once, and the one at which PHP reports that
// memory_limit is exhausted.
//
// It costs the process two stops a system call. So it is there for lines only
// while the process makes few of them, and for memory_limit only while that is
// near; and whenever the process is to be copied for something else it steps
// back.
type attendant struct {
	mu      sync.Mutex // of a process that is copied, or gets or loses its attendant
	release chan struct{}
	done    chan struct{} // nil if there is none
	busy    atomic.Bool   // it has left a process that makes too many system calls

	here    atomic.Bool // it is with the process
	stopped atomic.Bool // and the process stands still
	fatal   atomic.Bool // memory_limit is near, and the moment was not taken yet
	moments chan moment // of memory_limit

	pause, rest time.Duration // how long it stays away from a busy process; until when
	budget      budget        // of stops for lines
}

// The limits of what a process may be held up for lines: a stop takes 5 to 50
// microseconds, twice a system call.
const (
	maxBurst    = 60000 // stops: a program that is as short has all its moments
	maxStops    = 4000  // in a second, for longer
	firstRest   = time.Second
	longestRest = 16 * time.Second
)

// budget bounds how often something happens: in bursts, and in the long run.
type budget struct {
	left float64
	at   time.Time // when left was true; zero before the first
}

// spend takes one out of the budget and reports whether there was one.
func (b *budget) spend(now time.Time) bool {
	if b.at.IsZero() {
		b.left = maxBurst
	} else {
		b.left = min(b.left+maxStops*now.Sub(b.at).Seconds(), maxBurst)
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

var errBusy = errors.New("the process makes too many system calls")

func newAttendant() *attendant {
	return &attendant{moments: make(chan moment, 1), pause: firstRest}
}

// without runs something while nobody is with the process.
func (a *attendant) without(do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.done != nil {
		close(a.release)
		<-a.done
		a.done = nil
	}
	if do != nil {
		do()
	}
}

// attend begins or ends the attendance, as the last sample demands.
func (r *Recorder) attend() {
	a := r.attendant
	a.fatal.Store(r.engine.Imminent())
	s := &r.sample
	forLines := r.o.CatchUp != nil && s.Found && !r.engine.Done() && s.At >= a.rest
	if !a.fatal.Load() && !forLines {
		if !a.here.Load() {
			return
		}
		a.without(nil)
		return
	}
	if !a.mu.TryLock() {
		return // the process is being copied; the next reading comes soon
	}
	defer a.mu.Unlock()
	if a.done != nil {
		select {
		case <-a.done:
		default:
			return
		}
	}
	release, done := make(chan struct{}), make(chan struct{})
	a.release, a.done = release, done
	a.here.Store(true)
	go func() {
		defer close(done)
		defer a.here.Store(false)
		err := r.subject.Attend(func(copy func() (Snapshot, error)) error {
			r.atCall(copy)
			if !a.budget.spend(time.Now()) && !a.fatal.Load() {
				return errBusy
			}
			return nil
		}, release)
		a.busy.Store(errors.Is(err, errBusy))
	}()
}

// atCall takes the moments that have come when the process stands still at a
// system call.
func (r *Recorder) atCall(copy func() (Snapshot, error)) {
	r.attendant.stopped.Store(true)
	defer r.attendant.stopped.Store(false)
	if a := r.attendant; a.fatal.Load() && r.subject.Fatal() {
		a.fatal.Store(false)
		if snapshot, err := copy(); err == nil {
			select {
			case a.moments <- moment{snapshot: snapshot}:
			default:
				snapshot.Discard()
			}
		}
	}
	if r.o.CatchUp == nil {
		return
	}
	r.o.CatchUp()
	if n := r.lines.wanted(0); n > 0 {
		snapshot, err := copy()
		r.lines.send(moment{n, snapshot, err})
	}
}

// tire has the attendant stay away from a busy process for a while, each time
// for longer.
func (r *Recorder) tire() {
	if a := r.attendant; a.busy.Swap(false) {
		a.rest = r.sample.At + a.pause
		a.pause = min(2*a.pause, longestRest)
	}
}

// takeFatal has the copy of the moment written. The process may have ended
// since.
func (r *Recorder) takeFatal(m moment) {
	r.sum.Fatal = true
	if err := r.open(true); err != nil || r.pending == maxWaiting {
		m.snapshot.Discard()
		return
	}
	r.keep(Order{Fatal, exhausted, AtOnce}, m.snapshot, nil)
}

// drain takes the moments that came before the end.
func (r *Recorder) drain() {
	r.attendant.without(nil)
	for {
		select {
		case m := <-r.attendant.moments:
			r.takeFatal(m)
		case m := <-r.lines.moments:
			_ = r.takeLine(m) // that the process has ended is known
		default:
			return
		}
	}
}
