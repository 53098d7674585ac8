package report

import "fmt"

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
		if !r.Complete {
			texts = append(texts, "the dump is truncated; the holder may be in the part that is lost.")
		}
	case r.WeakOnly:
		texts = append(texts, "only weak references (WeakMap) lead to "+r.Item.ID+". They do not keep a key alive, "+
			"and a value only as long as its key: look for what holds the key; if nothing does, its holder is not in the dump.")
	}
	texts = append(texts, r.doubts(clip)...)
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

// doubts explains each unreliable step once: twenty paths often share one.
func (r refPaths) doubts(clip *clipper) []string {
	type edge struct{ from, key, to string }
	seen := make(map[edge]bool)
	var texts []string
	for i := range r.Paths {
		p := &r.Paths[i]
		if p.Reliable {
			continue
		}
		for j := 1; j < len(p.Steps); j++ {
			s := &p.Steps[j]
			e := edge{p.Steps[j-1].Item.ID, s.Key, s.Item.ID}
			if s.Reliable || seen[e] {
				continue
			}
			seen[e] = true
			texts = append(texts, fmt.Sprintf("the reference ~>%s from %s to %s need not exist: PHP used the "+
				"address %s more than once while it wrote the dump.", clip.name(e.key), e.from, e.to, e.to))
		}
	}
	return texts
}
