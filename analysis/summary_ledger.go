package analysis

import (
	"slices"

	"memtrail/zend"
)

// ledger adds up what the sinks of an allocated summary bring, in the order of
// the dump. What it remembers of single items is bounded: see maxAnnounced,
// maxTables, maxRows and storeBudget.
type ledger struct {
	models  []*zend.Model
	total   tallies
	classes tallies

	evidence zend.Evidence
	items    uint64   // before the stretch at hand
	list     []*tally // its groups
	real     bool     // the dump's own sizes are
	exact    bool     // the items are a capture's

	stores    storeSet
	announced announcements
	tables    map[uint64]note // met, by id
	rows      [maxRows]row    // of entries
	nextRow   int

	header, element uint64 // zend_array; what an element takes more before 8.1
}

const (
	maxTables = 1 << 14
	maxRows   = 16
)

// row is where the entries of a table lie.
type row struct{ first, span uint64 }

func newLedger(php zend.Version) *ledger {
	l := &ledger{models: layoutModels(php), tables: map[uint64]note{}}
	m := l.models[0]
	l.header = m.PropertyTable(0) - m.Hash(0)
	if len(l.models) > 1 {
		l.element = l.models[2].Shown(zend.Objects, 1) - l.models[1].Shown(zend.Objects, 1)
	}
	return l
}

// merge takes the sink of the next stretch.
func (l *ledger) merge(s *allocatedSink) {
	if l.items == 0 && s.index > 0 {
		const userSpace = 1 << 57 // addresses above it are numbers that reli gives out
		l.real = s.firstID >= userSpace
	}
	l.exact = l.exact || s.exact
	l.total.add(&s.tallies)
	l.list = s.list
	l.evidence.Add(s.evidence)
	for _, c := range s.classes.list {
		l.classes.of(c.name, c.kind, 0).learn(c)
	}
	hints := s.hints
	for i := range s.notes {
		for len(hints) > 0 && hints[0].after <= uint32(i) {
			l.announce(&hints[0])
			hints = hints[1:]
		}
		l.enter(&s.notes[i], s.large)
	}
	for i := range hints {
		l.announce(&hints[i])
	}
	l.items += uint64(s.index)
}

// learn takes over what a stretch has learned of a class.
func (t *tally) learn(o *tally) {
	if t.class == nil {
		t.class, t.into = o.class, o.into.into
		return
	}
	c := t.class
	c.count += o.class.count
	c.class.Merge(o.class.class)
	switch {
	case c.extends == nil:
		c.extends = o.class.extends
	case o.class.extends != nil:
		c.extends.Merge(o.class.extends)
	}
}

// announce takes notice of an item to come, or to be charged once more.
func (l *ledger) announce(h *hint) {
	t := l.list[h.tally].into
	switch n, met := l.tables[h.id]; {
	case h.span > 0:
		l.rowOf(h.id, uint64(h.span))
	case met:
		l.charge(t, h.role, &n)
	default:
		l.announced.add(announcement{id: h.id, index: l.items + uint64(h.index), role: h.role, tally: t})
	}
}

func (l *ledger) rowOf(first, span uint64) {
	l.rows[l.nextRow%maxRows] = row{first, span}
	l.nextRow++
}

// enter charges an array or a string to its group, or to the objects that
// announced it.
func (l *ledger) enter(n *note, large []spent) {
	if n.what&isLarge != 0 {
		// Too large for a note; and, as what it holds, for any table.
		if l.isNew(n) {
			l.list[n.tally].into.spent.add(large[n.cost])
		}
		return
	}
	if len(l.announced.last) > 0 && l.isAnnounced(n) {
		return
	}
	if n.what&isString == 0 {
		for i := range min(l.nextRow, maxRows) {
			if r := &l.rows[i]; n.id-r.first <= r.span {
				return
			}
		}
		if !l.isNew(n) {
			return
		}
	}
	l.pay(l.list[n.tally].into, n, 0)
}

// isNew reports whether the array does not share the bucket store of an
// earlier one.
func (l *ledger) isNew(n *note) bool {
	return n.what&hasStore == 0 || l.stores.add(n.store)
}

// isAnnounced settles an item that has a role.
func (l *ledger) isAnnounced(n *note) bool {
	a, ok := l.announced.find(n.id)
	if !ok {
		return false
	}
	if n.what&isString != 0 {
		if a.role != zend.Free || l.items+uint64(n.index)-a.index > maxApart {
			return false
		}
		l.announced.done(n.id)
		return true
	}
	// A Storage is a real array: a variable may have it as well.
	shared := a.role == zend.Storage && !l.isNew(n)
	for ; ok; a, ok = l.announced.before(a) {
		if !shared {
			l.charge(a.tally, a.role, n)
		}
		shared = false
	}
	a, _ = l.announced.find(n.id)
	l.announced.done(n.id)
	switch a.role {
	case zend.Entry:
		return true
	case zend.Objects, zend.Priorities:
		l.rowOf(n.store, uint64(n.span))
	}
	if len(l.tables) < maxTables {
		l.tables[n.id] = *n
	}
	return true
}

// charge charges a table to an object.
func (l *ledger) charge(t *tally, role zend.Role, n *note) {
	switch role {
	case zend.Storage:
		if n.what&isEntry == 0 {
			l.pay(t, n, l.header)
		} else {
			l.pay(t, n, 0)
		}
	case zend.Free, zend.Entry:
	default:
		for i, m := range l.models {
			t.spent[i] += m.Shown(role, uint64(n.count))
		}
	}
}

