package analysis

import (
	"encoding/binary"
	"math"
	"slices"

	"memtrail/dump"
	"memtrail/zend"
)

// A summary's allocated bytes are those of [MeasureSizes] without a graph: one
// pass, and memory that does not grow with the dump.
//
// What an item costs depends on others. Sinks, which know but their stretch,
// settle none of that: they price items as if they stood alone and take down
// what another could change, in order: arrays, strings that may be part of
// the code, and what objects say of tables below them. The ledger goes
// through these notes when a sink is merged, as if a single one had read the
// dump. So the result does not depend on the cuts. It keeps
//
//   - the bucket stores met, to charge arrays that share one once,
//   - the tables announced and not yet met, and the tables met: objects lead
//     to a table of another's where its address was used again,
//   - for each class, its objects and what zend has learned of them: their
//     blocks are charged in the end, when all have been seen.
//
// Which version of PHP wrote the dump shows at the end too. Until then all
// prices are in three: they differ for arrays and a few tables only.
//
// What is less exact than with a graph: a stream does not know the kinds of
// children. It takes a class of the program's own for one that extends one of
// PHP's where an object shows that by its keys alone. Only such objects pay
// for what the class allocates besides; the blocks of all are of its size.

// spent is bytes by layout: from 8.2 on, 8.1, and before. Where the version is
// given, only the first counts.
type spent [3]uint64

func (s *spent) add(o spent) {
	for i, b := range o {
		s[i] += b
	}
}

// layoutModels are the models whose prices a spent has; one if the version is
// given.
func layoutModels(php zend.Version) []*zend.Model {
	if php != zend.Auto {
		return []*zend.Model{zend.New(php)}
	}
	return []*zend.Model{zend.New(zend.PHP82), zend.New(zend.PHP81), zend.New(zend.PHP74)}
}

