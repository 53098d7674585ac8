package report

import (
	"fmt"

	"memtrail/analysis/query"
)

// notes says what the reader of the paths has to know before believing them.
// It says nothing when nothing is wrong.
func (r refPaths) notes(out sheet, clip *clipper) {
	var texts []string
	if r.Item.Missing {
		texts = append(texts, "the dump names "+r.Item.ID+" as a child, but holds no such item: only its place is known.")
	}
	switch {
	case len(r.Paths) == 0 && r.Cut == 0:
		texts = append(texts, "no root in this dump reaches "+r.Item.ID+". Either it is garbage in a cycle, which "+
			"gc_collect_cycles() would free, or its holder is something that a dump does not show: a function's "+
			"static variable, a generator or fiber, $this of a running method, an extension.")
		switch {
		case !r.Complete:
			texts = append(texts, "the dump is truncated; the holder may be in the part that is missing.")
		case !sound(&r.Source):
			texts = append(texts, "the dump is damaged; the holder may be in the part that is missing.")
		}
	case r.WeakOnly:
		texts = append(texts, "only weak references (WeakMap) lead to "+r.Item.ID+". They keep neither a key alive nor "+
			"the array that a dump shows an entry as: if nothing else holds a key, its holder is not in the dump.")
	}
	for i := range r.Entries {
		texts = append(texts, entryNote(&r.Entries[i]))
	}
	texts = append(texts, r.caveats(clip)...)
	if r.WeakRoots > 0 && !r.WeakOnly {
		verb := "reach"
		if r.WeakRoots == 1 {
			verb = "reaches"
		}
		texts = append(texts, fmt.Sprintf("%s %s it through weak references (WeakMap) only, which do not keep it alive.",
			plural(r.WeakRoots, "more root"), verb))
	}
	if len(texts) > 0 {
		out.gap()
	}
	for _, t := range texts {
		out.note("Note: " + t)
	}
}

// entryNote says what keeps the value of a WeakMap's entry alive.
func entryNote(e *query.EntryStep) string {
	m := e.MapID
	if e.MapPath != "" {
		m = e.MapPath + " (" + m + ")"
	}
	switch e.Keeper {
	case query.KeptByKey:
		return e.Expression + " is an entry of the WeakMap " + m + ": as long as that lives, the key keeps the value alive."
	case query.KeptByValue:
		return e.Expression + " is an entry of the WeakMap " + m + ". Only the value leads to its key. " + neverFreed + "."
	}
	return e.Expression + " is an entry of the WeakMap " + m + ". Nothing in the dump leads to its key: what holds that keeps the value alive, too."
}

// neverFreed says what becomes of entries whose values hold their own keys.
const neverFreed = "PHP before 8.3 never frees such an entry (php/php-src#10043), later versions do when the garbage collector runs"

// caveats explains each unreliable step once: twenty paths often share one. Of those
// that a path leaves out it says that there are some.
func (r refPaths) caveats(clip *clipper) []string {
	type edge struct{ from, key, to string }
	seen := make(map[edge]bool)
	var texts []string
	for i := range r.Paths {
		p := &r.Paths[i]
		if p.Reliable {
			continue
		}
		shown := false
		from := p.Step(0)
		for j := 1; j < p.Len(); j++ {
			s := p.Step(j)
			e := edge{from.Item.ID, s.Key, s.Item.ID}
			from = s
			shown = shown || !s.Reliable
			if s.Reliable || seen[e] {
				continue
			}
			seen[e] = true
			texts = append(texts, fmt.Sprintf("the reference ~>%s from %s to %s may be false: PHP used the "+
				"address %s more than once while it wrote the dump.", clip.name(e.key), e.from, e.to, e.to))
		}
		if !shown && p.Left > 0 {
			texts = append(texts, "of the path from "+rootOf(p).ID+" a reference among the steps that are left out may be "+
				"false: PHP used an address more than once while it wrote the dump. --steps 0 shows all steps.")
		}
	}
	return texts
}
