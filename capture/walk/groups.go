package walk

import "memtrail/capture/zendmm"

// The types of items for what PHP has no value of.
var (
	typeGroup    = []byte("group")    // of such items, or of values that one list of the engine's holds
	typeBlock    = []byte("block")    // of the allocator's, that is no value
	typeFile     = []byte("file")     // the code of one
	typeClass    = []byte("class")    // its tables; its methods are below it
	typeFunction = []byte("function") // its opcodes and literals
)

// frameEngine is the frame of the roots that no variable of the program is:
// lists of the engine's, and groups. The symbol is their name in words.
const frameEngine = "<ENGINE>"

// The groups of what has no value.
const (
	groupUncollected = "(uncollected)"
	groupCode        = "(code)"
	groupLost        = "(lost)"
)

// nativeGroup names the group of what C code of a library holds.
func nativeGroup(library string) string { return "(native: " + library + ")" }

// newGroup makes a group a root. The id must be no other item's.
func (w *Walker) newGroup(id uint64, name string, e *embedded) {
	e.typ = typeGroup
	w.synthetic[id] = e
	w.nameRoot(id, pend(id, isEmbedded), frameEngine, name, 0)
}

// groupID gives an id for a group that lies nowhere: an address in the executor's
// cache of symbol tables, which has no values. Ids are multiples of 8 like other
// addresses: a graph finds equal ones faster then.
func (w *Walker) groupID() uint64 {
	const cache, entries = 32, 32 // EG(symtable_cache)
	id := w.eg + cache + 8*min(w.groups, entries-1)
	w.groups++
	return id
}

// embedFound adds what a scan found to a group; false for nothing.
func (w *Walker) embedFound(e *embedded, key []byte, p pending) bool {
	id := p.address()
	if p.typ() == isReference {
		e.alloc += w.charge(id, kReference)
		var extra uint64
		id, p, extra = w.behind(id)
		e.alloc += extra
	}
	if p == 0 {
		return false
	}
	w.embed(e, key, id, p)
	return true
}

// giveBlock gives a block that is no value. Its owner is marked already.
func (w *Walker) giveBlock(b zendmm.Block) {
	*b.State |= emitted
	w.begin(b.Start, isNull)
	w.item.Type = typeBlock
	w.item.Size, w.item.Alloc = b.Size, b.Size
	w.give()
}
