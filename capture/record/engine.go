package record

import (
	"math"
	"time"
)

// Engine decides when a dump is due. It is a function of the samples and
// outcomes that it is told, in their order.
type Engine struct {
	t      Triggers
	idle   idle
	rate   rate
	stride uint64 // 1, 2, 4 …: how many intervals become one, see Spread

	begun bool // PHP was found
	begin time.Duration
	now   Sample

	dumps int    // of the series, taken and not removed
	made  int    // of the series, taken
	last  Sample // at the last dump of the series, or where PHP was found
	dueAt time.Duration
	line  uint64 // the line that is due next
	mark  uint64 // the unit that is due next
	plan  uint64 // how many units there will be, as the program says; 0: not known

	hunting bool // an idle moment is due, since hunted
	hunted  time.Duration

	above  [2][]bool // whether Usage's and RSS's levels are passed
	peak   uint64    // memory_usage of the peak's dump
	peakAt time.Duration
	near   float64       // share of memory_limit that is due next
	narrow time.Duration // since when the fatal error is imminent
	fatal  bool
}

// NewEngine makes an engine for a process.
func NewEngine(t Triggers) *Engine {
	e := &Engine{t: t, stride: 1, line: t.Lines}
	e.mark = e.marks()
	return e
}

// Look takes a sample in and says whether a dump is due.
func (e *Engine) Look(s Sample) (Order, bool) {
	e.now = s
	if !s.Found {
		return Order{}, false
	}
	if !e.begun || s.Fresh {
		e.start(s)
	}
	e.idle.observe(&e.now)
	e.rate.add(&e.now)
	if !e.narrowed() {
		e.narrow = s.At
	}
	o, due := e.due()
	e.passLevels()
	return o, due
}

// LookLine takes in a sample of the moment at which a line of output came, and
// says whether the dump of it belongs to the series.
func (e *Engine) LookLine(s Sample) (Order, bool) {
	e.now = s
	if !e.begun || !s.Found {
		return Order{}, false
	}
	return Order{Series, ForOutput, AtOnce}, !e.Done() && s.Lines >= e.line && e.cooled()
}

// NextLine is the number of the line that is due next, and how many lines there
// are between two.
func (e *Engine) NextLine() (line, step uint64) {
	if e.Done() || e.t.Lines == 0 {
		return math.MaxUint64, 0
	}
	return e.line, e.t.Lines * e.stride
}

// LookMark takes in a sample of the moment at which a unit of work has ended, and
// says whether a dump of it belongs to the series.
func (e *Engine) LookMark(s Sample) bool {
	e.now = s
	return e.begun && s.Found && !e.Done() && e.cooled()
}

// Planned tells how many units there will be.
func (e *Engine) Planned(units uint64) {
	e.plan = units
	e.mark = e.now.Marks + e.marks()
}

// NextMark is the unit that is due next, by its number from 1.
func (e *Engine) NextMark() uint64 {
	if e.Done() || !e.t.ByMarks {
		return math.MaxUint64
	}
	return e.mark
}

// NearMark is the unit from which on a dump for another reason may be the one that is
// due with NextMark.
func (e *Engine) NearMark() uint64 {
	due := e.NextMark()
	return due - min(e.nearMarks(), due)
}

// nearMarks is by how many units a dump may come early. How often it was asked for is
// how often it is taken.
func (e *Engine) nearMarks() uint64 {
	const part = 4
	if e.t.Marks > 0 {
		return 0
	}
	return e.marks() / part
}

// CoolAt is the time from which on a dump of the series may be taken.
func (e *Engine) CoolAt() time.Duration {
	if e.made == 0 {
		return 0
	}
	return e.last.At + e.t.Cooldown*time.Duration(e.stride)
}

// marks is the number of units between two dumps.
func (e *Engine) marks() uint64 {
	// Growth wants six; one is the first.
	const dumps = 6
	n := e.t.Marks
	if n == 0 {
		n = max((e.plan+dumps-1)/dumps, 1)
	}
	return n * e.stride
}

// start begins with a process, or with the program that it executes now.
func (e *Engine) start(s Sample) {
	e.begun, e.begin, e.last = true, s.At, s
	e.dueAt = s.At + e.every()
	e.idle, e.rate = idle{began: s.At}, rate{}
	e.near, e.fatal = e.t.NearLimit, false
	e.peak, e.hunting = 0, false
	e.above = [2][]bool{make([]bool, len(e.t.Usage)), make([]bool, len(e.t.RSS))}
}

func (e *Engine) every() time.Duration { return e.t.Every * time.Duration(e.stride) }

