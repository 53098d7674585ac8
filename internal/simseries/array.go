package simseries

// A key is an integer or a string.
type key struct {
	text   string
	number int
	isText bool
	str    block   // of a string made at run time; literals cost nothing
	obj    *object // of an entry of a WeakMap
}

type bucket struct {
	key key
	val value // typeless: a hole, where an element was unset
	// serial is the element's own: one that is unset and added again has another.
	serial uint64
}

// An array is a PHP array: packed while its keys are its positions, else hashed.
// Capacity never shrinks, and holes stay until there is no room left.
type array struct {
	buckets []bucket
	live    int // buckets that are no holes
	next    int // the next integer key
	hashed  bool
	room    int
	table   block // the HashTable
	store   block // the elements
	// embedded: the HashTable is a part of an object.
	embedded bool
	// temporary: made for a dump, and freed after it has been visited.
	temporary bool
}

const (
	hashTableBytes = 56
	smallestRoom   = 8
)

// slot is the address of the element at a position.
func (a *array) slot(i int) uint64 {
	if a.hashed {
		return a.store.at + 8*uint64(a.room) + 32*uint64(i)
	}
	return a.store.at + 8 + 16*uint64(i)
}

func (a *array) bytes() uint64 {
	if a.hashed {
		return 40 * uint64(a.room)
	}
	return 8 + 16*uint64(a.room)
}

// push appends under the next integer key.
func (p *process) push(a *array, v value) {
	p.insert(a, key{number: a.next}, v)
}

// put adds an element under a key that is a literal of the program.
func (p *process) put(a *array, name string, v value) {
	p.insert(a, key{text: name, isText: true}, v)
}

// set adds an element under a key made at run time, which must be new.
func (p *process) set(a *array, name string, v value) {
	p.insert(a, key{text: name, isText: true, str: p.heap.text(len(name))}, v)
}

func (p *process) insert(a *array, k key, v value) {
	if !a.hashed && (k.isText || k.number != len(a.buckets)) {
		a.hashed = true
		if a.room > 0 {
			p.store(a)
		}
	}
	if len(a.buckets) == a.room {
		p.grow(a)
	}
	p.serial++
	a.buckets = append(a.buckets, bucket{k, v, p.serial})
	a.live++
	if !k.isText {
		a.next = k.number + 1
	}
}

// grow makes room: it closes the holes, or doubles the capacity
// (zend_hash_do_resize, and _zend_hash_index_add_or_update_i for packed ones).
func (p *process) grow(a *array) {
	sparse := a.live <= a.room/2
	if a.hashed {
		sparse = a.room-a.live > a.room/32
	}
	switch {
	case a.room == 0:
		a.room = smallestRoom
		if !a.embedded {
			a.table = p.heap.alloc(hashTableBytes)
		}
	case sparse && a.hashed:
		a.close()
		return
	case sparse:
		a.close()
		a.hashed = true
	default:
		a.room *= 2
	}
	p.store(a)
}

// store moves the elements to a block of the size that they need now.
func (p *process) store(a *array) {
	old := a.store
	a.store = p.heap.alloc(a.bytes())
	p.heap.release(old)
}

func (a *array) close() {
	kept := a.buckets[:0]
	for _, b := range a.buckets {
		if b.val.typ != "" {
			kept = append(kept, b)
		}
	}
	clear(a.buckets[len(kept):])
	a.buckets = kept
}

// unset removes the element at a position, which must not be a hole.
func (p *process) unset(a *array, i int) { p.drop(p.take(a, i)) }

// take is unset, but gives the value instead of dropping it.
func (p *process) take(a *array, i int) value {
	b := a.buckets[i]
	a.buckets[i] = bucket{}
	a.live--
	for n := len(a.buckets); n > 0 && a.buckets[n-1].val.typ == ""; n-- {
		a.buckets = a.buckets[:n-1]
	}
	p.heap.release(b.key.str)
	return b.val
}

// unsetFirst removes the n oldest elements.
func (p *process) unsetFirst(a *array, n int) {
	for i := 0; n > 0 && i < len(a.buckets); i++ {
		if a.buckets[i].val.typ != "" {
			p.unset(a, i)
			n--
		}
	}
}

// unsetLast pops the n newest elements.
func (p *process) unsetLast(a *array, n int) {
	for ; n > 0 && a.live > 0; n-- {
		p.unset(a, len(a.buckets)-1)
	}
	if !a.hashed {
		a.next = len(a.buckets)
	}
}

// empty is $a = [].
func (p *process) empty(a *array) {
	p.unsetLast(a, a.live)
	p.heap.release(a.table)
	p.heap.release(a.store)
	*a = array{hashed: a.hashed, embedded: a.embedded}
}

// copied replaces an array by a copy of it, as array_merge and the like do.
func (p *process) copied(a *array) {
	if a.room == 0 {
		return
	}
	a.close()
	if !a.hashed {
		for i := range a.buckets {
			a.buckets[i].key.number = i
		}
		a.next = a.live
	}
	a.room = max(smallestRoom, powerOfTwo(a.live))
	if !a.embedded {
		table := a.table
		a.table = p.heap.alloc(hashTableBytes)
		p.heap.release(table)
	}
	p.store(a)
}

func powerOfTwo(least int) int {
	n := 1
	for n < least {
		n *= 2
	}
	return n
}
