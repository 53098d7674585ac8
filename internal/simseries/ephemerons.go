package simseries

// WeakMaps, whose values are kept by their keys.
var ephemerons = []Scenario{
	{Name: "weakmap_holds_keys", plant: func(w *world) {
		// The value holds its key: PHP before 8.3 never frees either.
		e := w.ephemerons(func(e *ephemeron, k *object) value {
			return valueOf(w.object(w.class(`App\Loop\ReactLoop`, "signals", "label", "driver"), w.list(), w.text(w.between(20, 80)), valueOf(k)))
		})
		rate := w.rate(member{items: 10}, 8)
		w.each(func(int) {
			for range w.poisson(float64(rate)) {
				w.drop(e.entry())
			}
		})
		w.leaks(e.container(`App\Loop\ReactLoop`), e.content())
	}},
	{Name: "weakmap_key_is_value", plant: func(w *world) {
		e := w.ephemerons(func(e *ephemeron, k *object) value { return valueOf(k) })
		rate := w.rate(member{items: 7}, 8)
		w.each(func(int) {
			for range rate {
				w.drop(e.entry())
			}
		})
		w.leaks(e.container(e.keys.holds), e.content())
	}},
	{Name: "weakmap_keys_leak", plant: func(w *world) {
		e := w.ephemerons(metadata)
		l := w.anyList()
		rate := w.rate(member{items: 12}, 8)
		keyed := w.chance(0.5)
		m := member{e.keys.holds, e.keys.items, e.entry}
		w.each(func(int) { w.addAll(l.array, m, keyed, w.poisson(float64(rate))) })
		w.leaks(Container{Paths: l.paths, Holds: m.holds}, elementsOf(l.array))
		w.follows(e.paths...)
	}},
	{Name: "weakmap_values_grow", plant: func(w *world) {
		// As many keys all the time; what they keep grows.
		var logs []*array
		record := w.records(2)
		e := w.ephemerons(func(*ephemeron, *object) value {
			log := w.list()
			logs = append(logs, log.arr)
			return valueOf(w.object(w.class(`App\Orm\EntityState`, "version", "changes"), number(), log))
		})
		l := w.anyList()
		for range w.between(5, 20) {
			w.push(l.array, e.entry())
		}
		rate := w.rate(record, 10)
		w.each(func(int) {
			for range rate {
				w.push(pick(w, logs), record.make())
			}
		})
		p := e.paths[0]
		var through []string
		for _, keys := range l.paths {
			through = append(through, keys+"[*]=>WeakMap->changes", keys+"[*][*]=>WeakMap->changes")
		}
		w.leaks(Container{
			Paths:   []string{p + `->*["value"]->changes`, p + `->*["value"]`, p + `->*["value"]->changes[*]`, p + "->*", p},
			Through: through,
			Holds:   record.holds, Lossy: true,
		}, content{arrays: func() []*array { return logs }})
	}},
	{Name: "weakmap_keys_turn_over", Verdict: Clean, plant: func(w *world) {
		e := w.ephemerons(metadata)
		l, size := w.anyList(), w.between(10, 80)
		m := member{e.keys.holds, e.keys.items, e.entry}
		w.each(func(int) {
			w.unsetFirst(l.array, w.between(size/2, size))
			w.addAll(l.array, m, true, w.poisson(float64(size))/2)
			w.resize(l.array, m, true, w.between(size*3/4, size))
		})
		w.bounded(l, m)
		e.varies()
	}},
	{Name: "weakmap_collected", Verdict: Clean, plant: func(w *world) {
		// From PHP 8.3 on, and before a dump: but for those of the jobs at hand.
		e := w.ephemerons(func(e *ephemeron, k *object) value {
			return valueOf(w.object(w.class(`App\Loop\ReactLoop`, "signals", "label", "driver"), w.list(), w.text(w.between(20, 80)), valueOf(k)))
		})
		most := w.between(5, 60)
		w.each(func(int) {
			for e.m.weak.live > 0 {
				w.unset(e.m.weak, len(e.m.weak.buckets)-1)
			}
			for range w.between(0, most) {
				w.drop(e.entry())
			}
		})
		e.varies()
	}},
	{Name: "weakmap_of_cached", Verdict: Clean, plant: func(w *world) {
		// Keys fill a cache up to its limit.
		e := w.ephemerons(metadata)
		l := w.anyList()
		m := member{e.keys.holds, e.keys.items, e.entry}
		w.fills(l, m, w.between(30, 120), w.settledBy(0.5))
		e.varies()
	}},
}

// ephemeron is a WeakMap somewhere, and how to make an entry of it.
type ephemeron struct {
	*world
	m     *object
	keys  member
	value func(e *ephemeron, k *object) value
	paths []string
}

func (w *world) ephemerons(value func(*ephemeron, *object) value) *ephemeron {
	e := &ephemeron{world: w, m: w.weakMap(), keys: w.objects(), value: value}
	h := w.home()
	if w.chance(0.5) {
		h = w.staticMember()
	}
	w.assign(h.slot, valueOf(e.m))
	e.paths = []string{h.path, h.path + "->*", h.path + `->*["value"]`, h.path + "[*]", h.path + `[*]["value"]`}
	return e
}

// metadata is a value that does not hold its key.
func metadata(e *ephemeron, _ *object) value {
	return valueOf(e.object(e.class(`App\Orm\EntityState`, "version", "original"), number(), e.record(e.between(1, 3))))
}

// entry makes a key with its value, and gives the one reference to the key.
func (e *ephemeron) entry() value {
	k := e.keys.make()
	e.weakSet(e.m, k.obj, e.value(e, k.obj))
	return k
}

func (e *ephemeron) container(holds string) Container {
	return Container{Paths: e.paths, Holds: holds, Lossy: true}
}

func (e *ephemeron) content() content {
	return content{arrays: func() []*array { return []*array{e.m.weak} }}
}

func (e *ephemeron) varies() { e.world.varies(e.container("*"), e.content()) }
