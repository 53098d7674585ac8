package record

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"memtrail/capture/memory"
	"memtrail/capture/watch"
)

// Subject is a process that is recorded.
type Subject interface {
	// Read takes a reading; an error that wraps [memory.ErrGone] says that the
	// process has ended.
	Read() (watch.Reading, error)
	// Copy copies the memory of the process for a dump.
	Copy(u Urgency) (Snapshot, error)
	// Attend calls a function at each system call of the process, before it and
	// behind it, with what copies the process as it stands then. It ends when
	// release is closed, the process has ended, or the function returns an error.
	// It is not called while Copy is, nor the other way round. It has a goroutine
	// of its own.
	Attend(stopped func(copy func() (Snapshot, error)) error, release <-chan struct{}) error
	// Fatal reports whether PHP reports, now, that memory_limit is exhausted. It
	// may be called beside Read.
	Fatal() bool
}

// Snapshot is the memory of a process at one moment.
type Snapshot interface {
	Paused() time.Duration // how long the process stood still for it
	Size() uint64          // bytes of memory that it takes until it is written
	// Write writes the dump: all of the file or nothing. It releases the copy.
	Write(path string) (Written, error)
	// Discard releases a copy that is not written.
	Discard()
}

// Written is a dump that was written.
type Written struct {
	Bytes    int64 // of the file
	Balanced bool
	PHP      string
}

// Options say how a process is recorded.
type Options struct {
	PID int
	// Dir is asked once, when there is something to write, for the recording's
	// directory, which is made then.
	Dir      func() string
	Triggers Triggers
	MaxDisk  int64 // bytes that the recording may take; 0: any
	// StopWhenDone ends the recording with the last dump of a counted series.
	StopWhenDone bool
	// Settle is how long the process must run before anything is written,
	// unless a dump is due.
	Settle time.Duration
	// CatchUp returns when all output that there is was looked at; nil if the
	// output is not read, or need not be.
	CatchUp func()
	// Written is told of each dump that was written, before the next is, by who writes
	// them; may be nil. The dump may be removed later.
	Written func(path string)
	// Note is told what happens, in a sentence without its end.
	Note func(string)
	// Watch is told of each state that may be worth a picture; may be nil.
	Watch func(*Summary)
}

// Recorder records one process.
type Recorder struct {
	o       Options
	subject Subject
	engine  *Engine
	began   time.Time
	sum     Summary

	curve  *Curve
	early  []Row // before the curve is opened
	rowAt  time.Duration
	sample Sample
	found  time.Duration
	quiet  bool // the series has ended for want of room, and it was said

	lines     lineMoments
	units     *units
	last      *write // the dump that was taken last, until it is written
	attendant *attendant
	writes    chan *write
	written   chan *write
	ended     atomic.Bool   // there will be no more writes
	gaveWay   chan struct{} // closed when the writer has ended
	pending   int
	idle      bool   // no request was running when the last copy was tried
	held      uint64 // bytes of snapshots that wait
}

// write is a snapshot on its way to a file.
type write struct {
	path     string
	order    Order
	dump     Dump
	snapshot Snapshot
	size     uint64
	result   Written
	err      error
	took     time.Duration // to be written
	moment   *markMoment   // of whoever waits until it is written; nil for nobody
}

// NewRecorder makes a recorder. It is used once.
func NewRecorder(subject Subject, o Options) *Recorder {
	r := &Recorder{began: time.Now(), o: o, subject: subject, engine: NewEngine(o.Triggers), sum: Summary{PID: o.PID}, attendant: newAttendant(), units: newUnits()}
	r.units.publish(r.engine)
	r.lines.moments = make(chan moment, maxPending)
	return r
}

// Snapshots may wait for the writer: moments that pass come faster than dumps
// are written.
const (
	maxPending = 8
	maxHeld    = 1 << 30 // bytes
	// Where a program waits for each, small ones may be more.
	maxWaiting = 32
	maxSmall   = 256 << 20 // bytes
)

// Run records until the process ends, the series is complete or the context
// ends, whose cause then is the reason. What there is by then is kept. The error, if any, is the reason why
// the process cannot be read.
func (r *Recorder) Run(ctx context.Context) (*Summary, error) {
	r.sum.Began = r.began
	r.writes, r.written, r.gaveWay = make(chan *write, maxWaiting), make(chan *write, maxWaiting), make(chan struct{})
	go r.writer()
	why, err := r.loop(ctx)
	close(r.units.over)
	r.drain()
	close(r.writes)
	r.ended.Store(true)
	<-r.gaveWay
	for w := range r.writes {
		r.write(w)
	}
	for r.pending > 0 {
		r.finish(<-r.written)
	}
	r.lines.end()
	r.sum.Work = r.units.result()
	r.end(why)
	if r.curve != nil {
		err = errors.Join(err, r.curve.Close())
	}
	return &r.sum, err
}

