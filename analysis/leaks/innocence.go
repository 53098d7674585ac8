package leaks

import (
	"slices"
	"strings"

	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
)

// Words, in the names of what holds a table, that say what it is for.
var (
	classMapWords    = []string{"classmap", "prefixes", "psr4"}
	routesWords      = []string{"routes", "routing", "router"}
	translationWords = []string{"translations", "i18n", "l10n", "catalogue", "translator"}
	configWords      = []string{"config", "settings", "parameters", "constants", "cfg", "env", "configuration"}
	// fillingWords name what is filled as the program runs.
	fillingWords = []string{
		"cache", "cached", "history", "log", "pool", "stack", "queue", "bound", "missing", "missed", "matched", "seen", "snapshots", "buffer",
	}
)

// innocence recognises tables that a program loads once: by what their keys
// say and by what they hold, never by size.
//
//  1. Code of files is compiled once. But for that and services, no object is in any of
//     them.
//  2. What holds the table is not called like what is filled as the program runs.
//  3. Keys that cannot but belong to such a table (classes that stand for text,
//     URLs with placeholders) are enough; else what holds the table must be called
//     like one, and its keys must not be made as the program runs.
func (s *suspector) innocence(c *candidate, keys keyShape, path string) Innocence {
	if c.kind != SingleSuspect || c.container == graph.None || len(c.members) == 0 {
		return ""
	}
	if s.isLoadedCode(c, keys, path) {
		return LoadedCode
	}
	if (!keys.Kind.generated() || keys.Kind == NumberedKeys) && s.oneOfEach(c.container) {
		return Services
	}
	if content, ok := s.plainContent(c); ok {
		return s.innocentTable(c, keys, content)
	}
	return ""
}

// evalCall is how the keys of code that eval() made begin, see package walk.
const evalCall = "of eval() in "

// isLoadedCode reports whether the members are code that a program loads once: files,
// but not those that are mostly of eval(), or what one file declares, but not the many
// closures of one that is included again and again.
func (s *suspector) isLoadedCode(c *candidate, keys keyShape, path string) bool {
	switch s.g.Name(s.g.Kind(c.container).Type) {
	case "file", "class":
		return !keys.Kind.generated() && !strings.HasPrefix(path, "code "+evalCall)
	case "group":
	default:
		return false
	}
	evaluated := 0
	from, to := s.g.Children(c.container)
	for e := from; e < to; e++ {
		if s.g.Name(s.g.Kind(s.g.Target(e)).Type) != "file" {
			return false
		}
		if strings.HasPrefix(s.g.Key(s.g.Label(e)), evalCall) {
			evaluated++
		}
	}
	return 2*evaluated <= int(to-from)
}

// innocentTable recognises tables without objects.
func (s *suspector) innocentTable(c *candidate, keys keyShape, content plainness) Innocence {
	words := s.wordsOf(c.at)
	requested := s.queries(c.container)
	written := !keys.Kind.generated() && !requested
	switch {
	case words.haveAny(fillingWords):
		return ""
	case keys.Kind == ClassKeys && s.isClassMap(c, content, words):
		return ClassMap
	case s.isRoutes(c, written, words):
		return Routes
	case words.haveAny(translationWords) && content != someArrays && keys.Kind != HashKeys && !requested:
		return Translations
	case words.haveAny(configWords) && written:
		return Config
	}
	return ""
}

// isClassMap reports whether a table by class names is an autoloader's.
func (s *suspector) isClassMap(c *candidate, content plainness, words wordSet) bool {
	return s.distinct(c.container) && (content == onlyTexts || words.haveAny(classMapWords))
}

// isRoutes reports whether a table is one of URL patterns, or is called so and has
// URLs as keys.
func (s *suspector) isRoutes(c *candidate, written bool, words wordSet) bool {
	return written && s.placeholders(c.container) || words.haveAny(routesWords) && s.pathKeys(c.container)
}

// A plainness is what a container without objects holds.
type plainness uint8

const (
	onlyTexts  plainness = iota
	noArrays             // numbers as well
	someArrays           // at least one
)

// plainContent tells what the members of a container are; false if there is an
// object or a resource anywhere in them.
func (s *suspector) plainContent(c *candidate) (content plainness, ok bool) {
	from, to := s.g.Children(c.container)
	step := max(1, int(to-from)/MaxSample)
	for e := from; e < to; e += graph.EdgeID(step) {
		t := s.g.Target(e)
		switch s.typeOf(t) {
		case retain.TypeObject, retain.TypeResource:
			return 0, false
		case retain.TypeArray:
			content = someArrays
			if s.hasObject(t, 3) {
				return 0, false
			}
		case retain.TypeOther:
			content = max(content, noArrays)
		}
	}
	return content, true
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

// A wordSet holds words in lower case.
type wordSet map[string]bool

func (words wordSet) haveAny(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return words[n] })
}

// wordsOf are the words, in lower case, of the variable or property that leads
// to a node or to the array that it stands in, of the class that this belongs
// to, and of the name by which that is held in turn.
func (s *suspector) wordsOf(n graph.NodeID) wordSet {
	words := wordSet{}
	root, edges := s.rootPaths().To(n)
	objects := 0
	for _, e := range slices.Backward(edges) {
		key := s.g.Key(s.g.Label(e))
		holder := s.g.Source(e)
		if s.g.IsObject(holder) {
			words.add(key)
			class := s.g.Name(s.g.Kind(holder).Class)
			parts := strings.Split(class, `\`)
			for _, part := range parts[max(0, len(parts)-2):] {
				words.add(part)
			}
			if objects++; objects == 2 {
				return words
			}
		} else if s.g.IsObject(s.g.Target(e)) {
			words.add(key) // services have their names as keys
		}
	}
	if objects < 2 {
		r, _ := s.g.Root(root)
		symbol := s.g.Name(r.Symbol)
		words.add(symbol[strings.LastIndex(symbol, ":")+1:])
	}
	return words
}

// add splits a name at its capitals, underscores and dots, and notes the
// parts, and the whole.
func (words wordSet) add(name string) {
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
