package leaks

import (
	"memtrail/analysis/paths"
	"memtrail/graph"
	"strconv"
	"strings"
)

// keySample is how many of a container's text keys are looked at.
const keySample = 512

// keyShape is what the keys of a container tell.
type keyShape struct {
	KeyPattern
	count   uint64
	missing uint64 // numbers that are missing among ascending ones, those before the first included
}

// keysOf looks at the keys of the edges of a node: at all integers, and at
// some of the texts, evenly chosen.
func keysOf(g *graph.Graph, n graph.NodeID) keyShape {
	from, to := g.Children(n)
	s := keyShape{count: uint64(to - from)}
	if from == to {
		return s
	}
	if use, ok := paths.WeakMapOf(g, n); ok {
		s.Kind, s.Pattern = ObjectKeys, use.Key.Class
		return s
	}
	s.First, s.Last = g.Key(g.Label(from)), g.Key(g.Label(to-1))
	var texts []graph.EdgeID
	list := true
	ascending := true
	last, least, most, ints := uint64(0), ^uint64(0), uint64(0), uint64(0)
	for e := from; e < to; e++ {
		v, ok := g.IntKey(g.Label(e))
		if !ok {
			if _, large := paths.IntegerKey([]byte(g.Key(g.Label(e)))); large {
				ints++
				list, ascending = false, false
				continue
			}
			texts = append(texts, e)
			list = false
			continue
		}
		list = list && v == uint64(e-from)
		ascending = ascending && (ints == 0 || v > last)
		least, most, last = min(least, v), max(most, v), v
		ints++
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
	if ascending && ints == s.count {
		s.missing = most + 1 - s.count
		if least > 0 {
			s.missing-- // most count from 1
		}
	}
	return s
}

// classifyTexts tells how text keys are made: as four in five of them are.
func (s *keyShape) classifyTexts(g *graph.Graph, edges []graph.EdgeID) {
	n := min(len(edges), keySample)
	var hashes, classes, files, made int
	templates := map[string]int{}
	for i := range n {
		key := g.Key(g.Label(edges[i*len(edges)/n]))
		switch {
		case isHash(key):
			hashes++
		case isClassName(key):
			classes++
		case isPath(key):
			files++
		}
		if t := paths.Fold(key); t != key {
			templates[t]++
			made++
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
	case enough(classes) && !enough(made):
		s.Kind = ClassKeys
	case enough(templates[best]):
		s.Kind, s.Pattern = NumberedKeys, best
		first, ok1 := onlyNumber(s.First)
		last, ok2 := onlyNumber(s.Last)
		if ok1 && ok2 && first < last && last >= s.count {
			s.missing = last - s.count
		}
	case enough(files):
		s.Kind = PathKeys
	case enough(made):
		s.Kind = MadeKeys
	default:
		s.Kind = NameKeys
	}
}

// onlyNumber is the number in a text that has one.
func onlyNumber(s string) (n uint64, ok bool) {
	from := strings.IndexAny(s, "0123456789")
	if from < 0 {
		return 0, false
	}
	to := from
	for to < len(s) && paths.IsDigit(s[to]) {
		to++
	}
	n, err := strconv.ParseUint(s[from:to], 10, 64)
	return n, err == nil && !strings.ContainsAny(s[to:], "0123456789")
}

// generated reports whether keys are made by the program as it runs, rather
// than written by its author.
func (k KeyKind) generated() bool {
	switch k {
	case ListKeys, IntKeys, NumberedKeys, HashKeys, MadeKeys, ObjectKeys:
		return true
	}
	return false
}

// HoldsHash reports whether there is a hash in a name: hexadecimal digits, some
// of them letters and some not.
func HoldsHash(s string) bool {
	digits, letters := 0, 0
	for i := range len(s) + 1 {
		switch {
		case i < len(s) && paths.IsDigit(s[i]):
			digits++
		case i < len(s) && paths.IsHex(s[i]):
			letters++
		case digits > 1 && letters > 0 && digits+letters >= paths.MinHash:
			return true
		default:
			digits, letters = 0, 0
		}
	}
	return false
}

// isHash reports whether a text is a hash, a UUID or the like.
func isHash(s string) bool {
	digits, hex := 0, 0
	for i := range len(s) {
		switch {
		case paths.IsDigit(s[i]):
			digits++
			hex++
		case paths.IsHex(s[i]):
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
		if !paths.IsIdentifier(p) {
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