// due gives the most urgent order.
func (e *Engine) due() (Order, bool) {
	s := &e.now
	switch {
	case s.Fatal && !e.fatal:
		return Order{Fatal, exhausted, AtOnce}, true
	case e.nearLimit():
		return Order{NearLimit, "near memory_limit", e.urgency()}, true
	}
	if reason := e.series(); reason != "" {
		return Order{Series, reason, Calm}, true
	}
	if e.newPeak() {
		return Order{Peak, "peak", Calm}, true
	}
	return Order{}, false
}

// series gives the reason for which a dump of the series is due, "" for none.
func (e *Engine) series() string {
	s := &e.now
	if e.Done() || !e.cooled() {
		return ""
	}
	switch {
	case e.t.Every > 0 && s.At >= e.dueAt:
		return ForTime
	case e.made > 0 && s.At-e.last.At < e.cooldown():
		return ""
	case e.passes(0, e.t.Usage, s.Usage, e.last.Usage):
		return ForUsage
	case e.passes(1, e.t.RSS, s.RSS, e.last.RSS):
		return ForRSS
	case e.t.Rate > 0 && e.rate.of(s) >= e.t.Rate:
		return ForRate
	case e.t.Idle && s.Request && e.worked():
		return e.idleOrBusy()
	}
	return ""
}

// idleOrBusy is asked while an idle moment is due.
func (e *Engine) idleOrBusy() string {
	s := &e.now
	if !e.hunting {
		e.hunting, e.hunted = true, s.At
	}
	switch {
	case e.idle.waitsForWork(s):
		return ForIdle
	case s.At-e.hunted >= e.patience():
		return ForBusy
	}
	return ""
}

// cooled reports whether the cooldown that was asked for is over.
func (e *Engine) cooled() bool {
	return e.now.At >= e.CoolAt()
}

func (e *Engine) cooldown() time.Duration {
	c := Cooldown
	if e.t.Cooldown > 0 {
		c = e.t.Cooldown
	}
	return c * time.Duration(e.stride)
}

// patience is how long an idle moment is waited for; then any moment will do.
func (e *Engine) patience() time.Duration {
	const cooldowns = 5
	return cooldowns * e.cooldown()
}

// worked reports whether the process has done something since the last dump:
// looking whether there is work takes less than that.
func (e *Engine) worked() bool {
	const (
		polled = 10 * time.Millisecond  // a poll of a queue takes 0.1 to 2
		woken  = 200 * time.Microsecond // where it wakes for work alone
		bytes  = 1 << 10
	)
	if e.made == 0 {
		return true
	}
	s := &e.now
	least := polled
	if s.Wait.Input {
		least = woken
	}
	return s.Ran-e.last.Ran >= least*time.Duration(e.stride) || max(s.Usage, e.last.Usage)-min(s.Usage, e.last.Usage) >= bytes
}

// passes reports whether a value passes one of some thresholds. What counts from
// the last dump needs one: without, that is taken when the program has started.
func (e *Engine) passes(which int, all []Threshold, value, base uint64) bool {
	for i, t := range all {
		switch {
		case t.Level > 0:
			if value >= t.Level && !e.above[which][i] {
				return true
			}
		case e.made == 0:
			if e.now.At-e.begin >= Cooldown {
				return true
			}
		case t.Rise > 0 && value >= base+t.Rise:
			return true
		case t.Share > 0 && float64(value) >= float64(base)*(1+t.Share):
			return true
		}
	}
	return false
}

// passLevels notes which levels are passed. A level counts anew once memory was
// a twentieth below it.
func (e *Engine) passLevels() {
	for i, t := range e.t.Usage {
		e.above[0][i] = isAbove(e.above[0][i], e.now.Usage, t.Level)
	}
	for i, t := range e.t.RSS {
		e.above[1][i] = isAbove(e.above[1][i], e.now.RSS, t.Level)
	}
}

func isAbove(was bool, value, level uint64) bool {
	if was {
		return value >= level-level/20
	}
	// What passes a level while a dump may not be taken yet is still to come.
	return false
}

// newPeak reports whether usage is higher than at the last peak that was kept,
// by a twentieth.
func (e *Engine) newPeak() bool {
	const least = 64 << 10 // so that a program that starts is no peak
	s := &e.now
	return e.t.AtPeak && s.Request && s.Usage >= e.peak+e.peak/20+least && (e.peak == 0 || s.At-e.peakAt >= Cooldown)
}

// nearLimit reports whether usage is nearer to memory_limit than at the last
// dump that was kept for that.
func (e *Engine) nearLimit() bool {
	s := &e.now
	if e.t.NearLimit == 0 || s.Limit == 0 {
		return false
	}
	const slack = 0.1
	share := float64(s.Usage) / float64(s.Limit)
	if share < e.t.NearLimit-slack {
		e.near = e.t.NearLimit
	}
	// A second copy would cost the moment of the fatal error, which is better.
	if e.near > e.t.NearLimit && e.Imminent() {
		return false
	}
	return share >= e.near
}

