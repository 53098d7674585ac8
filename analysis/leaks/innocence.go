package leaks

import (
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"slices"
	"strings"
)

// innocence recognises tables that a program loads once: by what their keys
// say and by what they hold, never by size. But for services, no object is in
// any of them, and their keys are not made as the program runs. Keys that cannot
// but belong to such a table (classes that stand for text, URLs with
// placeholders) are enough; else what holds the table must be called like one.
func (s *suspector) innocence(c *candidate, keys keyShape) Innocence {
	if c.kind != SingleSuspect || c.container == graph.None || len(c.members) == 0 {
		return ""
	}
	if (!keys.Kind.generated() || keys.Kind == NumberedKeys) && s.oneOfEach(c.container) {
		return Services
	}
	texts, arrays, ok := s.plainContent(c)
	if !ok {
		return ""
	}
	words := s.wordsOf(c.at)
	called := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return words[n] })
	}
	if called("cache", "cached", "history", "log", "pool", "stack", "queue", "bound", "missing", "missed", "matched", "seen", "snapshots", "buffer") {
		return ""
	}
	written := !keys.Kind.generated()
	if s.queries(c.container) {
		written = false
	}
	switch {
	case keys.Kind == ClassKeys && s.distinct(c.container) && (texts || called("classmap", "prefixes", "psr4")):
		return ClassMap
	case written && s.placeholders(c.container), s.pathKeys(c.container) && called("routes", "routing", "router"):
		return Routes
	case called("translations", "i18n", "l10n", "catalogue", "translator") && !arrays && keys.Kind != HashKeys && !s.queries(c.container):
		return Translations
	case written && called("config", "settings", "parameters", "constants", "cfg", "env", "configuration"):
		return Config
	}
	return ""
}

// plainContent tells what the members of a container are: only texts, some
// arrays, and whether there is no object anywhere in them.
func (s *suspector) plainContent(c *candidate) (texts, arrays, ok bool) {
	from, to := s.g.Children(c.container)
	texts = true
	step := max(1, int(to-from)/MaxSample)
	for e := from; e < to; e += graph.EdgeID(step) {
		t := s.g.Target(e)
		switch s.typeOf(t) {
		case retain.TypeObject, retain.TypeResource:
			return false, false, false
		case retain.TypeArray:
			texts, arrays = false, true
			if s.hasObject(t, 3) {
				return false, false, false
			}
		case retain.TypeOther:
			texts = false
		}
	}
	return texts, arrays, true
}

// hasObject looks for an object in an array, and in those in it down to a
// depth. Of wide ones it looks at the beginning.
func (s *suspector) hasObject(n graph.NodeID, depth int) bool {
	from, to := s.g.Children(n)
	for e := from; e < min(to, from+32); e++ {
		t := s.g.Target(e)
		switch s.typeOf(t) {
		case retain.TypeObject:
			return true
		case retain.TypeArray:
			if depth > 0 && s.hasObject(t, depth-1) {
				return true
			}
		}
	}
	return false
}

func (s *suspector) typeOf(n graph.NodeID) retain.TypeCode {
	return retain.TypeCodeOf(s.g.Name(s.g.Kind(n).Type))
}

// share is the share of a container's text keys, some of them evenly chosen,
// that are so.
func (s *suspector) share(n graph.NodeID, so func(key string) bool) float64 {
	from, to := s.g.Children(n)
	yes, all := 0, 0
	step := max(1, int(to-from)/keySample)
	for e := from; e < to; e += graph.EdgeID(step) {
		if so(s.g.Key(s.g.Label(e))) {
			yes++
		}
		all++
	}
	return float64(yes) / float64(max(1, all))
}

// pathKeys reports whether the keys are those of URLs without a query.
func (s *suspector) pathKeys(n graph.NodeID) bool {
	return s.share(n, func(k string) bool { return strings.Contains(k, "/") }) >= 0.8 && !s.queries(n)
}

// queries reports whether keys are URLs that somebody asked for.
func (s *suspector) queries(n graph.NodeID) bool {
	return s.share(n, func(k string) bool { return strings.ContainsAny(k, "?&=@") || strings.Contains(k, "://") }) > 0.02
}

// placeholders reports whether the keys are URLs, and some of them patterns:
// /user/{id}, /user/:id, /user/(\d+).
func (s *suspector) placeholders(n graph.NodeID) bool {
	return s.pathKeys(n) && s.share(n, func(k string) bool { return strings.ContainsAny(k, "{(<") || strings.Contains(k, "/:") }) >= 0.2
}

// oneOfEach reports whether most members are objects, of as many classes as
// there are of them, or nearly; but not of such as are generated.
func (s *suspector) oneOfEach(n graph.NodeID) bool {
	classes := map[graph.NameID]bool{}
	objects := 0
	from, to := s.g.Children(n)
	step := max(1, int(to-from)/MaxSample)
	looked := 0
	for e := from; e < to; e += graph.EdgeID(step) {
		looked++
		if t := s.g.Target(e); s.g.IsObject(t) {
			objects++
			if class := s.g.Kind(t).Class; !HoldsHash(s.g.Name(class)) {
				classes[class] = true
			}
		}
	}
	return objects >= FewMembers && objects*2 > looked && len(classes)*2 >= objects
}

// distinct reports whether the keys are more than one generated name.
func (s *suspector) distinct(n graph.NodeID) bool {
	first := ""
	return s.share(n, func(k string) bool {
		if first == "" {
			first = paths.Fold(k)
		}
		return paths.Fold(k) == first
	}) < 0.5
}

// wordsOf are the words, in lower case, of the variable or property that leads
// to a node or to the array that it stands in, of the class that this belongs
// to, and of the name by which that is held in turn.
func (s *suspector) wordsOf(n graph.NodeID) map[string]bool {
	words := map[string]bool{}
	root, edges := s.rootPaths().To(n)
	objects := 0
	for _, e := range slices.Backward(edges) {
		key := s.g.Key(s.g.Label(e))
		holder := s.g.Source(e)
		if s.g.IsObject(holder) {
			addWords(words, key)
			class := s.g.Name(s.g.Kind(holder).Class)
			parts := strings.Split(class, `\`)
			for _, part := range parts[max(0, len(parts)-2):] {
				addWords(words, part)
			}
			if objects++; objects == 2 {
				return words
			}
		} else if s.g.IsObject(s.g.Target(e)) {
			addWords(words, key) // services have their names as keys
		}
	}
	if objects < 2 {
		r, _ := s.g.Root(root)
		symbol := s.g.Name(r.Symbol)
		addWords(words, symbol[strings.LastIndex(symbol, ":")+1:])
	}
	return words
}

// addWords splits a name at its capitals, underscores and dots, and notes the
// parts, and the whole.
func addWords(words map[string]bool, name string) {
	words[strings.ToLower(name)] = true
	start := 0
	for i := 1; i <= len(name); i++ {
		if i == len(name) || !isWord(name[i]) || isUpper(name[i]) && !isUpper(name[i-1]) {
			words[strings.ToLower(strings.TrimFunc(name[start:i], func(r rune) bool { return r < 0x80 && !isWord(byte(r)) }))] = true
			start = i
		}
	}
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isWord(c byte) bool  { return isUpper(c) || c >= 'a' && c <= 'z' || paths.IsDigit(c) || c >= 0x80 }
