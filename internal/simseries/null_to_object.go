package simseries

// Slots that are there from the beginning, hold null, and turn into something:
// the number of items in them never changes.
var nullToObject = []Scenario{
	{Name: "lazy_mocks", plant: func(w *world) {
		t := w.tests(w.mocks())
		w.each(func(int) { t.fill(t.rate) })
		w.leaks(t.container(), slots(t.slots))
	}},
	{Name: "lazy_mocks_noisy", plant: func(w *world) {
		t := w.tests(w.mocks())
		w.each(func(int) { t.fill(min(w.poisson(float64(t.rate)*0.8), t.rate)) })
		w.leaks(t.container(), slots(t.slots))
	}},
	{Name: "lazy_strings", plant: func(w *world) {
		t := w.tests(member{"string", 1, func() value { return w.text(w.between(40, 400)) }})
		w.each(func(int) { t.fill(t.rate) })
		w.leaks(t.container(), slots(t.slots))
	}},
	{Name: "fixed_array_filled", plant: func(w *world) {
		f := w.fixedSlots(w.objects(), 1)
		w.each(func(int) { f.fill(f.rate) })
		w.leaks(f.container(), slots(f.slots))
	}},
	{Name: "array_slots_filled", plant: func(w *world) {
		f := w.arraySlots(w.objects(), 1)
		w.each(func(int) { f.fill(f.rate) })
		w.leaks(f.container(), slots(f.slots))
	}},
	{Name: "lazy_mocks_reset", Verdict: Clean, plant: func(w *world) {
		t := w.tests(w.mocks())
		w.each(func(int) {
			t.clear(len(t.slots))
			t.fill(w.between(0, t.rate)) // of the test at hand, and its providers
		})
		w.varies(t.container(), slots(t.slots))
	}},
	{Name: "lazy_services", Verdict: Clean, plant: func(w *world) {
		t := w.tests(w.objects())
		settled := w.settledBy(0.5)
		w.each(func(i int) {
			t.fill(len(t.slots)*min(i+1, settled+1)/(settled+1) - t.filled)
		})
		w.varies(t.container(), slots(t.slots))
	}},
	{Name: "fixed_array_ring", Verdict: Clean, plant: func(w *world) {
		f := w.fixedSlots(w.objects(), 0)
		w.each(func(int) { f.fill(w.between(len(f.slots)*4/5, len(f.slots)*3/2)) })
		w.varies(f.container(), slots(f.slots))
	}},
	{Name: "array_slots_pool", Verdict: Clean, plant: func(w *world) {
		// Connections that come and go, in the slots of a pool.
		f := w.arraySlots(w.objects(), 0)
		w.each(func(int) {
			f.clear(len(f.slots))
			f.fill(w.between(0, len(f.slots)))
		})
		w.varies(f.container(), slots(f.slots))
	}},
}

// slotted are slots that hold null, and what they turn into.
type slotted struct {
	*world
	m      member
	paths  []string
	slots  []*value
	rate   int
	next   int
	filled int
	direct bool // the first path leads to the slots
}

func (s *slotted) container() Container {
	return Container{Paths: s.paths, Holds: s.m.holds, ByClass: true, Slots: s.direct}
}

// fill puts new members into the next n slots, in turn.
func (s *slotted) fill(n int) {
	for range n {
		slot := s.slots[s.next%len(s.slots)]
		s.filled += one(slot.typ == "null")
		s.assign(slot, s.m.make())
		s.next++
	}
}

// clear sets up to n slots to null.
func (s *slotted) clear(n int) {
	for _, slot := range s.slots {
		if n > 0 && slot.typ != "null" {
			s.assign(slot, value{typ: "null"})
			s.filled--
			n--
		}
	}
}

// slotsWanted is how many slots a member is to have: so many that growth of rate
// never uses them up, or a number that does not depend on the series.
func (s *slotted) slotsWanted(growing int) int {
	if growing == 0 {
		return s.between(20, 150/s.m.items+20)
	}
	s.rate = s.world.rate(s.m, 8)
	return s.rate*s.dumps + s.between(10, 60)
}

// tests are objects of one class that each get something when their turn comes.
func (w *world) tests(m member) *slotted {
	s := &slotted{world: w, m: m, direct: true}
	l := w.anyList()
	prop := pick(w, []string{"repository", "client", "resolved"})
	c := w.class(pick(w, []string{`App\Tests\OrderTest`, `App\Lazy\Ghost`}), prop, "status", "name")
	for range s.slotsWanted(1) {
		o := w.object(c, value{typ: "null"}, number(), w.text(w.between(4, 20)))
		w.push(l.array, valueOf(o))
		s.slots = append(s.slots, &o.vals[0])
	}
	p := l.paths[0]
	s.paths = append([]string{p + "[*]->" + prop, p + "[*]"}, l.paths...)
	return s
}

// mocks are objects that hold another one.
func (w *world) mocks() member {
	c := w.class(`App\Tests\Mock`, "id", "invocation")
	invocation := w.class(`App\Tests\Invocation`, "method", "arg")
	return member{c.name, 6, func() value {
		o := w.object(invocation, w.text(4), w.text(w.between(20, 200)))
		return valueOf(w.object(c, w.text(w.between(10, 60)), valueOf(o)))
	}}
}

// fixedSlots is an SplFixedArray.
func (w *world) fixedSlots(m member, growing int) *slotted {
	s := &slotted{world: w, m: m}
	h := w.home()
	o := w.fixedArray(s.slotsWanted(growing))
	w.assign(h.slot, valueOf(o))
	for i := range o.vals {
		s.slots = append(s.slots, &o.vals[i])
	}
	s.paths = []string{h.path, h.path + "->*", h.path + "[*]"}
	return s
}

// arraySlots is what array_fill makes.
func (w *world) arraySlots(m member, growing int) *slotted {
	s := &slotted{world: w, m: m}
	l := w.anyList()
	for range s.slotsWanted(growing) {
		w.push(l.array, value{typ: "null"})
	}
	for i := range l.buckets {
		s.slots = append(s.slots, &l.buckets[i].val)
	}
	s.paths = l.paths
	return s
}