// pay charges what a note says, less some bytes.
func (l *ledger) pay(t *tally, n *note, less uint64) {
	old := uint64(n.wide)
	t.spent.add(spent{uint64(n.cost) - less, old - less, old - less})
	if n.what&isEntry != 0 {
		t.spent[2] += l.element
	}
}

// close charges the blocks of all objects and picks the layout, which
// gives the allocated bytes of each group.
func (l *ledger) close(php zend.Version) {
	layout := 0
	model := l.models[0]
	if php == zend.Auto {
		for _, t := range l.total.list {
			l.evidence.Type(t.kind)
		}
		switch v := l.evidence.Range().Version(); {
		case v >= zend.PHP82:
		case v >= zend.PHP81:
			layout = 1
		default:
			layout = 2
		}
		model = l.models[layout]
	}
	for _, c := range l.classes.list {
		k := c.class
		class := k.class
		switch {
		case k.extends != nil:
			class = k.extends
		case k.known && layout > 0:
			// What is known by the name may differ by version.
			class = model.Class(string(c.name))
			class.Learn(&zend.Object{})
			class.Merge(k.class)
		}
		c.into.common += k.count * model.Block(class)
	}
	for _, t := range l.total.list {
		if t.code == typeResource {
			t.common += t.count * zend.Resource
		}
		t.allocated = t.common + t.spent[layout]
		if l.real {
			t.allocated = t.bytes
		}
		if l.exact {
			t.allocated = t.exact
		}
	}
}

// announcement is a hint that waits for its item.
type announcement struct {
	id, index uint64
	role      zend.Role
	tally     *tally
	number    uint64 // of this one, and of the one before of the same id; from 1
	older     uint64
}

// maxAnnounced is how many announcements are waited for: the latest. An
// announced item follows right behind, as a rule.
const maxAnnounced = 1 << 12

// announcements are the latest hints, by id.
type announcements struct {
	ring  []announcement
	count uint64
	last  map[uint64]uint64 // by id, number of the latest
}

func (a *announcements) add(x announcement) {
	if a.last == nil {
		a.last = map[uint64]uint64{}
	}
	a.count++
	x.number, x.older = a.count, a.last[x.id]
	if len(a.ring) < maxAnnounced {
		a.ring = append(a.ring, x)
	} else {
		slot := &a.ring[(x.number-1)%maxAnnounced]
		if a.last[slot.id] == slot.number {
			delete(a.last, slot.id)
		}
		*slot = x
	}
	a.last[x.id] = x.number
}

// find gives the latest announcement of an id, before the one in front of it.
func (a *announcements) find(id uint64) (announcement, bool) { return a.at(a.last[id]) }

func (a *announcements) before(x announcement) (announcement, bool) { return a.at(x.older) }

func (a *announcements) at(number uint64) (announcement, bool) {
	if number == 0 || number+maxAnnounced <= a.count {
		return announcement{}, false
	}
	return a.ring[(number-1)%maxAnnounced], true
}

// done forgets an id.
func (a *announcements) done(id uint64) { delete(a.last, id) }

// storeSet is a set of bucket stores, by the address of their first slot. Two
// that differ are at least 48 bytes apart: they are in blocks of their own,
// with a hash part in front. So one bit for 32 bytes does. Chunks of memory
// with few stores have a list, those with many a bitmap.
type storeSet struct {
	chunks map[uint64]*storeChunk
	latest *storeChunk
	number uint64 // of latest
	spent  int    // bytes, about
}

type storeChunk struct {
	few  []uint16 // sorted
	many *[zend.Chunk / storeGrain / 64]uint64
}

const (
	storeGrain = 32
	fewStores  = 512
	// storeBudget bounds the set's memory. Arrays whose store it does not hold
	// are taken for unshared.
	storeBudget = 16 << 20
)

// add adds a store, and reports whether it is new.
func (s *storeSet) add(id uint64) bool {
	number, bit := id/zend.Chunk, uint16(id%zend.Chunk/storeGrain)
	if s.latest == nil || s.number != number {
		c := s.chunks[number]
		if c == nil {
			if s.spent >= storeBudget {
				return true
			}
			if s.chunks == nil {
				s.chunks = map[uint64]*storeChunk{}
			}
			c = &storeChunk{}
			s.chunks[number] = c
			s.spent += 96
		}
		s.latest, s.number = c, number
	}
	c := s.latest
	if c.many != nil {
		old := c.many[bit/64]
		c.many[bit/64] = old | 1<<(bit%64)
		return old&(1<<(bit%64)) == 0
	}
	i, ok := slices.BinarySearch(c.few, bit)
	if ok {
		return false
	}
	if s.spent >= storeBudget {
		return true
	}
	if len(c.few) < fewStores {
		s.spent += 4
		c.few = slices.Insert(c.few, i, bit)
		return true
	}
	c.many = new([zend.Chunk / storeGrain / 64]uint64)
	s.spent += zend.Chunk / storeGrain / 8
	for _, b := range append(c.few, bit) {
		c.many[b/64] |= 1 << (b % 64)
	}
	c.few = nil
	return true
}
