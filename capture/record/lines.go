package record

import (
	"sync"
	"sync/atomic"
	"time"
)

// lineMoments brings the moments of lines of output from whoever reads the
// output. The process goes on while a line is on its way, so it is copied
// there and then, before the recorder has been asked: which lines are due, the
// recorder says in advance.
type lineMoments struct {
	mu        sync.Mutex
	due, step uint64
	taken     uint64 // the last line that was taken
	want      uint64 // the line that the attendant is to take; 0 if there is none
	wantSince time.Time
	ended     bool

	found   atomic.Bool
	moments chan moment
}

// moment is a copy of the process at a line of its output.
type moment struct {
	line     uint64
	snapshot Snapshot
	err      error
}

// publish says which line is due.
func (l *lineMoments) publish(e *Engine, found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due, l.step = e.NextLine()
	// Lines that are on their way here have been taken.
	for l.step > 0 && l.due <= l.taken {
		l.due += l.step
	}
	l.found.Store(found)
}

// isDue reports whether a line is due, and makes the next one due.
func (l *lineMoments) isDue(n uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || !l.found.Load() || n < l.due || len(l.moments) == cap(l.moments) {
		return false
	}
	l.taken = n
	for l.step > 0 && l.due <= n {
		l.due += l.step
	}
	return true
}

// send hands a moment on. The recorder may have ended meanwhile.
func (l *lineMoments) send(m moment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || len(l.moments) == cap(l.moments) {
		if m.snapshot != nil {
			m.snapshot.Discard()
		}
		return
	}
	l.moments <- m
}

// end discards what comes too late.
func (l *lineMoments) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	for len(l.moments) > 0 {
		if m := <-l.moments; m.snapshot != nil {
			m.snapshot.Discard()
		}
	}
}

// wanted gives the line that the attendant is to take, and puts another in its
// place.
func (l *lineMoments) wanted(next uint64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.want
	l.want, l.wantSince = next, time.Now()
	return n
}

// overdue gives the line that the attendant should have taken: another process
// has printed it while this one makes no system call.
func (l *lineMoments) overdue() uint64 {
	const patience = 250 * time.Millisecond
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.want == 0 || time.Since(l.wantSince) < patience {
		return 0
	}
	n := l.want
	l.want = 0
	return n
}

// Found reports whether PHP has been found in the process.
func (r *Recorder) Found() bool { return r.lines.found.Load() }

// Line tells that the nth line of output that is to be counted has come, from 1.
// If it is due, the process is copied before Line returns, or, where an
// attendant holds it until the output was looked at, right behind. It may be
// called by any one goroutine beside Run.
func (r *Recorder) Line(n uint64) {
	switch {
	case !r.lines.isDue(n):
	case r.attendant.here.Load():
		r.lines.wanted(n)
	default:
		r.copyLine(n)
	}
}

// LineHeld is Line for a process that the caller holds, so that no attendant can
// be with it, and that is copied as it is held.
func (r *Recorder) LineHeld(n uint64) {
	if r.lines.isDue(n) {
		m := moment{line: n}
		m.snapshot, m.err = r.subject.Copy(AtOnce)
		r.lines.send(m)
	}
}

// copyLine copies the process for a line.
func (r *Recorder) copyLine(n uint64) {
	m := moment{line: n}
	r.attendant.without(func() { m.snapshot, m.err = r.subject.Copy(AtOnce) })
	r.lines.send(m)
}

// takeLine takes a moment into the series.
func (r *Recorder) takeLine(m moment) error {
	was := r.sample
	err := r.read(m.line)
	if was.Found && !r.sample.Found {
		r.sample = was // it is about to end, and its memory is gone
	}
	r.sample.Lines = m.line
	order, due := r.engine.LookLine(r.sample)
	if err == nil && m.err == nil {
		err = r.open(true)
	}
	if !due || !r.room(order) || err != nil && m.err == nil && r.curve == nil || !r.affords(order) {
		if m.snapshot != nil {
			m.snapshot.Discard()
		}
		return err
	}
	// The process may have ended since: the copy is good all the same.
	r.keep(order, m.snapshot, m.err)
	if err == nil {
		r.lines.publish(r.engine, r.sample.Found)
		r.attend() // the next line may be near
	}
	return err
}
