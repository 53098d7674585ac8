package units

import (
	"cmp"
	"slices"
)

// Recurring finds places that gain something in at least three intervals, with at
// least half of all units in them: they grow by a little with each unit, or with
// many, and no unit is to be blamed for what an interval shows. What they take for
// a unit is the median of the intervals, as one of the units may leave much there
// besides.
func Recurring(all []Interval) []Steady {
	const fewest = 3
	type place struct {
		holder   Holder
		units    uint64
		perUnit  []float64
		gained   uint64
		gainedOf uint64
	}
	places := map[string]*place{}
	var order []string
	total := uint64(0)
	for i := range all {
		v := &all[i]
		total += v.Units
		for _, h := range v.held() {
			p := places[h.Fingerprint]
			if p == nil {
				p = &place{}
				places[h.Fingerprint] = p
				order = append(order, h.Fingerprint)
			}
			p.holder = h
			p.units += v.Units
			p.gained += h.Bytes
			p.gainedOf += h.Count
			p.perUnit = append(p.perUnit, float64(h.Bytes)/float64(max(v.Units, 1)))
		}
	}
	var list []Steady
	for _, key := range order {
		p := places[key]
		if len(p.perUnit) < fewest || 2*p.units < total {
			continue
		}
		slices.Sort(p.perUnit)
		h := p.holder
		h.Bytes, h.Count = p.gained, p.gainedOf
		list = append(list, Steady{Holder: h, PerUnit: p.perUnit[len(p.perUnit)/2]})
	}
	slices.SortStableFunc(list, func(a, b Steady) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return list
}

// Join adds the places of a second list that the first does not have.
func Join(a, b []Steady) []Steady {
	for _, s := range b {
		if !slices.ContainsFunc(a, func(x Steady) bool { return x.Fingerprint == s.Fingerprint || x.Path == s.Path }) {
			a = append(a, s)
		}
	}
	return a
}
