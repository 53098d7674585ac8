package zend

// Class is what is known of the objects of one class. The caller makes one for
// each class of the dump with [Model.Class] and keeps it: the first objects
// teach what all of them have in common. It is no use to another model, and
// belongs to one goroutine; what several have learned is joined by Merge.
type Class struct {
	rule     internal
	internal bool
	dynamic  bool // stdClass: all properties are in a table

	objects  uint64
	declared uint32 // properties inside the object
	firstOff uint32 // of the first object, in its page
	apart    uint32 // greatest common divisor of the objects' distances in their pages
}

// Class prepares what is known of a class by its name.
func (m *Model) Class(name string) *Class {
	c := &Class{}
	c.rule, c.internal = resolve(name, m.Version)
	c.dynamic = name == "stdClass" || name == "__PHP_Incomplete_Class"
	return c
}

// Learn takes notice of an object whose children have been added. Costs of
// objects seen before it was learned may be a size class too small: learn from
// all objects before the first is priced.
func (c *Class) Learn(o *Object) {
	off := uint32(o.id % Page)
	if c.objects == 0 {
		c.firstOff = off
	} else if d := distance(off, c.firstOff); c.apart == 0 || d%c.apart != 0 {
		c.apart = gcd(d, c.apart)
	}
	c.objects++
	if d := o.declared(c); d > c.declared {
		c.declared = d
	}
}

// Merge adds what another goroutine has learned of the same class.
func (c *Class) Merge(o *Class) {
	if o.objects == 0 {
		return
	}
	if c.objects == 0 {
		*c = *o
		return
	}
	c.apart = gcd(gcd(c.apart, o.apart), distance(c.firstOff, o.firstOff))
	c.objects += o.objects
	c.declared = max(c.declared, o.declared)
	if !c.internal && o.internal {
		c.rule, c.internal = o.rule, true
	}
}

// Block is what the block of one object of the class costs, without tables and
// without what its class allocates besides.
func (m *Model) Block(c *Class) uint64 {
	n := uint64(c.declared)
	if c.internal && c.rule.size > 0 {
		return Alloc(c.rule.size + n*zval)
	}
	size := m.Object(n, false)
	// Blocks of up to 256 bytes lie in one page, at multiples of their size
	// (zend_mm_alloc_small_slow, Zend/zend_alloc.c), so their distances show it.
	// It is believed where it is just what the class would need with guards.
	if c.objects >= 8 && c.apart > 0 {
		if guarded := m.Object(n, true); guarded != size && guarded <= 256 && uint64(c.apart) == guarded {
			return guarded
		}
	}
	return size
}

// Role is the role of an object's child.
func (c *Class) Role(key []byte) Role {
	if !c.internal || c.rule.shows == showsNothing {
		return Plain
	}
	switch c.rule.shows {
	case showsClosure:
		switch string(key) {
		case "static":
			return Variables
		case "this":
			return Plain
		}
		return Free
	case showsArray, showsObjects:
		if string(key) == "storage" {
			if c.rule.shows == showsArray {
				return Storage
			}
			return Objects
		}
	case showsList:
		if string(key) == "dllist" {
			return Nodes
		}
	case showsHeap, showsQueue:
		if string(key) == "heap" {
			if c.rule.shows == showsHeap {
				return Heap
			}
			return Priorities
		}
	case showsWeakMap:
		return Entry
	case showsText:
		return Free
	}
	return Plain
}

// Shows reports whether any child of the class's objects has a role.
func (c *Class) Shows() bool { return c.internal && c.rule.shows != showsNothing }

func distance(a, b uint32) uint32 {
	if a > b {
		return a - b
	}
	return b - a
}

func gcd(a, b uint32) uint32 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
