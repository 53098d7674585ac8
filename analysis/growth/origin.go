package growth

import (
	"memtrail/analysis/origin"
)

// addOrigins notes what a profile of the last dump's time tells of the places that
// grow.
func (s *Series) addOrigins(g *Growth, o Options) {
	if o.Profile == nil {
		return
	}
	alive := map[string]uint64{}
	last := s.dumps[len(s.dumps)-1]
	for i := range s.shapes.All.Len() {
		kind := s.shapes.All.At(i)
		if amount := last.ofKind(i); kind.Type == "object" && amount.Count > 0 {
			alive[kind.Class] += amount.Count
		}
	}
	var join *origin.Join
	if g.Profile, join = origin.New(o.ProfileName, o.Profile, alive); join == nil {
		return
	}
	for i := range g.Growing {
		w := &g.Growing[i]
		if len(w.Counts) == 0 || len(w.Bytes) == 0 {
			continue
		}
		m := origin.Members{Count: w.Counts[len(w.Counts)-1], Bytes: w.Bytes[len(w.Bytes)-1], Classes: []string{w.Holds.Class}}
		for _, c := range w.PerClass {
			m.Classes = append(m.Classes, c.Class)
		}
		w.MadeBy, w.Survives = join.MadeBy(&m), join.Survival(&m)
	}
}
