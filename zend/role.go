package zend

// Role is what a child means to the one that holds it. Most are Plain: they
// cost what they seem to. The others stand below objects that show tables made
// for the dump only, in place of what PHP really has.
//
// A role comes from the parent: [Class.Role] for the child of an object,
// [Role.Child] for that of an item which has a role itself, [Array.Role] for
// that of any other array. An item that several hold has the role that comes
// with its first parent in the dump.
type Role uint8

const (
	Plain Role = iota
	// Free costs nothing: a string that the code owns or the dumper made, an
	// array that exists only in the dump.
	Free
	// Variables are those that a closure uses or declares static: a hash, of
	// which the closure has been charged the smallest.
	Variables
	// Storage is the array in an ArrayObject or ArrayIterator: a real one, of
	// which the object has been charged the zend_array.
	Storage
	// Objects are the entries of an SplObjectStorage.
	Objects
	// Nodes are those of an SplDoublyLinkedList.
	Nodes
	// Heap is that of an SplHeap, Priorities that of an SplPriorityQueue.
	Heap
	Priorities
	// Entry is an array that stands for an entry of one of these.
	Entry
	// frameRole is that of a frame of a trace, which [Array.Role] finds.
	frameRole
)

// Child is the role of a child of an array that has this role.
func (r Role) Child(key []byte) Role {
	switch r {
	case Objects, Priorities:
		return Entry
	case Entry:
		return Plain
	case frameRole:
		switch string(key) {
		case "file", "function", "class", "type":
			return Free
		}
	}
	return Plain
}

// Role is the role that an array has by what is in it, where none came from
// above: ask it once the children are added, then [Role.Child] for each child,
// if it is not Plain.
func (a *Array) Role() Role {
	if a.IsFrame() {
		return frameRole
	}
	return Plain
}

// Shown is what a table costs beyond what the object above it has been charged
// already ([Model.ObjectCost] charges the least such a table has). Count is the
// number of entries the table shows; of a Storage use [Model.ArrayCostAs].
func (m *Model) Shown(r Role, count uint64) uint64 {
	switch r {
	case Variables:
		return m.Hash(count) - m.Hash(0)
	case Objects:
		if count == 0 {
			return 0
		}
		return m.Hash(count) + count*m.element()
	case Nodes:
		return count * Alloc(32) // spl_ptr_llist_push, ext/spl/spl_dllist.c
	case Heap:
		return grown(count, zval)
	case Priorities:
		return grown(count, 2*zval)
	}
	return 0
}

// element is that of an SplObjectStorage: spl_object_storage_attach,
// ext/spl/spl_observer.c. It has the object as a zval before 8.1, as a pointer
// since.
func (m *Model) element() uint64 {
	if m.Version < PHP81 {
		return 2 * zval
	}
	return 8 + zval
}

// grown is what the elements of a heap take beyond the first 64: they double,
// spl_ptr_heap_insert, ext/spl/spl_heap.c.
func grown(count, element uint64) uint64 {
	const first = 64
	return Alloc(pow2(count, first)*element) - Alloc(first*element)
}

// ArrayCostAs is [Model.ArrayCost] of an array that has a role.
func (m *Model) ArrayCostAs(r Role, a *Array) Cost {
	switch r {
	case Plain, frameRole:
		return m.ArrayCost(a)
	case Storage:
		c := m.ArrayCost(a)
		c.Arrays -= min(c.Arrays, zendArray)
		return c
	case Free, Entry:
		return Cost{}
	default:
		return Cost{Tables: m.Shown(r, a.count)}
	}
}

// StringAs is [Model.String] of a string that has a role.
func (m *Model) StringAs(r Role, length uint64) uint64 {
	if r == Free {
		return 0
	}
	return m.String(length)
}
