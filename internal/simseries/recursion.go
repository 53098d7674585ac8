package simseries

// What grows is the stack of calls, or a chain of objects that wrap each other.
var recursion = []Scenario{
	{Name: "calls_itself", plant: func(w *world) {
		r := w.recursion(w.between(1, 2))
		rate := w.rate(member{items: r.items()}, 6*len(r.frames))
		w.each(func(int) { r.call(w.between(rate*9/10, rate*11/10)) })
		w.leaks(r.container(), r.content())
	}},
	{Name: "wrapped_loggers", plant: func(w *world) {
		c := w.wrappers(true)
		rate := w.rate(member{items: 5}, 8)
		w.each(func(int) { c.wrap(w.poisson(float64(rate))) })
		w.leaks(c.Container, objects(&c.nodes))
	}},
	{Name: "wrapped_handlers", plant: func(w *world) {
		c := w.wrappers(false)
		rate := w.rate(member{items: 3}, 8)
		w.each(func(int) { c.wrap(rate) })
		w.leaks(c.Container, objects(&c.nodes))
	}},
	{Name: "calls_return", Verdict: Clean, plant: func(w *world) {
		// A parser, a walk through a tree.
		r := w.recursion(w.between(1, 2))
		most := w.between(5, 40)
		w.each(func(int) {
			for range w.between(1, 3) {
				for len(r.held) > 1 {
					r.leave()
				}
				r.call(w.between(1, most))
			}
		})
		w.varies(r.container(), r.content())
	}},
	{Name: "wrapped_and_unwrapped", Verdict: Clean, plant: func(w *world) {
		c := w.wrappers(w.chance(0.5))
		most := w.between(4, 40)
		w.each(func(int) {
			c.unwrap(len(c.nodes) - 1)
			c.wrap(w.between(1, most))
		})
		w.varies(c.Container, objects(&c.nodes))
	}},
}

// calls are frames of a function that calls itself, or of two that call each other.
type calls struct {
	*world
	frames []string
	names  []string // of the variables
	class  *class   // of what the first one holds
	held   []*value // that one, of each call
}

func (w *world) recursion(functions int) *calls {
	frames := []string{`App\Amqp\Consumer->wait()`, `App\Amqp\Channel->dispatch()`}
	if w.chance(0.5) {
		frames = []string{"App\\Retry->attempt()", "{closure}()"}
	}
	return &calls{
		world: w, frames: frames[:functions], names: []string{"e", "status", "timeout"}[:w.between(1, 3)],
		class: w.class(`App\Amqp\TimeoutException`, "message", "code", "file", "line", "trace", "previous"),
	}
}

func (r *calls) items() int { return 11 + 2*len(r.names) }

// exception is heavier than the other variables, by its trace.
func (r *calls) exception() value {
	trace, frame := r.list(), r.list()
	for _, name := range []string{"file", "line", "function", "class", "type"} {
		r.put(frame.arr, name, value{typ: "string", n: 20}) // interned
	}
	r.push(trace.arr, frame)
	return valueOf(r.object(r.class, r.text(r.between(40, 90)), number(), value{typ: "string", n: 30}, number(), trace, value{typ: "null"}))
}

func (r *calls) call(n int) {
	for range n {
		frame := r.frames[len(r.held)%len(r.frames)]
		vals := []value{r.exception()}
		if len(r.names) > 1 {
			vals = append(vals, r.record(2))
		}
		if len(r.names) > 2 {
			vals = append(vals, number())
		}
		r.enter(frame, r.names, vals...)
		top := r.stack.calls[len(r.stack.calls)-1]
		r.held = append(r.held, &top.vars[0].val)
	}
}

func (r *calls) leave() {
	r.process.leave()
	r.held = r.held[:len(r.held)-1]
}

// container is the exceptions of the first function. Those of the other one name
// it as well; the other variables only grow with it.
func (r *calls) container() Container {
	c := Container{Holds: r.class.name, Slots: true}
	for _, frame := range r.frames {
		c.Paths = append(c.Paths, frame+" $e")
		for _, name := range r.names[1:] {
			r.follows(frame + " $" + name)
		}
	}
	return c
}

func (r *calls) content() content {
	return content{slots: func() []*value {
		var first []*value
		for i := 0; i < len(r.held); i += len(r.frames) {
			first = append(first, r.held[i])
		}
		return first
	}}
}

// wrappers are objects that hold the one before, which is the last in a list of
// theirs, or in a property.
type wrappers struct {
	Container
	*world
	slot   *value // the outermost one
	outer  *class
	inList bool
	nodes  []*object
}

func (w *world) wrappers(inList bool) *wrappers {
	h := w.home()
	c := &wrappers{world: w, slot: h.slot, inList: inList}
	if inList {
		c.outer = w.class(`Doctrine\DBAL\Logging\LoggerChain`, "loggers")
		c.Container = Container{Paths: []string{h.path, h.path + "->loggers"}, Link: "->loggers[0]"}
	} else {
		c.outer = w.class(`App\Http\RetryHandler`, "inner", "attempts", "name")
		c.Container = Container{Paths: []string{h.path, h.path + "->inner"}, Link: "->inner"}
	}
	c.Holds, c.ByClass = c.outer.name, true
	w.assign(h.slot, valueOf(w.object(w.class(`App\Log\NullLogger`, "name"), w.text(8))))
	return c
}

// wrap puts n more objects around the outermost one.
func (c *wrappers) wrap(n int) {
	for range n {
		inner := *c.slot // the reference moves
		var o *object
		if c.inList {
			l := c.list()
			c.push(l.arr, inner)
			c.push(l.arr, valueOf(c.object(c.class(`App\Audit\AuditLogger`, "name", "level"), c.text(c.between(6, 20)), number())))
			o = c.object(c.outer, l)
		} else {
			o = c.object(c.outer, inner, number(), c.text(c.between(6, 40)))
		}
		*c.slot = valueOf(o)
		c.nodes = append(c.nodes, o)
	}
}

// unwrap takes off the n outermost ones.
func (c *wrappers) unwrap(n int) {
	for ; n > 0; n-- {
		o := c.nodes[len(c.nodes)-1]
		inner := &o.vals[0]
		if c.inList {
			inner = &inner.arr.buckets[0].val
		}
		next := valueOf(inner.obj)
		c.assign(c.slot, next)
		c.nodes = c.nodes[:len(c.nodes)-1]
	}
}