// loop reads until there is a reason to end, and gives it.
func (r *Recorder) loop(ctx context.Context) (why string, err error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx).Error(), nil
		case w := <-r.written:
			r.finish(w)
			if r.engine.Full() && r.pending == 0 {
				r.thin()
			}
			continue
		case m := <-r.attendant.moments:
			r.takeFatal(m)
			continue
		case m := <-r.lines.moments:
			if err := r.takeLine(m); err != nil {
				return r.reason(err)
			}
			continue
		case m := <-r.units.asked:
			r.takeMark(m)
			continue
		case <-timer.C:
		}
		begin := time.Now()
		if why, err := r.step(); why != "" || err != nil {
			return why, err
		}
		if r.o.StopWhenDone && r.engine.Done() {
			return "the series is complete", nil
		}
		timer.Reset(max(r.engine.Pace()-time.Since(begin), 0))
	}
}

// step takes a reading and does what is due.
func (r *Recorder) step() (why string, err error) {
	if err := r.read(r.sample.Lines); err != nil {
		return r.reason(err)
	}
	order, due := r.engine.Look(r.sample)
	if order.Kind == Fatal && r.attendant.here.Load() {
		due = false // it is being taken, at the moment itself
	}
	if due && r.room(order) && (r.held < maxHeld || r.pending == 0) && r.affords(order) {
		r.take(order)
	}
	r.tire()
	r.attend()
	if !r.attendant.stopped.Load() {
		if n := r.lines.overdue(); n > 0 {
			r.copyLine(n)
		}
	}
	r.lines.publish(r.engine, r.sample.Found)
	r.units.publish(r.engine)
	if r.o.Watch != nil {
		r.o.Watch(&r.sum)
	}
	return "", r.open(false)
}

// read takes a reading in.
func (r *Recorder) read(lines uint64) error {
	reading, err := r.subject.Read()
	if err != nil {
		return err
	}
	was := r.sample
	r.sample = Sample{At: time.Since(r.began), Lines: lines, Marks: r.units.count(), Reading: reading}
	r.follow(&was)
	return nil
}

// reason tells the end of the process from an error.
func (r *Recorder) reason(err error) (why string, _ error) {
	if errors.Is(err, memory.ErrGone) {
		return "the process ended", nil
	}
	return "", err
}

// follow writes the sample down.
func (r *Recorder) follow(was *Sample) {
	s := &r.sample
	switch {
	case s.Found && s.Fresh:
		if r.sum.PHP != "" {
			r.row(EventLost, "another program is executed")
		}
		r.sum.PHP, r.found = s.PHP, s.At
		r.row(EventFound, "PHP "+s.PHP)
	case !s.Found:
		return
	case was.Found && was.Request != s.Request:
		r.row("", "")
	case s.At-r.rowAt >= Pace-Pace/10:
		r.row("", "")
	}
	r.sum.add(s)
}

// row writes a row of the curve.
func (r *Recorder) row(event, detail string) {
	s := &r.sample
	r.rowAt = s.At
	row := Row{Time: r.began.Add(s.At), PID: r.o.PID, Usage: s.Usage, Real: s.Real, Peak: s.Peak, RSS: s.RSS, Known: s.Found, Event: event, Detail: detail}
	if r.curve == nil {
		r.early = append(r.early, row)
		return
	}
	if err := r.curve.Add(row); err != nil {
		r.lose("the curve: %v", err)
	}
}

// lose says once what cannot be written.
func (r *Recorder) lose(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); r.sum.Trouble == "" {
		r.sum.Trouble = text
		r.o.Note(text)
	}
}

// open begins the directory, once PHP has run for a while or a dump is due.
func (r *Recorder) open(now bool) error {
	if r.curve != nil || !r.sample.Found || !now && r.sample.At-r.found < r.o.Settle {
		return nil
	}
	dir := r.o.Dir()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	c, err := OpenCurve(filepath.Join(dir, CurveFile))
	if err != nil {
		return err
	}
	r.curve = c
	r.sum.Dir, r.sum.Curve = dir, filepath.Join(dir, CurveFile)
	for _, row := range r.early {
		if err := c.Add(row); err != nil {
			return err
		}
	}
	r.early = nil
	return nil
}

// end writes the last row.
func (r *Recorder) end(why string) {
	if why == "" {
		why = "the process cannot be read"
	}
	r.sum.Ended = why
	r.sum.Length = time.Since(r.began)
	if r.curve == nil {
		return
	}
	r.sample.At = r.sum.Length
	r.row(EventEnd, why)
	if r.o.Watch != nil {
		r.o.Watch(&r.sum)
	}
}
