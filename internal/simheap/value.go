package simheap

// A kind is what an item prints as its type.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindInt
	kindFloat
	kindString
	kindArray
	kindObject
	kindResource
	// kindUndefined is an uninitialised slot: the dumper runs past the end of
	// its table of type names, and what stands there is "number".
	kindUndefined
	kindCount
)

var kindNames = [kindCount]string{
	"null", "bool", "int", "float", "string", "array", "object", "resource", "number",
}

const (
	zvalBytes      = 16
	containerBytes = 72 // what php-meminfo reports for every array and object
)

// A class of the simulated program. Instances hold their declared properties
// in themselves, 40 bytes from their start and 16 bytes apart.
type class struct {
	name  string
	props []string
	size  uint64 // of an instance, where it is not 40 + 16 a property
	debug bool   // has a debug handler, and thus no property table of its own
}

func (c *class) bytes() uint64 {
	if c.size != 0 {
		return c.size
	}
	return 40 + 16*uint64(len(c.props))
}

func propAt(object address, k int) address { return object + 40 + 16*address(k) }

// A node is a value that the dumper can come across.
type node struct {
	id     address
	kind   kind
	length int // of a string's text, in bytes
	class  *class
	handle uint32
	within contents // nil: a scalar

	// absent: not to be printed from here, if at all.
	absent bool
	// temporary: in a table that is freed after the visit.
	temporary bool
}

func (n *node) reportedSize() uint64 {
	switch n.kind {
	case kindArray, kindObject:
		return containerBytes
	case kindString:
		return zvalBytes + uint64(n.length)
	}
	return zvalBytes
}

// A key names a slot: a property, an element, a variable.
type key struct {
	text   string
	number int64
	isText bool
}

func word(s string) key  { return key{text: s, isText: true} }
func index(i int) key    { return key{number: int64(i)} }
func number(i int64) key { return key{number: i} }

type slot struct {
	key key
	to  *node
}

// contents are the slots of a container. The dumper opens each once, at its
// first visit.
type contents interface {
	open(*scratch) pending
}

// pending is what the dumper has not yet visited of a container.
type pending struct {
	slots   []slot
	members *replay // instead of slots
	temps   []block // to be freed after the visit, in this order
}

// all ranges over the pending slots and leaves them pending.
func (p pending) all(yield func(slot) bool) {
	if p.members != nil {
		again := *p.members
		for again.i < again.seq.n {
			if !yield(again.next()) {
				return
			}
		}
		return
	}
	for _, s := range p.slots {
		if !yield(s) {
			return
		}
	}
}

// next takes the first pending slot; more says whether there was one.
func (p *pending) next() (s slot, more bool) {
	switch {
	case p.done():
		return slot{}, false
	case p.members != nil:
		return p.members.next(), true
	}
	s, p.slots = p.slots[0], p.slots[1:]
	return s, true
}

func (p *pending) done() bool {
	if p.members != nil {
		return p.members.i == p.members.seq.n
	}
	return len(p.slots) == 0
}

// fixed contents are small enough to be kept.
type fixed []slot

func (f fixed) open(*scratch) pending { return pending{slots: f} }

// late contents are made when the dumper gets there, such as the rest of a list.
type late func() []slot

func (l late) open(*scratch) pending { return pending{slots: l()} }

// A sequence is the slots of a container too wide to be kept. They are built
// three times from the same heap, and so with the same addresses: when the
// program runs, when the dumper lists the ids, and when it visits them.
type sequence struct {
	start  heap
	n      int
	build  func(h *heap, i int) slot
	middle address // the id of the member in the middle
}

func newSequence(h *heap, n int, build func(h *heap, i int) slot) *sequence {
	s := &sequence{start: *h, n: n, build: build}
	for i := range n {
		if member := build(h, i); i == n/2 {
			s.middle = member.to.id
		}
	}
	return s
}

func (s *sequence) open(*scratch) pending {
	return pending{members: &replay{seq: s, heap: s.start}}
}

// A replay is one more pass through a sequence.
type replay struct {
	seq  *sequence
	heap heap
	i    int
}

func (r *replay) next() slot {
	s := r.seq.build(&r.heap, r.i)
	r.i++
	return s
}

// A closureInfo is what Closure's debug handler shows, in tables that are freed
// after the visit. The order in which it takes and frees them decides which
// address the next closure's tables get.
type closureInfo struct {
	use    []slot // captured variables: scalars get their id from the table
	this   *node  // or nil
	params []string
}

const smallTableBytes = 8 * 40

func (c closureInfo) open(s *scratch) pending {
	var p pending
	info := s.take(hashTableBytes)
	var use, useHead block
	if len(c.use) > 0 {
		useHead, use = s.take(hashTableBytes), s.take(smallTableBytes)
	}
	table := s.take(smallTableBytes)
	column := firstBucket(table.at, 8)
	add := func(name string, n *node) { p.slots = append(p.slots, slot{word(name), n}) }

	if len(c.use) > 0 {
		values := firstBucket(use.at, 8)
		slots := make(fixed, len(c.use))
		for i, u := range c.use {
			to := *u.to
			if to.kind != kindObject {
				to.id, to.temporary = values.at(i), true
			}
			slots[i] = slot{u.key, &to}
		}
		add("static", &node{id: column.at(0), kind: kindArray, within: slots, temporary: true})
		p.temps = append(p.temps, use, useHead)
	}
	if c.this != nil {
		add("this", c.this)
	}
	if len(c.params) > 0 {
		head, params := s.take(hashTableBytes), s.take(smallTableBytes)
		values := firstBucket(params.at, 8)
		slots := make(fixed, len(c.params))
		for i, name := range c.params {
			slots[i] = slot{word("$" + name), &node{
				id: values.at(i), kind: kindString, length: len("<required>"), temporary: true,
			}}
		}
		add("parameter", &node{id: column.at(len(p.slots)), kind: kindArray, within: slots, temporary: true})
		p.temps = append(p.temps, params, head)
	}
	p.temps = append(p.temps, table, info)
	return p
}

// A weakMapInfo is what WeakMap's debug handler shows: a temporary pair for each
// entry, which makes keys and values look strongly held.
type weakMapInfo struct {
	entries []weakEntry
}

type weakEntry struct{ key, value *node } // both objects

func (w weakMapInfo) open(s *scratch) pending {
	var p pending
	head, list := s.take(hashTableBytes), s.take(packedBytes(len(w.entries)))
	for i, e := range w.entries {
		pairHead, pair := s.take(hashTableBytes), s.take(smallTableBytes)
		p.slots = append(p.slots, slot{index(i), &node{
			id: packed(list.at).at(i), kind: kindArray,
			within: fixed{{word("key"), e.key}, {word("value"), e.value}}, temporary: true,
		}})
		p.temps = append(p.temps, pair, pairHead)
	}
	p.temps = append(p.temps, list, head)
	return p
}
