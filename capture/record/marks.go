package record

import (
	"path/filepath"
	"time"

	"memtrail/capture/marks"
)

// markMoment asks the recorder for a dump at a mark, while the program waits for
// the answer.
type markMoment struct {
	order   Order
	hello   *marks.Request // a process begins; nil if it is no such moment
	written bool           // wait until the dump is written
	file    string         // of the dump, below the directory; "" if there is none
	done    chan struct{}
}

// Hello tells that the process will tell of its units of work.
func (r *Recorder) Hello(q *marks.Request) {
	r.ask(&markMoment{hello: q, order: Order{Series, ForBegin, Waiting}})
}

// Begin tells that a unit begins that has a limit: where others have left
// something since the last dump, there is one now, so that it is not taken for
// that unit's.
func (r *Recorder) Begin() {
	const least = 1 << 10
	if r.units.last() == "" || r.units.left() >= least {
		r.ask(&markMoment{order: Order{Rise, ForBegin, Waiting}})
	}
}

// End tells that there are no more units.
func (r *Recorder) End() {
	if r.units.isCut() {
		return // the last unit had a dump
	}
	r.ask(&markMoment{order: Order{Series, ForEnd, Calm}})
}

// Ahead says which units the program may tell of later.
func (r *Recorder) Ahead() marks.Ahead { return r.units.ahead(time.Since(r.began)) }

// Mark tells that a unit has ended. Where it passed its limit, the paths of the
// dumps before and behind it are returned once these are written; else "".
func (r *Recorder) Mark(q *marks.Request) (before, after string) {
	was := r.units.last()
	order, due := r.units.add(q, time.Since(r.began))
	if !due {
		return "", ""
	}
	m := &markMoment{order: order, written: order.Reason == ForLimit}
	r.ask(m)
	if !m.written || m.file == "" || was == "" {
		return "", ""
	}
	return filepath.Join(r.sum.Dir, filepath.FromSlash(was)), filepath.Join(r.sum.Dir, m.file)
}

// ask has the recorder take a dump, and waits until it has, or has ended.
func (r *Recorder) ask(m *markMoment) {
	m.done = make(chan struct{})
	select {
	case r.units.asked <- m:
	case <-r.units.over:
		return
	}
	<-m.done // it is closed whatever happens
}

// takeMark takes a moment of the program's into the recording.
func (r *Recorder) takeMark(m *markMoment) {
	begin := time.Now()
	keeps := r.takeMarked(m)
	r.units.publish(r.engine)
	if m.order.Kind == Rise {
		r.units.spend(time.Since(begin))
	}
	if !keeps || !m.written {
		close(m.done)
	}
}

// crowded reports whether the program is to wait until a dump is written before
// there is another.
func (r *Recorder) crowded() bool {
	return r.pending == maxWaiting || r.pending >= maxPending && r.held >= maxSmall
}

// takeMarked reports whether there is a dump.
func (r *Recorder) takeMarked(m *markMoment) bool {
	// PHP is surely there: whoever looks for it has yet to find it.
	const patience, step = 2 * time.Second, 5 * time.Millisecond
	for begin := time.Now(); ; time.Sleep(step) {
		if r.read(r.sample.Lines) != nil {
			return false // the next reading says why
		}
		if r.sample.Found || time.Since(begin) > patience {
			break
		}
	}
	due := r.engine.LookMark(r.sample)
	if m.hello != nil {
		r.engine.Planned(m.hello.Plan)
		if m.hello.Plan == 0 {
			return false // the first unit is as good a beginning
		}
	}
	// The program waits anyway, so that dumps are with the units that they are due
	// with: there are the fewer of them the longer it runs.
	for r.crowded() || r.pending > 0 && r.engine.Full() {
		r.finish(<-r.written)
	}
	if r.engine.Full() {
		r.thin()
	}
	due = due && (m.order.Reason != ForMark || r.sample.Marks >= r.engine.NearMark())
	if !r.sample.Found || m.order.Kind == Series && !due {
		return false
	}
	if !r.affords(m.order) {
		r.engine.Failed(m.order)
		return false
	}
	if r.take(m.order); r.last == nil || r.last.dump.At != r.sample.At {
		return false
	}
	m.file = r.last.dump.File
	r.last.moment = m
	return true
}
