package simseries

// A home is a slot that holds something, and its path.
type home struct {
	slot *value // stays where it is
	path string
}

// home makes a place for something that varies: in a service, an object of the
// main script, a variable, a static member, or a local of the endless loop.
func (w *world) home() home {
	switch n := w.rand.IntN(20); {
	case n < 9:
		return w.service()
	case n < 12:
		h := take(&w.names.holders)
		o := w.holder(h, w.rand.IntN(2) == 0)
		w.global(h.id, valueOf(o))
		return home{&o.vals[len(o.vals)-1], "$" + h.id + "->" + h.prop}
	case n < 14:
		name := take(&w.names.variables)
		return home{&w.global(name, value{typ: "null"}).val, "$" + name}
	case n < 17:
		return w.staticMember()
	}
	return w.loopLocal()
}

// service registers a new service with a property for it.
func (w *world) service() home {
	h := take(&w.names.holders)
	o := w.holder(h, w.chance(0.7))
	w.put(w.services, h.id, valueOf(o))
	return home{&o.vals[len(o.vals)-1], w.path + `["` + h.id + `"]->` + h.prop}
}

func (w *world) holder(h holder, logs bool) *object {
	if logs {
		return w.object(w.class(h.class, "logger", "limit", h.prop), valueOf(w.logger), number(), value{typ: "null"})
	}
	return w.object(w.class(h.class, "name", h.prop), w.text(12), value{typ: "null"})
}

func (w *world) staticMember() home {
	s := take(&w.names.statics)
	return home{&w.static(s.class, s.prop, value{typ: "null"}).val, s.class + "::$" + s.prop}
}

func (w *world) loopLocal() home {
	name := take(&w.names.variables)
	return home{&w.local(w.loop, name, value{typ: "null"}).val, w.loop + " $" + name}
}

// A list is an array in some home.
type list struct {
	*array
	paths []string
}

// listAt puts an empty array into a home.
func (w *world) listAt(h home) list {
	w.assign(h.slot, w.process.list())
	return list{h.slot.arr, []string{h.path}}
}

// anyList makes an array somewhere: now and then under a key, beside others
// that stay as they are.
func (w *world) anyList() list {
	l := w.listAt(w.home())
	if w.chance(0.7) {
		return l
	}
	keys := []string{"default", "Invoice", "finish"}
	for i := range w.between(0, 2) {
		w.put(l.array, keys[i+1], w.record(w.between(1, 3)))
	}
	inner := w.process.list()
	w.put(l.array, keys[0], inner)
	return list{inner.arr, []string{l.paths[0] + `["` + keys[0] + `"]`, l.paths[0]}}
}

// add appends a member, under the next number or a generated key.
func (w *world) add(a *array, m member, keyed bool) {
	if keyed {
		w.set(a, w.newKey(), m.make())
	} else {
		w.push(a, m.make())
	}
}

func (w *world) addAll(a *array, m member, keyed bool, n int) {
	for range n {
		w.add(a, m, keyed)
	}
}

// rate picks how many members an interval is to add, but so that dumps stay small.
func (w *world) rate(m member, least int) int {
	const most = 1500 // items that a leak may add in a series
	return w.logarithmic(least, max(least+2, min(60, most/(m.items*w.dumps))))
}
