package zend

// Reason is why a cost is not certain.
type Reason uint16

const (
	// SharedStrings may be counted several times, or belong to the code.
	SharedStrings Reason = 1 << iota
	// RoomyStrings were made with more room than they need.
	RoomyStrings
	// ShrunkArrays lost entries, and keep the room that they had.
	ShrunkArrays
	// GuessedKeys may have been literals, or built at run time.
	GuessedKeys
	// SharedArrays show no slots, so that copies cannot be told.
	SharedArrays
	// LostTables are those whose address was used again.
	LostTables
	// HiddenState is what no dump shows: frames of generators and fibers,
	// what extensions allocate.
	HiddenState
	// PropertyTables may have been made by an earlier dump, a cast, a foreach.
	PropertyTables
)

var reasons = [...]string{
	"strings of equal value may be one string, or literals of the program: a dump shows each place as a string of its own",
	"strings made by str_repeat, sprintf, date and the like keep more room than their length needs",
	"arrays from which entries were removed keep the room that they had: their first or last entries are missing, so they were larger once",
	"keys may be literals, which cost nothing, or strings built at run time: a dump does not tell",
	"arrays that hold only objects show no addresses of their own, so copies that share one table are counted each",
	"tables that were made for the dump had their addresses used again, so the contents of some objects are missing",
	"frames of generators and fibers, and what extensions allocate, are in no dump",
	"an object that was cast, iterated or dumped before keeps a table of its properties",
}

// Why gives the reasons as sentences without a full stop.
func (r Reason) Why() []string {
	var why []string
	for i, text := range reasons {
		if r&(1<<i) != 0 {
			why = append(why, text)
		}
	}
	return why
}

// Bounds are what some items cost at least and at most, as far as rules can
// tell. Add up those of the items.
type Bounds struct {
	Low, High uint64
	Open      bool // there is no upper bound: High is only what is known
	Reasons   Reason
}

// Add joins the bounds of something else.
func (b *Bounds) Add(o Bounds) {
	b.Low += o.Low
	b.High += o.High
	b.Open = b.Open || o.Open
	b.Reasons |= o.Reasons
}

// Contain reports whether a figure is within the bounds.
func (b Bounds) Contain(n uint64) bool { return b.Low <= n && (b.Open || n <= b.High) }

// Exactly is the bounds of what is certain.
func Exactly(n uint64) Bounds { return Bounds{Low: n, High: n} }

// StringBounds are those of a string: nothing, if it is shared or interned;
// up to what php_formatted_print (ext/standard/formatted_print.c) leaves, which
// starts with 240 bytes, doubles and never trims. str_repeat, which allocates
// 32 + length (zend_string_safe_alloc), is within.
func (m *Model) StringBounds(length uint64) Bounds {
	if length <= 1 {
		return Bounds{}
	}
	room := uint64(240)
	for room < length && room < 1<<40 {
		room *= 2
	}
	high := max(Alloc(strHeader+room+1), Alloc(strHeader+length+8))
	return Bounds{Low: 0, High: high, Reasons: SharedStrings | RoomyStrings}
}

// ArrayBounds are those of an array. Only of one that shows that it lost
// entries can it be said that it may be larger; array_pop leaves no trace.
func (m *Model) ArrayBounds(a *Array) Bounds {
	if a.count == 0 {
		return Bounds{}
	}
	c := m.ArrayCost(a)
	total := c.Total() - c.Keys
	b := Bounds{Low: total, High: total}
	l := m.layout(a)
	if l.holes {
		b.High += m.largest(a, l) - m.store(l.packed, l.capacity)
		b.Reasons |= ShrunkArrays
	}
	if a.first == NoAddress {
		b.Low = 0
		b.Reasons |= SharedArrays
	}
	if a.keys.cost > 0 {
		b.High += a.keys.cost
		b.Reasons |= GuessedKeys
	}
	return b
}

func (m *Model) store(packed bool, capacity uint64) uint64 {
	if packed {
		return m.Packed(capacity)
	}
	return m.Hash(capacity)
}

// largest is the most that the store of an array may take that lost entries. A
// store lies in one chunk, behind its first page, unless it is a huge block
// (zend_mm_alloc_pages, zend_mm_alloc_huge, Zend/zend_alloc.c), and that has to
// fit the memory there is.
func (m *Model) largest(a *Array, l layout) uint64 {
	limit := m.Limit
	if limit == 0 {
		limit = 1 << 30
	}
	best := m.store(l.packed, l.capacity)
	for capacity := l.capacity * 2; capacity < 1<<31; capacity *= 2 {
		size := m.store(l.packed, capacity)
		if size > limit {
			break
		}
		if size <= maxLarge && !l.packed && a.first != NoAddress {
			// The slot at index i is at block + 8·capacity + 32·i.
			off := a.first % Chunk
			if off < Page+2*hashSlot*capacity {
				continue
			}
			lead := (off - Page - 2*hashSlot*capacity) / bucket // at most so many in front
			end := off + (capacity-min(lead, capacity))*bucket
			if end > Chunk {
				continue
			}
		}
		best = size
	}
	return best
}

// ObjectBounds are those of an object. Lost says that a table it shows is
// another's, its own being lost.
func (m *Model) ObjectBounds(c *Class, o *Object, lost bool) Bounds {
	return m.ObjectBoundsAt(m.ObjectCost(c, o).Total(), c, o, lost)
}

// ObjectBoundsAt is ObjectBounds for a caller that has the total of the
// object's cost.
func (m *Model) ObjectBoundsAt(total uint64, c *Class, o *Object, lost bool) Bounds {
	b := Exactly(total)
	switch {
	case lost:
		b.Open = true
		b.Reasons |= LostTables
	case c.internal && c.rule.shows == showsNothing && c.rule.extra > 0:
		b.Low, b.Open = m.Block(c), true
		b.Reasons |= HiddenState
	default:
		if table := m.RebuiltTable(c, o); table > 0 {
			b.High += table
			b.Reasons |= PropertyTables
		}
	}
	return b
}
