package analysis

import (
	"strings"

	"memtrail/graph"
)

// keySample is how many of a container's text keys are looked at.
const keySample = 512

// keyShape is what the keys of a container tell.
type keyShape struct {
	KeyPattern
	count     uint64
	ascending bool // integers, and each larger than the one before
	span      uint64
}

// keysOf looks at the keys of the edges of a node: at all integers, and at
// some of the texts, evenly chosen.
func keysOf(g *graph.Graph, n graph.NodeID) keyShape {
	from, to := g.Children(n)
	s := keyShape{count: uint64(to - from)}
	if from == to {
		return s
	}
	s.First, s.Last = g.Key(g.Label(from)), g.Key(g.Label(to-1))
	var texts []graph.EdgeID
	list := true
	s.ascending = true
	last, least, most, ints := uint64(0), ^uint64(0), uint64(0), uint64(0)
	for e := from; e < to; e++ {
		v, ok := g.IntKey(g.Label(e))
		if !ok {
			if _, large := integer([]byte(g.Key(g.Label(e)))); large {
				ints++
				list, s.ascending = false, false
				continue
			}
			texts = append(texts, e)
			list = false
			continue
		}
		list = list && v == uint64(e-from)
		s.ascending = s.ascending && (ints == 0 || v > last)
		least, most, last = min(least, v), max(most, v), v
		ints++
	}
	if ints > 0 && most >= least {
		s.span = most - least + 1
	}
	switch {
	case list:
		s.Kind = ListKeys
	case ints*5 >= s.count*4:
		s.Kind = IntKeys
	case ints*5 > s.count:
		s.Kind = MixedKeys
	default:
		s.classifyTexts(g, texts)
	}
	s.ascending = s.ascending && ints == s.count
	return s
}

// classifyTexts tells how text keys are made: as four in five of them are.
func (s *keyShape) classifyTexts(g *graph.Graph, edges []graph.EdgeID) {
	n := min(len(edges), keySample)
	var hashes, classes, paths int
	templates := map[string]int{}
	for i := range n {
		key := g.Key(g.Label(edges[i*len(edges)/n]))
		switch {
		case isHash(key):
			hashes++
		case isClassName(key):
			classes++
		case isPath(key):
			paths++
		}
		if t := foldName(key); t != key {
			templates[t]++
		}
	}
	best := ""
	for t, count := range templates {
		if count > templates[best] || count == templates[best] && t < best {
			best = t
		}
	}
	enough := func(count int) bool { return count*5 >= n*4 }
	switch {
	case enough(hashes):
		s.Kind = HashKeys
	case enough(classes):
		s.Kind = ClassKeys
	case enough(templates[best]):
		s.Kind, s.Pattern = NumberedKeys, best
	case enough(paths):
		s.Kind = PathKeys
	default:
		s.Kind = NameKeys
	}
}

// generated reports whether keys are made by the program as it runs, rather
// than written by its author.
func (k KeyKind) generated() bool {
	switch k {
	case ListKeys, IntKeys, NumberedKeys, HashKeys:
		return true
	}
	return false
}

// isHash reports whether a text is a hash, a UUID or the like.
func isHash(s string) bool {
	digits, hex := 0, 0
	for i := range len(s) {
		switch {
		case isDigit(s[i]):
			digits++
			hex++
		case isHex(s[i]):
			hex++
		case s[i] != '-':
			return false
		}
	}
	return digits > 0 && hex >= 12
}

// isClassName reports whether a text is a class name with its namespace.
func isClassName(s string) bool {
	parts := strings.Split(strings.TrimPrefix(s, `\`), `\`)
	for _, p := range parts {
		if !isIdentifier(p) {
			return false
		}
	}
	return len(parts) > 1
}

// isPath reports whether a text is the path of a file or a URL.
func isPath(s string) bool {
	return strings.HasPrefix(s, "/") || strings.Contains(s, "://") ||
		strings.Contains(s, "/") && strings.Contains(s, ".") && !strings.Contains(s, " ")
}
