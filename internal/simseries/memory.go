package simseries

import "memtrail/zend"

// Memory is what memory_usage consists of in one dump, in bytes. Items, Tables,
// Engine and Unexplained add up to Usage. Who prices all that a dump shows to the byte
// cannot explain Unexplained and Lost.
type Memory struct {
	Usage uint64 `json:"usage"` // of the header
	// Items is what the items of the dump take, with their tables and keys.
	Items uint64 `json:"items"`
	// Lost is how much of Items the dump does not show, as a table that was made
	// for a visit had the same address as what was to come.
	Lost uint64 `json:"lost"`
	// Tables are property tables that the dumps before have made PHP build.
	Tables uint64 `json:"tables"`
	// Engine is an empty script, the table of objects, that of the keys of
	// WeakMaps, and the further pages of the stack.
	Engine uint64 `json:"engine"`
	// Unexplained is what no item shows: the unexplained part.
	Unexplained uint64 `json:"unexplained"`
}

// emptyScript is the memory_usage of a script that does nothing, in bytes,
// without the table of objects.
const emptyScript = 382_000

func (p *process) memory() Memory {
	inHeap := uint64(0)
	for i := range p.unseen {
		inHeap += p.unseen[i].held()
	}
	own := p.weakrefs.store.size + p.stack.further
	m := Memory{
		Items:       p.heap.used - p.rebuilt - own - inHeap,
		Tables:      p.rebuilt,
		Engine:      emptyScript + zend.ObjectStore(uint64(p.heap.highest)) + own,
		Unexplained: p.hidden + inHeap,
	}
	m.Usage = m.Items + m.Tables + m.Engine + m.Unexplained
	return m
}

// held is what a value takes that shares its objects with none, in bytes.
func (v *value) held() uint64 {
	d := &deletion{entries: map[uint64]struct{}{}}
	v.objects(d.refer)
	return v.bytes() + d.run()
}
