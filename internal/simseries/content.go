package simseries

// content is what a container holds: elements of arrays, objects wherever they
// are, values of slots, or the bytes of a string. One of the functions is set.
type content struct {
	arrays  func() []*array
	objects func() []*object
	slots   func() []*value // those that hold null are empty
	str     *value
}

func elementsOf(arrays ...*array) content {
	return content{arrays: func() []*array { return arrays }}
}

func objects(all *[]*object) content {
	return content{objects: func() []*object { return *all }}
}

// slots are values that stay where they are.
func slots(all []*value) content { return content{slots: func() []*value { return all }} }

// text is a string in a slot.
func text(slot *value) content { return content{str: slot} }

// held is one member. Its serial is its own as long as the process lives.
type held struct {
	serial uint64
	key    *key // of an element
	val    *value
}

func (c content) each(yield func(held)) {
	switch {
	case c.arrays != nil:
		for _, a := range c.arrays() {
			if a == nil {
				continue
			}
			for i := range a.buckets {
				if b := &a.buckets[i]; b.val.typ != "" {
					yield(held{b.serial, &b.key, &b.val})
				}
			}
		}
	case c.objects != nil:
		for _, o := range c.objects() {
			yield(held{o.serial, nil, &value{typ: "object", obj: o}})
		}
	case c.slots != nil:
		for i, v := range c.slots() {
			serial := uint64(i + 1) // of another kind than those of objects
			if v.obj != nil {
				serial = v.obj.serial
			}
			yield(held{serial, nil, v})
		}
	}
}

// tracked is a container whose content is recorded at every dump.
type tracked struct {
	Container
	leak    bool
	content content
	before  moment
	matched []int // by handle, class and address
}

// A moment is what a container held at a dump.
type moment struct {
	serials map[uint64]struct{}
	shown   map[shown]struct{}
	places  map[place]struct{}
}

// shown is what tells one member from the others in a dump, but for its address,
// which depends on whether the process is dumped.
type shown struct {
	key    string
	number int
	handle int
	class  string // or type
}

// place is that of an object.
type place struct {
	handle int
	at     uint64
	class  string
}

func (h held) shown() shown {
	s := shown{class: h.val.typ}
	if h.key != nil && h.key.isText {
		s.key = h.key.text
	}
	if o := h.val.obj; o != nil {
		s.class, s.handle = o.class.name, o.handle
	} else if h.key != nil && !h.key.isText {
		s.number = h.key.number
	}
	return s
}

func newMoment(n int) moment {
	return moment{make(map[uint64]struct{}, n), make(map[shown]struct{}, n), make(map[place]struct{}, n)}
}

// record takes notice of what the container holds now.
func (t *tracked) record(first bool) {
	if t.content.str != nil {
		t.Counts = append(t.Counts, t.content.str.n)
		t.Bytes = append(t.Bytes, int(t.content.str.str.size))
		return
	}
	now := newMoment(len(t.before.serials))
	count, stayed, kept, matched := 0, 0, 0, 0
	var byClass []int
	t.content.each(func(h held) {
		byClass = t.class(byClass, h.val)
		if t.ByClass && !t.isHeld(h.val) {
			return
		}
		count++
		s := h.shown()
		stayed += in(t.before.serials, h.serial)
		kept += in(t.before.shown, s)
		now.serials[h.serial], now.shown[s] = struct{}{}, struct{}{}
		if o := h.val.obj; o != nil {
			p := place{o.handle, o.mem.at, o.class.name}
			matched += in(t.before.places, p)
			now.places[p] = struct{}{}
		}
	})
	t.before = now
	t.Counts = append(t.Counts, count)
	t.Bytes = append(t.Bytes, t.retained(nil))
	for i := range t.Classes {
		c := &t.Classes[i]
		for len(c.Counts) < len(t.Counts)-1 {
			c.Counts, c.Bytes = append(c.Counts, 0), append(c.Bytes, 0)
		}
		n := 0
		if i < len(byClass) {
			n = byClass[i]
		}
		c.Counts = append(c.Counts, n)
		switch { // the members of the only class are all of them
		case len(t.Classes) > 1:
			c.Bytes = append(c.Bytes, t.retained(&c.Class))
		default:
			c.Bytes = append(c.Bytes, t.Bytes[len(t.Bytes)-1]-int(t.tables()))
		}
	}
	if !first {
		t.Stayed, t.Kept, t.matched = append(t.Stayed, stayed), append(t.Kept, kept), append(t.matched, matched)
	}
}

func in[K comparable](set map[K]struct{}, k K) int {
	_, ok := set[k]
	return one(ok)
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// class counts a member for its class, which may be a new one.
func (t *tracked) class(counts []int, v *value) []int {
	name := t.className(v)
	for i := range t.Classes {
		if t.Classes[i].Class == name {
			for len(counts) <= i {
				counts = append(counts, 0)
			}
			counts[i]++
			return counts
		}
	}
	t.Classes = append(t.Classes, ClassCounts{Class: name})
	for len(counts) < len(t.Classes) {
		counts = append(counts, 0)
	}
	counts[len(counts)-1] = 1
	return counts
}

// className is a member's class, or its type. Classes that are made up as the
// process runs are one.
func (t *tracked) className(v *value) string {
	if v.obj == nil {
		return v.typ
	}
	for _, holds := range append(t.AlsoHolds, t.Holds) {
		if covers(holds, v.obj.class.name) {
			return holds
		}
	}
	return v.obj.class.name
}

// isHeld reports whether a member is of a class that the container is known for.
func (t *tracked) isHeld(v *value) bool {
	name := t.className(v)
	if name == t.Holds {
		return true
	}
	for _, other := range t.AlsoHolds {
		if name == other {
			return true
		}
	}
	return false
}
