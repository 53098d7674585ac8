package browse

import (
	"cmp"
	"slices"
)

// place is where a page of a list ends: at the element of this weight and
// number. Lists are sorted by weight, descending, and by number.
type place struct {
	weight uint64
	number uint64
	behind bool // false: the list begins here
}

// element is one of a list.
type element struct {
	weight uint64
	number uint64 // in the order of the dump
	value  uint32 // a node or an edge
}

func compareElements(x, y element) int {
	return cmp.Or(cmp.Compare(y.weight, x.weight), cmp.Compare(x.number, y.number))
}

// pick gives the first elements behind a place, sorted, and how many more there
// are. It holds twice as many as are wanted, however long the list is.
func pick(list func(yield func(value uint32, weight uint64)), after place, most int) (found []element, more uint64) {
	var number, behind uint64
	full := false
	var last element // of a full list: what sorts behind it is not wanted
	list(func(value uint32, weight uint64) {
		e := element{weight, number, value}
		number++
		if after.behind && compareElements(e, element{weight: after.weight, number: after.number}) <= 0 {
			return
		}
		behind++
		if full && compareElements(e, last) > 0 {
			return
		}
		if found = append(found, e); len(found) >= 2*most {
			slices.SortFunc(found, compareElements)
			found = found[:most]
			last, full = found[most-1], true
		}
	})
	slices.SortFunc(found, compareElements)
	found = found[:min(len(found), most)]
	return found, behind - uint64(len(found))
}

// pageOf makes a page of what was picked.
func pageOf(found []element, more uint64, after place, entry func(value uint32) Entry) Page {
	p := Page{Entries: make([]Entry, len(found)), More: more, next: after}
	for i, e := range found {
		p.Entries[i] = entry(e.value)
		p.next = place{e.weight, e.number, true}
	}
	return p
}
