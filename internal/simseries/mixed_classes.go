package simseries

import "strconv"

// Members of several classes in one container, or in places of one shape: what
// grows is to be told for each class.
var mixedClasses = []Scenario{
	{Name: "identity_map", plant: func(w *world) {
		m := w.identityMap()
		rates := w.rates(len(m.kinds), 5)
		w.each(func(int) {
			for k, rate := range rates {
				m.add(k, w.poisson(float64(rate)))
			}
		})
		w.leaks(m.container(m.kinds...), elementsOf(m.arrays...))
	}},
	{Name: "identity_map_one", plant: func(w *world) {
		// One class is never detached, the others are there for a job.
		m := w.identityMap()
		rate := w.rate(m.kinds[0], 10)
		sizes := w.rates(len(m.kinds), 5)
		w.each(func(int) {
			m.add(0, w.poisson(float64(rate)))
			for k := 1; k < len(m.kinds); k++ {
				w.empty(m.arrays[k])
				m.add(k, sizes[k])
			}
		})
		c := m.container(m.kinds[0])
		c.ByClass = true
		w.leaks(c, elementsOf(m.arrays...))
	}},
	{Name: "mixed_list", plant: func(w *world) {
		l, kinds := w.anyList(), w.kinds(3)
		rates := w.rates(len(kinds), 4)
		keyed := w.chance(0.3)
		w.each(func(int) { w.interleave(l.array, kinds, rates, keyed) })
		w.leaks(classesIn(l.paths, kinds...), elementsOf(l.array))
	}},
	{Name: "one_class_grows", plant: func(w *world) {
		l, kinds := w.anyList(), w.kinds(2)
		rate := w.rate(kinds[0], 10)
		steady := w.between(20, 3*rate+20)
		w.each(func(int) {
			w.addAll(l.array, kinds[0], true, w.between(rate*3/4, rate*5/4))
			w.removeClass(l.array, kinds[1].holds, steady)
			w.addAll(l.array, kinds[1], true, steady)
		})
		c := classesIn(l.paths, kinds[0])
		c.ByClass = true
		w.leaks(c, elementsOf(l.array))
	}},
	{Name: "one_rises_one_falls", plant: func(w *world) {
		// As many of the one class come as go of the other.
		l, kinds := w.anyList(), w.kinds(2)
		rate := w.rate(kinds[0], 8)
		w.addAll(l.array, kinds[1], true, rate*w.dumps)
		w.each(func(int) {
			w.removeClass(l.array, kinds[1].holds, rate)
			w.addAll(l.array, kinds[0], true, rate)
		})
		c := classesIn(l.paths, kinds[0])
		c.ByClass = true
		w.leaks(c, elementsOf(l.array))
	}},
	{Name: "group_of_two_classes", plant: groupOfTwoClasses},
	{Name: "identity_map_cleared", Verdict: Clean, plant: func(w *world) {
		m := w.identityMap()
		rates := w.rates(len(m.kinds), 8)
		jobs := w.between(4, 12)
		p := 1 / (float64(jobs) * w.intervals(0.15, 0.8))
		w.each(func(int) {
			for range jobs {
				if w.chance(p) {
					for _, a := range m.arrays {
						w.empty(a)
					}
				}
				for k, rate := range rates {
					m.add(k, w.poisson(float64(rate)/float64(jobs)*3))
				}
			}
		})
		w.varies(m.container(m.kinds...), elementsOf(m.arrays...))
	}},
	{Name: "mixed_shares_wander", Verdict: Clean, plant: func(w *world) {
		// As many in all, of one class or the other.
		l, kinds := w.anyList(), w.kinds(2)
		n := w.between(30, 150)
		w.each(func(int) {
			w.empty(l.array)
			share := w.rand.Float64()
			for range n {
				w.add(l.array, kinds[one(w.chance(share))], true)
			}
		})
		w.varies(classesIn(l.paths, kinds...), elementsOf(l.array))
	}},
}

// kinds picks n different classes of entities.
func (w *world) kinds(n int) []member {
	var kinds []member
	for _, s := range shuffled(w, shapes)[:n] {
		kinds = append(kinds, w.entities(s))
	}
	return kinds
}

// rates picks how many members of each of n classes an interval adds.
func (w *world) rates(n, least int) []int {
	const most = 1200 // items that all may add in a series
	to := make([]int, n)
	for i := range to {
		to[i] = w.logarithmic(least, max(least+3, most/(n*4*w.dumps)))
	}
	return to
}

func classesIn(paths []string, kinds ...member) Container {
	c := Container{Paths: paths, Holds: kinds[0].holds}
	for _, k := range kinds[1:] {
		c.AlsoHolds = append(c.AlsoHolds, k.holds)
	}
	return c
}

// interleave adds so many members of each class in random order.
func (w *world) interleave(a *array, kinds []member, counts []int, keyed bool) {
	left := append([]int(nil), counts...)
	total := 0
	for _, n := range left {
		total += n
	}
	for ; total > 0; total-- {
		at := w.rand.IntN(total)
		for k := range left {
			if at -= left[k]; at < 0 {
				w.add(a, kinds[k], keyed)
				left[k]--
				break
			}
		}
	}
}

// removeClass removes the n oldest members of a class.
func (w *world) removeClass(a *array, class string, n int) {
	for i := 0; n > 0 && i < len(a.buckets); i++ {
		if o := a.buckets[i].val.obj; o != nil && o.class.name == class {
			w.unset(a, i)
			n--
		}
	}
}

// An identityMap has a table of entities for each class, as Doctrine's unit of
// work does.
type identityMap struct {
	*world
	paths  []string
	kinds  []member
	arrays []*array
	ids    int
}

func (w *world) identityMap() *identityMap {
	outer := w.listAt(w.home())
	m := &identityMap{world: w, kinds: w.kinds(3), paths: []string{outer.paths[0] + "[*]", outer.paths[0]}}
	for _, k := range m.kinds {
		v := w.process.list()
		w.put(outer.array, k.holds, v)
		m.arrays = append(m.arrays, v.arr)
	}
	return m
}

func (m *identityMap) add(kind, n int) {
	for range n {
		m.ids++
		if kind == 1 { // identified by a text
			m.set(m.arrays[kind], "u-"+strconv.Itoa(10_000+m.ids), m.kinds[kind].make())
		} else {
			m.insert(m.arrays[kind], key{number: 1000 + m.ids}, m.kinds[kind].make())
		}
	}
}

func (m *identityMap) container(kinds ...member) Container { return classesIn(m.paths, kinds...) }

// groupOfTwoClasses has objects of one shape, whose lists hold two classes: of
// the one more and more, of the other always as many.
func groupOfTwoClasses(w *world) {
	accounts := w.listAt(w.home())
	account := w.class(`App\Billing\Account`, "owner", "items")
	kinds := w.kinds(2)
	lists := make([]*array, w.between(3, 12))
	steady := w.between(2, 8)
	for i := range lists {
		v := w.process.list()
		lists[i] = v.arr
		w.push(accounts.array, valueOf(w.object(account, w.text(12), v)))
		w.addAll(v.arr, kinds[1], false, steady)
	}
	rate := w.rate(kinds[0], 10)
	w.each(func(int) {
		for range rate {
			w.add(pick(w, lists), kinds[0], false)
		}
	})
	p := accounts.paths[0]
	c := classesIn([]string{p + "[*]->items", p + "[*]->items[*]", p + "[*]", p}, kinds[0])
	c.ByClass = true
	w.leaks(c, elementsOf(lists...))
}
