package simheap

// A program is the simulated PHP process up to the moment of the dump.
type program struct {
	heap heap
	seed uint64
	top  address // above everything
	vars address // the next slot of a variable

	frames, globals, statics []root // in the order of the dump
	plants                   []planted
}

type root struct {
	frame, symbol string
	to            *node
}

// planted is a plant with the place of its example.
type planted struct {
	Plant
	example address
}

const (
	globalFrame = "<GLOBAL>"
	staticFrame = "<CLASS_STATIC_MEMBER>"

	vmStackPages = 64
	symbolCount  = 64
	// What an empty script has allocated apart from its VM stack and its
	// symbol table, in pages: before the stack, and behind it.
	enginePagesBefore, enginePagesBehind = 19, 9
)

func newProgram(seed uint64) *program {
	p := &program{seed: seed}
	// Somewhere below the end of user space, as a randomised mmap has it.
	p.top = 0x7f00_0000_0000 + address(p.vary(structureCount, 0, 1, 0x7_0000))*chunkBytes
	p.heap.bottom = p.top
	p.heap.alloc(enginePagesBefore * pageBytes)
	stack := p.heap.alloc(vmStackPages * pageBytes)
	p.vars = stack + 0x80
	p.heap.alloc(enginePagesBehind * pageBytes)
	p.superglobals(p.heap.newHashed(symbolCount))
	return p
}

// vary picks a number from least to most for member i of a structure. Members
// are built several times, so it depends on nothing but the seed and these.
func (p *program) vary(of Structure, i, least, most int) int {
	x := p.seed + uint64(of)<<40 + uint64(i)
	// The finaliser of SplitMix64.
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return least + int(x%uint64(most-least+1))
}

// finish accounts for what the engine itself holds at the end.
func (p *program) finish() Header {
	// The object store doubles from 1,024 entries on.
	p.heap.alloc(8 * powerOfTwo(1024, uint64(p.heap.handles)+1))
	return Header{
		MemoryUsage: p.heap.used, MemoryUsageReal: p.heap.mapped,
		PeakMemoryUsage: p.heap.used + 256, PeakMemoryUsageReal: p.heap.mapped,
	}
}

// global declares a variable of the main script. Only an object keeps its own
// id; everything else is known by the variable's slot.
func (p *program) global(name string, n node) {
	p.globals = append(p.globals, root{globalFrame, name, p.inSlot(n)})
}

func (p *program) local(frame, name string, n node) {
	p.frames = append(p.frames, root{frame, name, p.inSlot(n)})
}

func (p *program) inSlot(n node) *node {
	if n.id == 0 {
		n.id = p.vars
		p.vars += zvalBytes
	}
	return &n
}

// static declares Class::$name. Its slot is one of the class's table.
func (p *program) static(class, name string, n node) {
	n.id = p.heap.alloc(zvalBytes)
	p.statics = append(p.statics, root{staticFrame, class + "::" + name, &n})
}

func (p *program) plant(s Structure, container, holds string, members int, leak bool, example address) {
	p.plants = append(p.plants, planted{Plant{
		Structure: s, Container: container, Holds: holds, Members: members, Leak: leak,
	}, example})
}

// superglobalItems is how many items superglobals makes.
const superglobalItems = 7 + 3 + 19

// superglobals fills the symbol table.
func (p *program) superglobals(symbols hashed) {
	for i, name := range []string{"_GET", "_POST", "_COOKIE", "_FILES"} {
		p.global(name, node{id: symbols.at(i), kind: kindArray, within: fixed{}})
	}
	h := &p.heap
	list := h.newPacked(3)
	args := make(fixed, 3)
	for i, n := range []int{9, 6, 23} {
		args[i] = slot{index(i), text(h, list.at(i), n)}
	}
	p.global("argv", node{id: symbols.at(4), kind: kindArray, within: args})
	p.global("argc", node{id: symbols.at(5), kind: kindInt})

	server := []struct {
		name string
		kind kind
		n    int
	}{
		{"SHELL", kindString, 9}, {"USER", kindString, 8}, {"PWD", kindString, 14},
		{"HOME", kindString, 13}, {"LANG", kindString, 7}, {"TERM", kindString, 5},
		{"SHLVL", kindString, 1}, {"HOSTNAME", kindString, 12}, {"PATH", kindString, 65},
		{"_", kindString, 12}, {"PHP_SELF", kindString, 9}, {"SCRIPT_NAME", kindString, 9},
		{"SCRIPT_FILENAME", kindString, 9}, {"PATH_TRANSLATED", kindString, 9},
		{"DOCUMENT_ROOT", kindString, 0}, {"REQUEST_TIME_FLOAT", kindFloat, 0},
		{"REQUEST_TIME", kindInt, 0}, {"argv", kindArray, 0}, {"argc", kindInt, 0},
	}
	table := h.newHashed(len(server))
	slots := make(fixed, len(server))
	for i, s := range server {
		n := &node{id: table.at(i), kind: s.kind, length: s.n}
		switch s.kind {
		case kindString:
			h.str(s.n)
		case kindArray:
			n.within = args // the same array as $argv
		}
		slots[i] = slot{word(s.name), n}
	}
	p.global("_SERVER", node{id: symbols.at(6), kind: kindArray, within: slots})
}

// text makes a string of n bytes and puts it into a slot.
func text(h *heap, at address, n int) *node {
	h.str(n)
	return &node{id: at, kind: kindString, length: n}
}

// arrayOf is the template of an array, which is known by the slot it is in.
func arrayOf(within contents) node { return node{kind: kindArray, within: within} }

// place stands for an object that is visited elsewhere, and earlier.
func place(id address) node { return node{id: id, kind: kindObject, absent: true} }

// str is the template of a property that holds a string made at run time.
func str(n int) node { return node{kind: kindString, length: n} }

// record makes an object from templates of its properties. One without an id
// lives in the object's own slot.
func record(h *heap, c *class, props ...node) *node {
	id, handle := h.object(c)
	nodes := make([]node, len(props)+1)
	slots := make(fixed, len(props))
	for k, n := range props {
		if n.kind == kindString {
			h.str(n.length)
		}
		if n.id == 0 {
			n.id = propAt(id, k)
		}
		nodes[k] = n
		slots[k] = slot{word(c.props[k]), &nodes[k]}
	}
	object := &nodes[len(props)]
	*object = node{id: id, kind: kindObject, class: c, handle: handle, within: slots}
	return object
}
