package simseries

// A value is what a slot holds.
type value struct {
	typ string // as a dump prints it
	n   int    // length of a string in bytes
	str block  // of a string's text
	arr *array
	obj *object
}

// A class of the simulated program.
type class struct {
	name  string
	props []string // declared
	size  uint64   // bytes of an instance, where it is not 40 + 16 a property
	debug bool     // shows temporary tables, and has no property table
}

// An object owns its values; it is freed when nothing holds it.
type object struct {
	class   *class
	mem     block
	handle  int
	refs    int
	vals    []value  // of the declared properties
	dynamic *array   // the property table with the other ones
	tables  [2]block // of what a Closure captures
	rebuilt [2]block // the property table that a dump has made
	serial  uint64   // of all objects that there ever are

	bound    *binding  // of a Closure
	storage  *array    // of an SplObjectStorage
	elements block     // of an SplFixedArray, whose values are vals
	weak     *array    // of a WeakMap
	keyOf    []*object // the WeakMaps in which it is a key
	trial    trial     // see retained
}

// A binding is what a Closure captures.
type binding struct {
	this  *object
	names []string
	vals  []value
	param string
}

var (
	closureClass = &class{name: "Closure", size: 384, debug: true}
	storageClass = &class{name: "SplObjectStorage", size: 128, debug: true}
)

// A variable is a root. Its value may be changed in place.
type variable struct {
	frame, symbol string
	val           value
	slot          uint64
}

const (
	globalFrame = "<GLOBAL>"
	staticFrame = "<CLASS_STATIC_MEMBER>"
)

// A process is what a dump shows: variables, and what they hold.
type process struct {
	heap                     *heap
	stack                    stack       // of variables
	frames, globals, statics []*variable // in the order of a dump
	hidden                   uint64      // bytes at the next dump that no item shows
	unseen                   []value     // what the engine holds and no item shows
	rebuilt                  uint64      // bytes of the property tables that dumps have made
	weakrefs                 array       // the engine's table of keys of WeakMaps
	serial                   uint64      // given out last
	peak                     uint64      // bytes that have been used at most
	dumper                   dumper      // its memory is used again
}

func newProcess(top uint64) *process {
	p := &process{
		heap: newHeap(top), dumper: dumper{seen: map[uint64]struct{}{}},
		weakrefs: array{hashed: true, embedded: true},
	}
	first := p.heap.alloc(vmStackBytes)
	p.heap.used -= first.size // part of the empty script
	p.stack = stack{next: first.at + 0x80, end: first.at + vmStackBytes}
	return p
}

func (p *process) global(name string, v value) *variable {
	g := &variable{globalFrame, name, v, p.slot()}
	p.globals = append(p.globals, g)
	return g
}

func (p *process) local(frame, name string, v value) *variable {
	l := &variable{frame, name, v, p.slot()}
	p.frames = append(p.frames, l)
	return l
}

// static declares Class::$name; the class "*" stands for a protected one.
func (p *process) static(class, name string, v value) *variable {
	s := &variable{staticFrame, class + "::" + name, v, p.heap.alloc(16).at}
	p.statics = append(p.statics, s)
	return s
}

func (p *process) text(n int) value { return value{typ: "string", n: n, str: p.heap.text(n)} }

func (p *process) list() value { return value{typ: "array", arr: &array{}} }

func number() value { return value{typ: "int"} }

// object makes an object; the values are those of its properties, in order.
func (p *process) object(c *class, vals ...value) *object {
	size := c.size
	if size == 0 {
		size = 40 + 16*uint64(len(c.props))
	}
	p.serial++
	return &object{class: c, mem: p.heap.alloc(size), handle: p.heap.handle(), vals: vals, serial: p.serial}
}

// valueOf is a value that holds the object.
func valueOf(o *object) value {
	o.refs++
	return value{typ: "object", obj: o}
}

// closure makes a Closure. It holds this, which may be nil, and the values.
func (p *process) closure(b *binding) value {
	o := p.object(closureClass)
	if b.this != nil {
		b.this.refs++
	}
	if len(b.vals) > 0 {
		o.tables = [2]block{p.heap.alloc(hashTableBytes), p.heap.alloc(40 * smallestRoom)}
	}
	o.bound = b
	return valueOf(o)
}

// dynamicProperty gives an object a property that its class does not declare.
func (p *process) dynamicProperty(o *object, name string, v value) {
	if o.dynamic == nil {
		o.dynamic = &array{hashed: true}
	}
	p.set(o.dynamic, name, v)
}

const storageEntryBytes = 32

// attach adds an object to an SplObjectStorage.
func (p *process) attach(s, o *object) {
	if s.storage == nil {
		s.storage = &array{hashed: true, embedded: true}
	}
	p.insert(s.storage, key{number: s.storage.next, str: p.heap.alloc(storageEntryBytes)}, valueOf(o))
}

// assign replaces what a slot holds.
func (p *process) assign(slot *value, v value) {
	old := *slot
	*slot = v
	p.drop(old)
}

// drop frees what a value held, and all that nothing else holds. Chains are
// long, so it does not recurse.
func (p *process) drop(v value) {
	work := []value{v}
	dropArray := func(a *array) {
		if a == nil {
			return
		}
		for _, b := range a.buckets {
			p.heap.release(b.key.str)
			if b.val.typ != "" {
				work = append(work, b.val)
			}
		}
		p.heap.release(a.table)
		p.heap.release(a.store)
		*a = array{}
	}
	dropObject := func(o *object) {
		if o == nil {
			return
		}
		if o.refs--; o.refs > 0 {
			return
		}
		work = append(work, o.vals...)
		dropArray(o.dynamic)
		dropArray(o.storage)
		if b := o.bound; b != nil {
			work = append(work, b.vals...)
			if b.this != nil {
				work = append(work, value{typ: "object", obj: b.this})
			}
		}
		work = append(work, p.forget(o)...)
		if o.weak != nil {
			work = append(work, p.dissolve(o)...)
		}
		p.heap.release(o.elements)
		p.heap.release(o.tables[0])
		p.heap.release(o.tables[1])
		p.rebuilt -= o.rebuilt[0].size + o.rebuilt[1].size
		p.heap.release(o.rebuilt[0])
		p.heap.release(o.rebuilt[1])
		p.heap.release(o.mem)
		p.heap.handles = append(p.heap.handles, o.handle)
	}
	for len(work) > 0 {
		v := work[len(work)-1]
		work = work[:len(work)-1]
		p.heap.release(v.str)
		dropArray(v.arr)
		dropObject(v.obj)
	}
}
