package zend

// Object collects what the children of an object item tell, as [Array] does
// for arrays.
//
// A declared property lies inside its object, at 40 + 16·k; one that was added
// lies in a table of properties, a hash. An object held by a property says
// nothing about where the property is.
type Object struct {
	id    uint64
	count uint64

	inside  uint32 // slots up to the last that was seen inside the object
	outside uint32 // children since then
	dynamic uint32 // properties in the table
	ints    uint32 // children with integer keys
	refs    uint32

	prev, first uint64 // values outside; first slot of the table
	has         uint16 // keys seen, of those that give a class away
}

// Keys that give a class away which extends one of PHP's own.
const (
	hasStatic = 1 << iota
	hasStorage
	hasStorageObject
	hasFlags
	hasList
	hasHeap
	hasCorrupted
	hasDate
	hasZone
	hasInvert
)

// maxSlots is the most properties an object is believed to have.
const maxSlots = 4096

// hidden is how many slots in a row a dump may leave out.
const hidden = 8

// Reset makes the Object ready for the next item, of that address.
func (o *Object) Reset(id uint64) { *o = Object{id: id} }

// Len is the number of children added.
func (o *Object) Len() uint64 { return o.count }

// Add takes the next child.
func (o *Object) Add(key []byte, id uint64, kind Kind) {
	index := o.count
	o.count++
	// Slots come in their order, but a few may be hidden. Where the kind is not
	// known, a neighbouring object may look like a slot: one that is no further
	// than its turn does no harm.
	ahead := uint64(hidden)
	if kind == Unknown {
		ahead = 0
	}
	if d := id - o.id - object; d&15 == 0 && d/zval <= index+ahead && kind != IsObject && index < maxSlots {
		if o.dynamic == 0 {
			o.inside = max(o.inside, uint32(d/zval)+1)
			o.outside = 0
		}
		return
	}
	if len(key) > 0 && key[0]-'0' <= 9 {
		o.ints++
	}
	o.name(key, kind)
	switch {
	case o.dynamic > 0:
		o.dynamic++
	case kind != IsObject && id&31 == 0 && id != NoAddress && (kind == IsValue || o.prev != 0 && id-o.prev == bucket && o.prev&31 == 0):
		// A slot of the table: it, and the one before it if that told.
		o.dynamic, o.first = 1, id
		if kind != IsValue && o.outside > 0 {
			o.dynamic, o.first = 2, o.prev
			o.outside--
		}
	case kind == IsValue && id&31 == 8:
		o.refs++
		o.outside++
	default:
		o.outside++
	}
	o.prev = id
}

func (o *Object) name(key []byte, kind Kind) {
	switch string(key) {
	case "static":
		o.has |= hasStatic
	case "storage":
		o.has |= hasStorage
		if kind == IsObject {
			o.has |= hasStorageObject
		}
	case "flags":
		o.has |= hasFlags
	case "dllist":
		o.has |= hasList
	case "heap":
		o.has |= hasHeap
	case "isCorrupted":
		o.has |= hasCorrupted
	case "date":
		o.has |= hasDate
	case "timezone_type":
		o.has |= hasZone
	case "invert":
		o.has |= hasInvert
	}
}

// declared is the number of slots that the object has at least.
func (o *Object) declared(c *Class) uint32 {
	if c.dynamic {
		return 0
	}
	if c.internal && c.rule.size > 0 {
		return o.inside
	}
	return o.inside + o.outside
}

// Recognise sees whether an object of a class with a name of its own extends
// one of PHP's: those show tables that no declared property can be. Call it
// before Learn. The name alone does not tell.
func (m *Model) Recognise(c *Class, o *Object) {
	if c.internal || o.has == 0 || c.dynamic {
		return
	}
	var base string
	switch {
	case o.has&(hasFlags|hasList) == hasFlags|hasList:
		base = "SplDoublyLinkedList"
	case o.has&(hasFlags|hasHeap|hasCorrupted) == hasFlags|hasHeap|hasCorrupted:
		base = "SplMinHeap"
	case o.has&(hasStorage|hasStorageObject) == hasStorage && o.dynamic > 0:
		base = "ArrayObject"
	case o.has&(hasDate|hasZone) == hasDate|hasZone && o.dynamic > 0:
		base = "DateTime"
	case o.has&hasZone != 0 && o.dynamic > 0:
		base = "DateTimeZone"
	case o.has&hasInvert != 0 && o.dynamic > 0 && o.count >= 8:
		base = "DateInterval"
	default:
		return
	}
	c.rule, c.internal = resolve(base, m.Version)
}

// ObjectCost is what an object costs: its block, what its class allocates with
// it, its table of added properties, and the least that the tables have which
// it shows (see [Role]).
func (m *Model) ObjectCost(c *Class, o *Object) Cost {
	cost := Cost{Objects: m.Block(c), References: uint64(o.refs) * reference}
	if !c.internal {
		switch {
		case c.dynamic && o.count > 0:
			cost.Tables = m.PropertyTable(o.count)
		case o.dynamic > 0:
			cost.Tables = m.PropertyTable(uint64(max(o.inside+o.outside, c.declared)) + uint64(o.dynamic))
		}
		return cost
	}
	cost.References = 0
	cost.Objects += c.rule.extra
	switch c.rule.shows {
	case showsClosure:
		// zend_create_closure_ex, Zend/zend_closures.c, duplicates the table
		// of static and used variables.
		if o.has&hasStatic != 0 {
			cost.Tables = m.PropertyTable(0)
		}
	case showsArray:
		if o.has&(hasStorage|hasStorageObject) == hasStorage {
			cost.Arrays = zendArray
		}
	case showsElements:
		if o.ints > 0 {
			cost.Objects += Alloc(uint64(o.ints) * c.rule.entry)
		}
	case showsWeakMap:
		if o.count > 0 {
			cost.Tables = m.Hash(o.count)
		}
	}
	return cost
}

// Store names the table of added properties, which an array made of the object
// by a cast shares with it, as [Array.Store] does.
func (o *Object) Store() (id uint64, ok bool) { return o.first, o.first != NoAddress }
