package analysis

import (
	"slices"
	"strings"

	"memtrail/graph"
)

// innocence recognises tables that a program loads once: by what their keys
// say and by what they hold, never by size. No object is in any of them. Keys
// that cannot but belong to such a table (class names that stand for text,
// URLs with placeholders) are enough; else the variable or property must be
// called like one.
func (s *suspector) innocence(c *candidate, keys keyShape) Innocence {
	if c.kind != SingleSuspect || c.container == graph.None || len(c.members) == 0 {
		return ""
	}
	texts, arrays, ok := s.plainContent(c)
	if !ok {
		return ""
	}
	name := strings.ToLower(s.nameOf(c.at))
	called := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
	switch {
	case keys.Kind == ClassKeys && (texts || called("classmap", "prefix", "psr")):
		return ClassMap
	case s.placeholders(c.container), called("route") && keys.Kind != ListKeys:
		return Routes
	case called("translation", "i18n", "l10n", "locale", "catalogue") && !arrays,
		called("messages") && texts && keys.Kind == NameKeys:
		return Translations
	case called("config", "settings", "parameters", "constants") || name == "cfg" || name == "env":
		return Config
	}
	return ""
}

// plainContent tells what the members of a container are: only texts, some
// arrays, and whether there is no object anywhere in them.
func (s *suspector) plainContent(c *candidate) (texts, arrays, ok bool) {
	from, to := s.g.Children(c.container)
	texts = true
	step := max(1, int(to-from)/maxSample)
	for e := from; e < to; e += graph.EdgeID(step) {
		t := s.g.Target(e)
		switch s.typeOf(t) {
		case typeObject, typeResource:
			return false, false, false
		case typeArray:
			texts, arrays = false, true
			if s.hasObject(t, 3) {
				return false, false, false
			}
		case typeOther:
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
		case typeObject:
			return true
		case typeArray:
			if depth > 0 && s.hasObject(t, depth-1) {
				return true
			}
		}
	}
	return false
}

func (s *suspector) typeOf(n graph.NodeID) typeCode {
	return typeCodeOf(s.g.Name(s.g.Kind(n).Type))
}

// placeholders reports whether the keys are URLs, and some of them patterns:
// /user/{id}, /user/:id, /user/(\d+).
func (s *suspector) placeholders(n graph.NodeID) bool {
	from, to := s.g.Children(n)
	urls, patterns, all := 0, 0, 0
	step := max(1, int(to-from)/keySample)
	for e := from; e < to; e += graph.EdgeID(step) {
		key := s.g.Key(s.g.Label(e))
		if strings.Contains(key, "/") {
			urls++
			if strings.ContainsAny(key, "{(<") || strings.Contains(key, "/:") {
				patterns++
			}
		}
		all++
	}
	return urls*5 >= all*4 && patterns*5 >= all
}

// nameOf is the variable or property that leads to a node, or to the array
// that it stands in.
func (s *suspector) nameOf(n graph.NodeID) string {
	root, edges := s.rootPaths().to(n)
	for _, e := range slices.Backward(edges) {
		if s.g.IsObject(s.g.Source(e)) {
			return s.g.Key(s.g.Label(e))
		}
		// A service container names its services by the keys of an array.
		if key := s.g.Key(s.g.Label(e)); s.g.IsObject(s.g.Target(e)) && isIdentifier(key) {
			return key
		}
	}
	r, _ := s.g.Root(root)
	symbol := s.g.Name(r.Symbol)
	return symbol[strings.LastIndex(symbol, ":")+1:]
}
