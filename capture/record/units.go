package record

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"memtrail/capture/marks"
)

// Work is what is known of a process's units of work: jobs, requests, tests.
type Work struct {
	Ended  uint64 // how many
	Units  []Unit // by name, in the order in which they came first
	Others uint64 // how many of them had names beyond those that are kept
	Cuts   []Cut  // the dumps between units, in their order
}

// Unit is what is known of the units of one name. What a unit leaves is by what
// memory_usage was higher behind it, in bytes.
type Unit struct {
	Name   string
	Times  uint64
	First  int64   // left by the first
	Left   int64   // left by all
	Recent []int64 // left by each of the last, the oldest first; of the first, too, if it is among them
	Code   bool    // files or classes were loaded in one of them

	bound int64 // what a unit may leave that is like the last, if these are enough
}

// Cut is a dump between two units, and what ended since the one before.
type Cut struct {
	File  string // below the recording's directory; it may have been removed since
	Ended uint64 // units by then
	Units []Ended
}

// Ended is a unit that has left something.
type Ended struct {
	Number uint64 // from 1
	Name   string
	Left   int64 // bytes
	Code   bool
}

// units follows the units of a process and says where a dump is due. A unit is
// answered at once if none is. It is used by whoever brings marks, and by the
// recorder.
type units struct {
	mu     sync.Mutex
	work   Work
	byName map[string]int // in work.Units
	recent []int64        // left by the last units that loaded no code
	since  []Ended        // the last cut
	usage  int64          // at the last mark; marks.None before
	due    uint64         // the unit with which a dump of the series is due,
	near   uint64         // or from which on one of a unit that rose is as good,
	cool   time.Duration  // if this time is over

	rises, limits int
	spent         time.Duration // for dumps of units

	asked chan *markMoment
	over  chan struct{} // closed when nobody answers any more
}

// The bounds of what is kept, whatever a program says.
const (
	maxUnits  = 1 << 14 // names
	maxRecent = 32      // of a name
	maxSince  = 64      // units between two cuts
	maxRises  = 64      // dumps of units that rose
	maxLimits = 256     // dumps of units that passed their limits
)

func newUnits() *units {
	return &units{byName: map[string]int{}, usage: marks.None, asked: make(chan *markMoment), over: make(chan struct{})}
}

// count is the number of units that have ended.
func (u *units) count() uint64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.work.Ended
}

// publish says which unit is due.
func (u *units) publish(e *Engine) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.due, u.near, u.cool = e.NextMark(), e.NearMark(), e.CoolAt()
}

// add takes a unit in that has ended, at a time since the beginning, and says
// whether a dump is due. None is if the program has gone on.
func (u *units) add(r *marks.Request, now time.Duration) (Order, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	left := r.Left
	if left == marks.None && u.usage != marks.None {
		left = r.Usage - u.usage
	}
	u.usage = r.Usage
	if left == marks.None {
		left = 0 // of the first, nothing is known
	}
	u.work.Ended++
	unit := u.unit(r.Name)
	reason := u.reason(unit, left, r)
	if unit != nil {
		unit.add(left, r.Code)
	} else {
		u.work.Others++
	}
	if !r.Code {
		u.recent = remember(u.recent, left)
	}
	u.note(Ended{u.work.Ended, r.Name, left, r.Code}, reason != "")
	switch {
	case r.Later:
	case reason == ForLimit && u.limits < maxLimits:
		u.limits++
		return Order{Rise, ForLimit, Waiting}, true
	case (u.work.Ended >= u.due || u.work.Ended >= u.near && reason == ForRise) && now >= u.cool:
		return Order{Series, ForMark, Waiting}, true
	case reason == ForRise && u.affords(r.Code, now):
		u.rises++
		return Order{Rise, ForRise, Waiting}, true
	}
	return Order{}, false
}

// unit gives the unit of a name; nil if there are too many.
func (u *units) unit(name string) *Unit {
	i, ok := u.byName[name]
	if !ok {
		if len(u.work.Units) == maxUnits {
			return nil
		}
		i = len(u.work.Units)
		u.byName[name] = i
		u.work.Units = append(u.work.Units, Unit{Name: name})
	}
	return &u.work.Units[i]
}

func (x *Unit) add(left int64, code bool) {
	if x.Times == 0 {
		x.First = left
	}
	x.Times++
	x.Left += left
	x.Recent = remember(x.Recent, left)
	x.Code = x.Code || code
	if len(x.Recent) >= enoughUnits {
		x.bound = boundOf(x.Recent)
	}
}

func remember(list []int64, n int64) []int64 {
	if len(list) == maxRecent {
		list = append(list[:0], list[1:]...)
	}
	return append(list, n)
}

// reason says why a unit is worth a dump, "" if it is not.
func (u *units) reason(unit *Unit, left int64, r *marks.Request) string {
	switch {
	case r.Limit != marks.None && left > r.Limit:
		return ForLimit
	case u.rose(unit, left):
		return ForRise
	}
	return ""
}

