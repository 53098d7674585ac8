package units

import (
	"cmp"
	"slices"
	"strings"
)

// Interval is what lies between two dumps: what ended, and what has become more.
type Interval struct {
	Ended   []Ended // that left something, of all that ended
	Units   uint64  // how many ended
	Holders []Holder
}

// Steady is a place that grows over the whole series, and by how much for a unit,
// on the average.
type Steady struct {
	Holder
	PerUnit float64 // bytes
}

// takes reports whether what a place has gained in an interval is but its steady
// growth, or that of a place above it.
func (s *Steady) takes(h *Holder, v *Interval) bool {
	const usual = 8 // times the mean
	return (h.Fingerprint == s.Fingerprint || strings.HasPrefix(h.Path, s.Path)) && float64(h.Bytes) <= usual*s.PerUnit*float64(v.Units)
}

// Blame gives what is held to the units that can have left it. What places gain
// that grow steadily, over the whole series, is of no unit.
//
// A unit can have left a place if memory_usage was higher behind it by as much.
// Several may: then it is the one that loaded no code, as all that such a unit
// leaves is to be explained, and else the one whose bytes fit best; the others
// are named with it. What has begun to grow in what is there for the first time is only
// left by a unit that loaded no code: others have used that for the first time.
func Blame(all []Interval, steady []Steady) []Blamed {
	var out []Blamed
	for i := range all {
		out = append(out, all[i].blame(steady)...)
	}
	slices.SortStableFunc(out, func(a, b Blamed) int { return cmp.Compare(b.Held(), a.Held()) })
	return out
}

func (v *Interval) blame(steady []Steady) []Blamed {
	rest := make([]int64, len(v.Ended)) // bytes that are not explained yet
	for i, e := range v.Ended {
		rest[i] = e.Left
	}
	blamed := map[int]*Blamed{}
	var order []int
	for _, h := range v.held() {
		begun := h.What == FirstUse
		if begun {
			h = *h.Begun
		}
		if slices.ContainsFunc(steady, func(s Steady) bool { return s.takes(&h, v) }) {
			continue
		}
		fits := v.fitting(&h, rest)
		if len(fits) == 0 || begun && v.Ended[fits[0]].Code {
			continue
		}
		i := fits[0]
		b := blamed[i]
		if b == nil {
			b = &Blamed{Ended: v.Ended[i]}
			blamed[i] = b
			order = append(order, i)
		}
		b.Holders = append(b.Holders, h)
		for _, j := range fits[1:] {
			if name := v.Ended[j].Name; !slices.Contains(b.Among, name) {
				b.Among = append(b.Among, name)
			}
		}
		rest[i] -= int64(h.Bytes)
	}
	var out []Blamed
	const least = 1 << 10 // bytes that are worth a name
	for _, i := range order {
		if blamed[i].Held() >= least {
			out = append(out, *blamed[i])
		}
	}
	return out
}

// held gives the holders that are Held, most bytes first, and behind them those in
// which something has begun to grow.
func (v *Interval) held() []Holder {
	var list []Holder
	for _, h := range v.Holders {
		if h.What == Held || h.What == FirstUse && h.Begun != nil {
			list = append(list, h)
		}
	}
	slices.SortStableFunc(list, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(b.What, a.What), cmp.Compare(b.Bytes, a.Bytes)) // "held" is behind "first_use"
	})
	return list
}

// fitting gives the units that can have left a holder, by their index, the
// likeliest first. Those that loaded code are left out if there are others.
func (v *Interval) fitting(h *Holder, rest []int64) []int {
	// What a dump explains differs from what memory_usage says by free slots of
	// tables that were there already.
	const share, slack = 0.9, 256
	var fits []int
	for i := range v.Ended {
		if float64(rest[i])+slack >= share*float64(h.Bytes) {
			fits = append(fits, i)
		}
	}
	if bare := slices.DeleteFunc(slices.Clone(fits), func(i int) bool { return v.Ended[i].Code }); len(bare) > 0 {
		fits = bare
	}
	away := func(i int) uint64 {
		a, b := uint64(max(rest[i], 0)), h.Bytes
		return max(a, b) - min(a, b)
	}
	slices.SortStableFunc(fits, func(a, b int) int { return cmp.Compare(away(a), away(b)) })
	if len(fits) > 1 {
		// One that fits closely is the one.
		const close, far = 0.1, 0.5
		if float64(away(fits[0])) <= close*float64(h.Bytes)+slack && float64(away(fits[1])) >= far*float64(h.Bytes) {
			fits = fits[:1]
		}
	}
	return fits
}
