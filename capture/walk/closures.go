package walk

import (
	"cmp"
	"maps"
	"slices"

	"memtrail/dump"
)

// closureKey tells closures apart by their code and by the class of $this.
type closureKey struct{ opcodes, class uint64 }

// maxClosureSites is how many declarations are kept: programs have thousands,
// and eval() may make any number.
const maxClosureSites = 1 << 14

// countClosure notes where a closure was declared. fn is its function, table
// what it captured; 0 for nothing.
func (w *Walker) countClosure(fn, table uint64) {
	key := closureKey{opcodes: w.m.Word(fn + w.f.fnOpcodes)}
	if this := w.m.Word(fn + w.f.fnSize); w.m.Byte(fn+w.f.fnSize+8) == isObject && w.objects.has(this) {
		key.class = w.m.Word(this + 16)
	}
	site := w.closures[key]
	if site == nil {
		if len(w.closures) == maxClosureSites {
			return
		}
		site = &dump.ClosureSite{
			File: string(w.stringBytes(w.m.Word(fn + w.f.fnFile))), Line: w.m.Half(fn + w.f.fnLine), End: w.m.Half(fn + w.f.fnEnd),
		}
		if key.class != 0 {
			site.This = string(w.className(key.class))
		}
		if h, ok := w.header(table); ok && table != 0 {
			w.each(&h, func(_, key uint64, _ int64) {
				if key != 0 {
					site.Uses = append(site.Uses, string(w.stringBytes(key)))
				}
			})
		}
		w.closures[key] = site
	}
	site.Objects++
}

// closureSites lists the declarations.
func (w *Walker) closureSites() (list []dump.ClosureSite) {
	for _, site := range slices.Collect(maps.Values(w.closures)) {
		if site.File != "" && site.Line > 0 {
			list = append(list, *site)
		}
	}
	slices.SortFunc(list, func(a, b dump.ClosureSite) int {
		return cmp.Or(cmp.Compare(b.Objects, a.Objects), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.This, b.This), slices.Compare(a.Uses, b.Uses))
	})
	return list
}
