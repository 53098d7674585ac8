package simseries

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
)

// newWorld starts a process with everything that a worker has before it works.
func newWorld(r *rand.Rand, dumps int, s Scenario) *world {
	const userSpace = 0x7f00_0000_0000 // mmap begins somewhere below the end of it
	w := &world{
		process: newProcess(userSpace + uint64(r.IntN(1<<16))<<24), rand: r, dumps: dumps,
	}
	w.drawNames()
	size := w.logarithmic(60, 1200)
	if s.wide {
		size = w.between(1200, 2200)
	}
	f := pick(w, flavours)
	w.loop = f.loop
	w.superglobals()
	w.application(f)
	w.configuration(size)
	if !s.silent {
		w.traffic(f, size)
		w.hiddenNoise()
	}
	return w
}

func (w *world) superglobals() {
	for _, name := range []string{"_GET", "_POST", "_COOKIE", "_FILES"} {
		w.global(name, w.list())
	}
	argv := w.list()
	w.push(argv.arr, w.text(9))
	w.global("argv", argv)
	w.global("argc", number())
	server := w.list()
	for _, name := range []string{"PATH", "HOME", "SCRIPT_NAME", "PHP_SELF"}[:w.between(1, 4)] {
		w.put(server.arr, name, w.text(w.between(5, 60)))
	}
	w.put(server.arr, "REQUEST_TIME", number())
	w.global("_SERVER", server)
}

// application makes the kernel, its container, and the logger.
func (w *world) application(f flavour) {
	services, aliases := w.list(), w.list()
	w.services = services.arr
	w.path = "$" + f.global + "->" + f.container + "->" + f.services
	container := w.object(w.class(f.containerClass, f.services, "aliases"), services, aliases)
	kernel := w.object(w.class(f.kernel, f.container, "environment", "debug", "booted"),
		valueOf(container), w.text(4), value{typ: "bool"}, value{typ: "bool"})
	w.global(f.global, valueOf(kernel))
	w.logger = w.object(w.class(`Monolog\Logger`, "name", "handlers", "processors"), w.text(8), w.list(), w.list())
	w.push(w.logger.vals[1].arr, valueOf(w.object(
		w.class(`Monolog\Handler\StreamHandler`, "url", "level", "bubble"), w.text(20), number(), value{typ: "bool"})))
	w.put(w.services, "logger", valueOf(w.logger))
}

// configuration spends about that many items on what stays as it is.
func (w *world) configuration(items int) {
	config := w.list()
	w.global("config", config)
	for n := 0; items > 0; n++ {
		switch w.rand.IntN(4) {
		case 0: // a section of the configuration
			section := w.list()
			fields := w.between(3, 20)
			for i := range fields {
				w.put(section.arr, "option_"+strconv.Itoa(i), w.text(w.between(0, 40)))
			}
			w.put(config.arr, "section_"+strconv.Itoa(n), section)
			items -= 1 + fields
		case 1: // a table
			table := w.list()
			rows := w.between(4, 30)
			for range rows {
				w.push(table.arr, w.record(3))
			}
			w.put(config.arr, "table_"+strconv.Itoa(n), table)
			items -= 1 + 4*rows
		case 2: // a service
			options := w.list()
			w.put(options.arr, "timeout", number())
			w.put(options.arr, "base", w.text(w.between(5, 40)))
			c := w.class(fmt.Sprintf(`App\Service\Service%d`, n), "logger", "options", "calls", "ready")
			w.put(w.services, "service_"+strconv.Itoa(n), valueOf(w.object(c, valueOf(w.logger), options, number(), value{typ: "bool"})))
			items -= 6
		default: // a route with its handler
			handler := w.closure(&binding{this: w.logger, param: "request"})
			w.put(w.services, "factory_"+strconv.Itoa(n), handler)
			items -= 2
		}
	}
}

// traffic is what every process does besides: requests, caches that turn over,
// messages of changing length.
func (w *world) traffic(f flavour, size int) {
	w.requests(f)
	if w.chance(0.6) {
		w.turnover(w.logarithmic(8, max(10, size/12)))
	}
	if w.chance(0.4) {
		w.inFlight(w.between(2, 8))
	}
	if w.chance(0.4) {
		w.lastMessage()
	}
	if w.chance(0.3) {
		w.callee(f.inner, "logger", w.logger)
	}
}

// requests keeps the request at hand in a local of the loop.
func (w *world) requests(f flavour) {
	c := w.class(`App\Http\Request`, "id", "attributes", "payload", "user")
	user := w.objects()
	request := w.local(f.loop, "request", value{typ: "null"})
	w.local(f.loop, "handled", number())
	steady, size := w.chance(0.7), w.between(2, 10)
	w.before = append(w.before, func(int) {
		for range w.between(1, 3) { // those in between leave their addresses
			payload := w.list()
			n := size
			if !steady {
				n = w.between(2, 12)
			}
			for i := range n {
				w.put(payload.arr, "field_"+strconv.Itoa(i), w.text(w.between(0, 30)))
			}
			w.assign(&request.val, valueOf(w.object(c, number(), w.record(2), payload, user.make())))
		}
	})
	if !steady {
		w.varies(Container{Paths: []string{f.loop + " $request->payload"}, Holds: "string"},
			content{arrays: func() []*array { return []*array{request.val.obj.vals[2].arr} }})
	}
}

// turnover is a cache of constant size whose keys come and go.
func (w *world) turnover(size int) {
	cache := w.listAt(w.service())
	m, keyed := w.member(), w.chance(0.7)
	w.before = append(w.before, func(i int) {
		if i == 0 {
			w.addAll(cache.array, m, keyed, size)
		}
		n := w.between(1, size)
		w.unsetFirst(cache.array, n)
		w.addAll(cache.array, m, keyed, n)
	})
	w.bounded(cache, m)
}

// inFlight is a handful of jobs that a queue happens to hold.
func (w *world) inFlight(most int) {
	queue := w.listAt(w.home())
	m := w.objects()
	w.before = append(w.before, func(int) {
		w.empty(queue.array)
		w.addAll(queue.array, m, false, w.between(0, most))
	})
	w.bounded(queue, m)
}

func (w *world) lastMessage() {
	h := w.home()
	w.before = append(w.before, func(int) { w.assign(h.slot, w.text(w.between(2, 300))) })
	w.varies(Container{Paths: []string{h.path}, Holds: "string"}, text(h.slot))
}

// callee is a function in which some dumps find the process: what its local
// holds is then seen from there first.
func (w *world) callee(frame, name string, o *object) {
	held := &variable{frame, name, value{}, w.slot()}
	attempt := &variable{frame, "attempt", number(), w.slot()}
	inside := false
	w.before = append(w.before, func(int) {
		was := inside
		inside = w.chance(0.5)
		switch {
		case inside && !was:
			held.val = valueOf(o)
			w.frames = append([]*variable{held, attempt}, w.frames...)
		case was && !inside:
			w.drop(held.val)
			w.frames = slices.DeleteFunc(w.frames, func(v *variable) bool { return v.frame == frame })
		}
	})
}

// hiddenNoise is what compiled files and buffers of extensions take.
func (w *world) hiddenNoise() {
	const most = 16 << 10
	base := uint64(w.between(50, 800)) << 10
	w.before = append(w.before, func(int) { w.hidden += base + uint64(w.between(0, most)) })
}