// Taken tells that a dump was taken of the last sample that was looked at.
func (e *Engine) Taken(o Order) {
	s := &e.now
	switch o.Kind {
	case Series:
		e.made++
		e.dumps++
		e.reschedule()
		for which, all := range [][]Threshold{e.t.Usage, e.t.RSS} {
			value := []uint64{s.Usage, s.RSS}[which]
			for i, t := range all {
				e.above[which][i] = t.Level > 0 && value >= t.Level
			}
		}
	case Peak:
		e.peak, e.peakAt = s.Usage, s.At
	case NearLimit:
		e.near = e.nextNear()
	case Fatal:
		e.fatal = true
	}
}

// Imminent reports whether PHP can take few more chunks from the system, so that
// the fatal error is near. A process that has been like that for long may stay
// so.
func (e *Engine) Imminent() bool {
	const longest = 30 * time.Second
	return e.narrowed() && !e.fatal && e.now.At-e.narrow < longest
}

func (e *Engine) urgency() Urgency {
	if e.Imminent() {
		return AtOnce
	}
	return Calm
}

func (e *Engine) narrowed() bool {
	const chunk, few = 2 << 20, 3
	s := &e.now
	return e.t.NearLimit > 0 && s.Found && s.Limit > 0 && s.Real+few*chunk > s.Limit && float64(s.Usage) >= e.t.NearLimit*float64(s.Limit)
}

// nextNear halves what is left to memory_limit: the nearer, the better.
func (e *Engine) nextNear() float64 {
	const nearest = 0.99
	share := max(e.near, float64(e.now.Usage)/float64(max(e.now.Limit, 1)))
	if share = (share + 1) / 2; share > nearest {
		return 2 // none nearer than that
	}
	return share
}

// reschedule counts time and lines from now on.
func (e *Engine) reschedule() {
	e.last, e.hunting = e.now, false
	if e.t.Every > 0 {
		for e.dueAt <= e.now.At {
			e.dueAt += e.every()
		}
	}
	if n := e.t.Lines * e.stride; n > 0 {
		for e.line <= e.now.Lines {
			e.line += n
		}
	}
	if n, now := e.marks(), e.now.Marks+e.nearMarks(); e.mark <= now {
		e.mark += (now - e.mark + n) / n * n
	}
}

// Failed tells that the dump could not be taken. It is due again, after a
// while.
func (e *Engine) Failed(o Order) {
	switch o.Kind {
	case Series:
		e.reschedule()
	case Peak:
		e.peakAt = e.now.At
	case NearLimit:
		e.near = e.nextNear()
	case Fatal:
		e.fatal = true
	}
}

// Lost tells that a dump that was taken could not be written.
func (e *Engine) Lost(o Order) {
	if o.Kind == Series {
		e.made--
		e.dumps--
	}
}

// Full reports whether the series is to be thinned.
func (e *Engine) Full() bool { return e.t.Count == 0 && e.dumps >= Spread }

// Thinned tells that every second dump was removed, and how many are left. From
// now on they are taken half as often.
func (e *Engine) Thinned(left int) {
	e.dumps = left
	e.stride *= 2
	if e.t.Every > 0 {
		e.dueAt = e.last.At + e.every()
	}
	if e.t.Lines > 0 {
		e.line = e.last.Lines + e.t.Lines*e.stride
	}
	e.mark = e.last.Marks + e.marks()
}

// Done reports whether the series is complete.
func (e *Engine) Done() bool { return e.t.Count > 0 && e.made >= e.t.Count }

// The paces of readings.
const (
	Pace     = 100 * time.Millisecond
	FastPace = 10 * time.Millisecond
)

// Pace is the time to the next reading. It is short where a moment may pass:
// memory_limit is near, or a dump is due as soon as the process is idle. The
// latter lasts for a while only.
func (e *Engine) Pace() time.Duration {
	s := &e.now
	const (
		starting = 5 * time.Second
		close    = 0.7
		longest  = 3 * time.Second
	)
	if !s.Found {
		if s.At > starting {
			return Pace
		}
		return FastPace
	}
	if e.t.NearLimit > 0 && s.Limit > 0 && !(e.idle.known && s.At-e.idle.since >= long) {
		if float64(s.Usage) >= close*float64(s.Limit) || e.rate.soon(s) {
			return FastPace
		}
	}
	if e.hunting && s.At-e.hunted < longest {
		return FastPace
	}
	return Pace
}
