package simseries

import "slices"

// What grows is no array, or under names that no programmer wrote.
var growingShapes = []Scenario{
	{Name: "linked_list", plant: func(w *world) {
		rate := w.rate(member{items: 3}, 8)
		chain := w.chain()
		w.each(func(int) { chain.add(w.poisson(float64(rate))) })
		w.leaks(chain.Container, objects(&chain.nodes))
	}},
	{Name: "tree", plant: growingTree},
	{Name: "object_storage", plant: observers},
	{Name: "closure_listeners", plant: func(w *world) {
		l, makeClosure := w.listeners()
		m := member{"Closure", 5, makeClosure}
		rate := w.rate(m, 8)
		w.grows(l, m, false, 0, func(int) int { return rate })
	}},
	{Name: "growing_string", plant: func(w *world) {
		h := w.home()
		each := w.logarithmic(2<<10, 40<<10)
		n := w.between(0, each)
		w.each(func(int) {
			n += w.between(each*3/4, each*5/4)
			w.assign(h.slot, w.text(n))
		})
		w.leaks(Container{Paths: []string{h.path}, Holds: "string"}, text(h.slot))
	}},
	{Name: "generated_properties", plant: func(w *world) {
		h := w.home()
		o := w.object(w.class(pick(w, []string{"stdClass", `App\Context`})))
		w.assign(h.slot, valueOf(o))
		o.dynamic = &array{hashed: true}
		l := list{o.dynamic, []string{h.path, h.path + "->*"}}
		m := w.member()
		rate := w.rate(m, 8)
		w.each(func(int) {
			for range rate {
				w.dynamicProperty(o, w.generated("p_"), m.make())
			}
		})
		w.leaks(Container{Paths: l.paths, Holds: m.holds}, elementsOf(o.dynamic))
	}},
	{Name: "generated_classes", plant: func(w *world) {
		s := pick(w, shapes[:4])
		m := member{s.class + "Proxy_*", 1 + len(s.props), func() value {
			return valueOf(w.entity(&class{name: w.generated(s.class + "Proxy_"), props: s.props}, s.holds))
		}}
		w.steadyLeak(w.anyList(), m, w.chance(0.3))
	}},
	{Name: "generated_statics", plant: generatedStatics},
}

// A chain is a linked list.
type chain struct {
	Container
	w           *world
	stack       *object // holds the head
	newestFirst bool
	node        *class
	next        int       // the property that leads on
	nodes       []*object // from the oldest to the newest
}

func (w *world) chain() *chain {
	c := &chain{w: w, newestFirst: w.chance(0.5)}
	c.stack = w.object(w.class(`App\Editor\Undo`, "head", "size"), value{typ: "null"}, number())
	c.node = w.class(`App\Editor\Node`, "payload", "next")
	if w.chance(0.3) {
		c.node = w.class(`App\Editor\Entry`, "next", "payload")
	}
	c.next = slices.Index(c.node.props, "next")
	h := w.home()
	w.assign(h.slot, valueOf(c.stack))
	c.Container = Container{Paths: []string{h.path + "->head", h.path}, Holds: c.node.name, Link: "->next"}
	return c
}

func (c *chain) add(n int) {
	for range n {
		vals := []value{c.w.text(c.w.between(8, 60)), c.w.text(c.w.between(8, 60))}
		c.w.assign(&vals[c.next], value{typ: "null"})
		o := c.w.object(c.node, vals...)
		switch head := &c.stack.vals[0]; {
		case c.newestFirst:
			vals[c.next] = *head // the reference moves
			*head = valueOf(o)
		case len(c.nodes) == 0:
			c.w.assign(head, valueOf(o))
		default:
			c.w.assign(&c.nodes[len(c.nodes)-1].vals[c.next], valueOf(o))
		}
		c.nodes = append(c.nodes, o)
	}
}

// removeOldest forgets the n oldest nodes.
func (c *chain) removeOldest(n int) {
	n = min(n, len(c.nodes)-1)
	if n <= 0 {
		return
	}
	if c.newestFirst {
		c.w.assign(&c.nodes[n].vals[c.next], value{typ: "null"})
	} else {
		rest := valueOf(c.nodes[n])
		c.w.assign(&c.stack.vals[0], rest)
	}
	c.nodes = c.nodes[n:]
}

// growingTree puts every node below one that is there already.
func growingTree(w *world) {
	c := w.class(`App\Catalog\Category`, "name", "children")
	newNode := func() *object { return w.object(c, w.text(w.between(5, 30)), w.list()) }
	nodes := []*object{newNode()}
	h := w.home()
	w.assign(h.slot, valueOf(nodes[0]))
	rate := w.rate(member{items: 3}, 8)
	w.each(func(int) {
		for range rate {
			o := newNode()
			w.push(pick(w, nodes).vals[1].arr, valueOf(o))
			nodes = append(nodes, o)
		}
	})
	p := h.path
	w.leaks(Container{
		Paths: []string{p, p + "->children", p + "->children[*]", p + "->children[*]->children"},
		Holds: c.name, Link: "->children[*]",
	}, objects(&nodes))
}

func observers(w *world) {
	h := w.home()
	storage := w.object(storageClass)
	w.assign(h.slot, valueOf(storage))
	m := w.entities(shape{`App\Session\Observer`, []string{"session", "since"}, "si"})
	rate := w.rate(member{items: m.items + 2}, 8)
	w.each(func(int) {
		for range w.between(rate-1, rate+1) {
			w.attach(storage, w.entity(w.class(m.holds), "si"))
		}
	})
	w.leaks(Container{Paths: []string{h.path + "->storage", h.path}, Holds: m.holds},
		content{arrays: func() []*array { return []*array{storage.storage} }})
}

// listeners makes a dispatcher, and the closures that are attached to it. What
// they capture shares addresses, so the dump does not show most of it.
func (w *world) listeners() (list, func() value) {
	events := w.listAt(w.home())
	finish, start := w.process.list(), w.process.list()
	w.put(events.array, "finish", finish)
	w.put(events.array, "start", start)
	w.push(start.arr, w.closure(&binding{this: w.logger, param: "event"}))
	handler := w.class(`App\Listener\Handler`, "context", "calls")
	captures, n := w.chance(0.5), 0
	closure := func() value {
		if n++; captures && n%2 == 0 {
			return w.closure(&binding{names: []string{"order", "attempts"}, vals: []value{w.entities(shapes[2]).make(), number()}})
		}
		o := valueOf(w.object(handler, w.text(w.between(10, 40)), number()))
		c := w.closure(&binding{this: o.obj, param: "event"})
		w.drop(o) // $this of the closure keeps it
		return c
	}
	return list{finish.arr, []string{events.paths[0] + `["finish"]`, events.paths[0]}}, closure
}

// generatedStatics is what doubles of classes leave in a test run: static
// members of classes that are made up, each with its own name.
func generatedStatics(w *world) {
	const prefix, prop, methods = "MockObject_Product_", "__phpunit_configurableMethods", 3
	rate := w.rate(member{items: 1 + methods}, 8)
	var members []*value
	w.each(func(int) {
		for range rate {
			v := w.process.list()
			for range methods {
				w.push(v.arr, w.text(w.between(5, 30)))
			}
			members = append(members, &w.static(w.generated(prefix), prop, v).val)
		}
	})
	w.leaks(Container{Paths: []string{prefix + "*::$" + prop}, Holds: "array", Slots: true},
		content{slots: func() []*value { return members }})
}