func summarizeAllocated(in *dump.Input, o SummaryOptions) (*Summary, error) {
	l := newLedger(o.PHP)
	recycle := make(chan *allocatedSink, 16)
	newSink := func() *allocatedSink {
		select {
		case s := <-recycle:
			return s
		default:
			return newAllocatedSink(o, l.models)
		}
	}
	info, err := dump.Each(in, dump.Options{Children: true, Workers: o.Workers}, newSink, func(s *allocatedSink) error {
		l.merge(s)
		s.reset()
		select {
		case recycle <- s:
		default:
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	l.close(o.PHP)
	return summaryOf(&info, &l.total, o), nil
}

// objects is what is known of the objects of one class.
type objects struct {
	count uint64
	class *zend.Class
	// known is set if PHP has a class of that name. extends is learned from
	// objects that show that it extends one; nil if there are none.
	known   bool
	closure bool
	extends *zend.Class
}

// note is an array, or a string that may be the code's, as it stands in the
// dump. A cost that is too large for one is in the sink's list of large ones.
type note struct {
	id    uint64
	store uint64 // of the bucket store if it shows, else id of the first child
	tally uint32 // its number in the stretch
	count uint32 // children
	span  uint32 // from the first child to the last, in bytes; 0: they are no row
	index uint32 // among the stretch's items
	cost  uint32 // from 8.2 on
	wide  uint32 // before
	what  noteFlags
}

type noteFlags uint8

const (
	isString noteFlags = 1 << iota
	hasStore
	isEntry // looks like an entry of an SplObjectStorage
	isLarge
)

// A hint announces an item with a role: a table, the entries of one, or a
// string that is the code's.
type hint struct {
	id    uint64
	tally uint32 // of the object that has it
	after uint32 // notes before it
	index uint32 // of the item that announces it, in its stretch
	span  uint32 // Entry only: bytes from the first entry to the last
	role  zend.Role
}

const (
	// maxRoles is the number of children, from the first, that can have a role.
	maxRoles = 64
	// maxApart is the number of items behind its parent in which a string can
	// have one.
	maxApart = 32
)

// allocatedSink counts and prices the items of one stretch.
type allocatedSink struct {
	summarySink
	models   []*zend.Model
	classes  tallies // by class, and name of its group
	evidence zend.Evidence
	notes    []note
	hints    []hint
	large    []spent
	exact    bool // items of a capture
	index    uint32
	until    uint32 // strings before this index are noted
	firstID  uint64

	plain zend.Class // of which nothing is known: what an object shows by itself
	probe zend.Class // like plain, until it recognises
	std   *zend.Class

	strings [256]uint16 // costs of short strings, by reported size

	near   nearIDs
	array  zend.Array
	object zend.Object
	last   uint64 // id of the last child
	pieces bool   // in an item that comes in pieces; kept has its first children
	kept   []dump.Child
	not    typeCode // what that item is known not to be
}

func newAllocatedSink(o SummaryOptions, models []*zend.Model) *allocatedSink {
	s := &allocatedSink{summarySink: summarySink{by: o.By, shapes: o.Shapes}, models: models}
	s.plain = *models[0].Class("")
	s.probe = s.plain
	s.std = models[0].Class("stdClass")
	for size := range s.strings {
		s.strings[size] = uint16(models[0].String(zend.StringLen(uint64(size))))
	}
	s.until = maxApart
	return s
}

// reset empties the sink, keeping its memory.
func (s *allocatedSink) reset() {
	s.tallies.reset()
	s.classes.reset()
	s.evidence = zend.Evidence{}
	s.notes, s.hints, s.large = s.notes[:0], s.hints[:0], s.large[:0]
	s.index, s.until = 0, maxApart
}

// Item implements dump.Sink.
func (s *allocatedSink) Item(it *dump.Item) {
	if s.shapes {
		s.shape.add(it)
	}
	if it.More {
		s.piece(it)
		return
	}
	if !it.Broken {
		if s.index == 0 {
			s.firstID = s.near.parse(it.ID)
		}
		if s.pieces {
			s.kept = append(s.kept, it.Children[:min(len(it.Children), maxRoles-len(s.kept))]...)
		}
		t := s.of(s.group(it))
		t.count++
		t.bytes += it.Size
		switch {
		case it.Fields&dump.HasAlloc != 0:
			s.exact = true
			t.exact += it.Alloc
		case t.code == typeString:
			s.addString(t, it)
		case t.code == typeArray:
			if it.NumChildren > 0 { // empty ones cost nothing, whatever they are
				s.addArray(t, it)
			}
		case t.code == typeObject:
			s.addObject(t, it)
		}
		s.index++
	}
	s.pieces = false
	s.shape.reset()
}

// piece takes a piece of an item, of which it need not show yet what it is.
func (s *allocatedSink) piece(it *dump.Item) {
	if !s.pieces {
		s.array.Reset()
		s.object.Reset(s.near.parse(it.ID))
		s.kept = s.kept[:0]
		s.pieces = true
		s.not = typeOther
		switch code := typeCodeOf(string(it.Type)); code {
		case typeArray:
			s.not = typeObject
		case typeObject:
			s.not = typeArray
		}
	}
	for _, c := range it.Children {
		if len(s.kept) == maxRoles {
			break
		}
		text := append(append(make([]byte, 0, len(c.Key)+len(c.ID)), c.Key...), c.ID...)
		s.kept = append(s.kept, dump.Child{Key: text[:len(c.Key):len(c.Key)], ID: text[len(c.Key):]})
	}
	if s.not != typeArray {
		s.addElements(it.Children)
	}
	if s.not != typeObject {
		s.addProperties(it.Children)
	}
}

// begins are the first children of the item at hand: those that can have a
// role.
func (s *allocatedSink) begins(it *dump.Item) []dump.Child {
	if !s.pieces {
		return it.Children[:min(len(it.Children), maxRoles)]
	}
	return s.kept
}

func (s *allocatedSink) addElements(children []dump.Child) {
	id := s.last
	for i := range children {
		c := &children[i]
		id = s.near.parse(c.ID)
		s.array.Add(c.Key, id, zend.Unknown)
	}
	s.last = id
}

func (s *allocatedSink) addProperties(children []dump.Child) {
	id := s.last
	for i := range children {
		c := &children[i]
		id = s.near.parse(c.ID)
		s.object.Add(c.Key, id, zend.Unknown)
	}
	s.last = id
}

// row gives the distance from the first child to the last, if there are no
// more bytes between them than a table's slots take.
func (s *allocatedSink) row(first, count uint64) uint32 {
	if d := s.last - first; first != zend.NoAddress && d <= min(count, math.MaxUint32/64)*32 {
		return uint32(d)
	}
	return 0
}

func (s *allocatedSink) addString(t *tally, it *dump.Item) {
	var cost uint64
	if it.Size < uint64(len(s.strings)) {
		cost = uint64(s.strings[it.Size])
	} else {
		cost = s.models[0].String(zend.StringLen(it.Size))
	}
	if s.index >= s.until {
		t.common += cost
		return
	}
	s.note(note{id: s.near.parse(it.ID), tally: t.number, index: s.index, what: isString}, cost, cost)
}

func (s *allocatedSink) addArray(t *tally, it *dump.Item) {
	a := &s.array
	if !s.pieces {
		a.Reset()
	}
	s.addElements(it.Children)
	s.evidence.Array(a)
	n := note{id: s.near.parse(it.ID), tally: t.number, count: uint32(min(a.Len(), math.MaxUint32)), index: s.index}
	var ok bool
	if n.store, ok = a.Store(); ok {
		n.what = hasStore
	} else {
		n.store = s.near.parse(s.begins(it)[0].ID)
	}
	n.span = s.row(n.store, a.Len())
	c := s.models[0].ArrayCost(a)
	if c.Tables > 0 {
		n.what |= isEntry
	}
	cost := c.Total()
	wide := cost
	if len(s.models) > 1 {
		c := s.models[1].ArrayCost(a)
		wide = c.Total()
	}
	s.note(n, cost, wide)
	if role := a.Role(); role != zend.Plain {
		for _, c := range s.begins(it) {
			s.hint(t, c.ID, role.Child(c.Key))
		}
	}
}

func (s *allocatedSink) note(n note, cost, wide uint64) {
	n.cost, n.wide = uint32(cost), uint32(wide)
	if max(cost, wide) > math.MaxUint32 {
		n.what |= isLarge
		n.cost = uint32(len(s.large))
		s.large = append(s.large, spent{cost, wide, wide})
	}
	s.notes = append(room(s.notes), n)
}

// room makes room for one more. It doubles, where append would add a quarter:
// that leaves less garbage.
func room[T any](list []T) []T {
	if len(list) < cap(list) {
		return list
	}
	return slices.Grow(list, max(256, len(list)))
}

func (s *allocatedSink) hint(t *tally, id []byte, role zend.Role) {
	if role == zend.Plain {
		return
	}
	if role == zend.Free {
		s.until = s.index + 1 + maxApart
	}
	s.hints = append(room(s.hints), hint{id: s.near.parse(id), tally: t.number, after: uint32(len(s.notes)), index: s.index, role: role})
}

func (s *allocatedSink) addObject(t *tally, it *dump.Item) {
	o, m := &s.object, s.models[0]
	if !s.pieces {
		o.Reset(s.near.parse(it.ID))
	}
	s.addProperties(it.Children)
	if string(it.Class) == "stdClass" { // its block is always the same, and --shapes splits it
		c := m.ObjectCost(s.std, o)
		t.common += c.Total()
		return
	}
	k := s.objectsOf(t, it)
	k.count++
	k.class.Learn(o)
	if k.known {
		s.besides(t, k.class)
		if k.class.Shows() {
			s.announceShown(t, it, k.class)
		}
		if k.closure && !s.evidence.Closure {
			for _, c := range s.begins(it) {
				s.evidence.Closure = s.evidence.Closure || string(c.Key) == "file"
			}
		}
		return
	}
	if m.Recognise(&s.probe, o); s.probe != s.plain {
		s.besides(t, &s.probe)
		s.announceShown(t, it, &s.probe)
		if k.extends == nil {
			c := s.probe
			k.extends = &c
		}
		k.extends.Learn(o)
		s.probe = s.plain
	} else if _, dynamic := o.Store(); dynamic {
		s.besides(t, &s.plain)
	}
}

// objectsOf finds the class of an object.
func (s *allocatedSink) objectsOf(t *tally, it *dump.Item) *objects {
	perClass := (s.by == "" || s.by == ByClass) && it.Has(dump.HasClass)
	if perClass && t.class != nil {
		return t.class
	}
	c := s.classes.of(it.Class, t.name, 0)
	if c.class == nil {
		class := s.models[0].Class(string(it.Class))
		c.class = &objects{class: class, known: *class != s.plain, closure: string(it.Class) == "Closure"}
		c.into = t
	}
	if perClass {
		t.class = c.class
	}
	return c.class
}

// besides charges what the object at hand costs but for its block. It takes
// the object by itself, so that what other objects teach does not matter.
func (s *allocatedSink) besides(t *tally, c *zend.Class) {
	cost := s.models[0].ObjectCost(c, &s.object)
	t.common += cost.Total() - s.models[0].Block(c)
}

// announceShown announces what an object shows.
func (s *allocatedSink) announceShown(t *tally, it *dump.Item, c *zend.Class) {
	for i, child := range s.begins(it) {
		role := c.Role(child.Key)
		if i == 0 && role == zend.Entry { // of a WeakMap, where all are
			if span := s.row(s.near.parse(child.ID), s.object.Len()); span > 0 {
				s.hint(t, child.ID, role)
				s.hints[len(s.hints)-1].span = span
				return
			}
		}
		s.hint(t, child.ID, role)
	}
}

// nearIDs parses ids as package zend wants them. Of ids one after the other
// most differ in their last three digits only.
type nearIDs struct {
	ids        dump.AddressParser
	head, tail uint64 // of an id: bytes 0 to 7, and 3 to 10
	page       uint64
}

func (n *nearIDs) parse(id []byte) uint64 {
	const length = len("0x7f0123456789")
	if len(id) != length {
		return n.far(id)
	}
	head, tail := binary.LittleEndian.Uint64(id), binary.LittleEndian.Uint64(id[3:])
	low := hexDigits[id[11]]<<8 | hexDigits[id[12]]<<4 | hexDigits[id[13]]
	if head == n.head && tail == n.tail && low < 1<<12 {
		return n.page | uint64(low)
	}
	a := n.far(id)
	if a != zend.NoAddress {
		n.head, n.tail, n.page = head, tail, a&^(1<<12-1)
	}
	return a
}

func (n *nearIDs) far(id []byte) uint64 {
	a, _ := n.ids.Parse(id)
	if a.Opaque() {
		return zend.NoAddress
	}
	return uint64(a)
}

// hexDigits has the values of hexadecimal digits; other bytes have one that is
// too large for any three of them.
var hexDigits = func() (t [256]uint32) {
	for c := range t {
		t[c] = 1 << 12
	}
	for v, c := range "0123456789abcdef" {
		t[c] = uint32(v)
	}
	for v, c := range "ABCDEF" {
		t[c] = uint32(10 + v)
	}
	return t
}()