// What a unit must leave to have risen.
const (
	leastRise   = 1 << 10 // bytes: the runtime's own caches
	unsureRise  = 8 << 10 // bytes, while there is nothing to compare with
	enoughUnits = 8       // units to compare with
)

// rose reports whether a unit has left more than units do. Units are compared
// with those of their own name, if there are enough, else with all that loaded no
// code.
func (u *units) rose(unit *Unit, left int64) bool {
	switch {
	case left < leastRise:
		return false
	case unit != nil && len(unit.Recent) >= enoughUnits:
		return left > unit.bound
	case len(u.recent) < enoughUnits:
		return left >= unsureRise
	}
	return left > boundOf(u.recent)
}

// boundOf gives what a unit may leave that is like others: their median and six
// standard deviations, which are estimated by the median of the absolute
// deviations (Hampel 1974), as those that leak shall not hide one another.
func boundOf(others []int64) int64 {
	const (
		deviations = 6
		normal     = 1.4826 // of a normal distribution, standard deviations in a median one
	)
	middle := medianOf(others)
	away := make([]int64, len(others))
	for i, n := range others {
		away[i] = max(n-middle, middle-n)
	}
	return middle + int64(deviations*normal*float64(medianOf(away)))
}

// ahead says which units the program may tell of later: those of which it is
// known by now that no dump is due with them.
func (u *units) ahead(now time.Duration) marks.Ahead {
	u.mu.Lock()
	defer u.mu.Unlock()
	const most = 512 // lines that the program keeps
	a := marks.Ahead{Units: most, Left: unsureRise}
	if n := len(u.recent); n < enoughUnits {
		a.Units = uint64(enoughUnits - n)
	} else {
		a.Left = boundOf(u.recent) + 1
	}
	for i := range u.work.Units {
		if x := &u.work.Units[i]; len(x.Recent) >= enoughUnits {
			a.Left = min(a.Left, x.bound+1)
		}
	}
	if a.Left = max(a.Left, leastRise); a.Left > leastRise {
		// Fewer units than half of those that are compared do not bring their median
		// down to others.
		a.Units = min(a.Units, max(uint64(len(u.recent)), enoughUnits)/2)
	}
	if !u.affords(false, now) {
		a.Left = marks.None
	}
	if now >= u.cool {
		a.Units = min(a.Units, max(u.due, u.work.Ended+1)-u.work.Ended-1)
	}
	return a
}

func medianOf(list []int64) int64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// affords reports whether the program may be held up for one more unit. A unit
// that has loaded code has mostly left that: it is for the dumps of the series to
// show what else, unless there is time.
func (u *units) affords(code bool, now time.Duration) bool {
	const (
		free      = 16 // dumps
		share     = 0.02
		shareCode = 0.005
	)
	switch {
	case u.rises >= maxRises:
		return false
	case code:
		return float64(u.spent) < shareCode*float64(now)
	}
	return u.rises < free || float64(u.spent) < share*float64(now)
}

// spend counts what a dump has taken.
func (u *units) spend(d time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.spent += d
}

// note keeps a unit for the next cut, if it has left something: more than others,
// or so much that it may be what another loads that hides it.
func (u *units) note(e Ended, rose bool) {
	const least = 512 // bytes
	if e.Left < least || !rose && len(u.recent) > 0 && e.Left <= 2*medianOf(u.recent) {
		return
	}
	u.since = append(u.since, e)
	if len(u.since) <= maxSince {
		return
	}
	smallest := 0
	for i := range u.since {
		if u.since[i].Left < u.since[smallest].Left {
			smallest = i
		}
	}
	u.since = slices.Delete(u.since, smallest, smallest+1)
}

// cut notes a dump that was taken.
func (u *units) cut(file string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	const most = 1024
	if len(u.work.Cuts) == most {
		return
	}
	u.work.Cuts = append(u.work.Cuts, Cut{File: file, Ended: u.work.Ended, Units: u.since})
	u.since = nil
}

// last is the file of the last cut; "" if there is none.
func (u *units) last() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if n := len(u.work.Cuts); n > 0 {
		return u.work.Cuts[n-1].File
	}
	return ""
}

// isCut reports whether no unit has ended since the last cut.
func (u *units) isCut() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := len(u.work.Cuts)
	return n > 0 && u.work.Cuts[n-1].Ended == u.work.Ended
}

// left is the number of bytes that units have left since the last cut.
func (u *units) left() int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := int64(0)
	for _, e := range u.since {
		n += e.Left
	}
	return n
}

// result gives what there is at the end; nil if there were no units.
func (u *units) result() *Work {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.work.Ended == 0 {
		return nil
	}
	slices.SortStableFunc(u.work.Cuts, func(a, b Cut) int { return cmp.Compare(a.Ended, b.Ended) })
	w := u.work
	return &w
}
