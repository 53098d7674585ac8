package leaks

import (
	"strconv"
	"strings"

	"memtrail/analysis/paths"
	"memtrail/graph"
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
	k := scanKeys(g, from, to)
	switch {
	case k.isList:
		s.Kind = ListKeys
	case k.integers*5 >= s.count*4:
		s.Kind = IntKeys
	case k.integers*5 > s.count:
		s.Kind = MixedKeys
	default:
		s.classifyTexts(g, k.texts)
	}
	if k.ascend && k.integers == s.count {
		s.missing = k.most + 1 - s.count
		if k.least > 0 {
			s.missing-- // most count from 1
		}
	}
	return s
}

// A keyScan is what the integers among a node's keys tell.
type keyScan struct {
	integers    uint64
	least, most uint64
	isList      bool           // they are 0, 1, 2 …
	ascend      bool           // each is more than the one before
	texts       []graph.EdgeID // whose keys are no integers
}

func scanKeys(g *graph.Graph, from, to graph.EdgeID) keyScan {
	k := keyScan{least: ^uint64(0), isList: true, ascend: true}
	last := uint64(0)
	for e := from; e < to; e++ {
		v, ok := g.IntKey(g.Label(e))
		switch {
		case ok:
			k.isList = k.isList && v == uint64(e-from)
			k.ascend = k.ascend && (k.integers == 0 || v > last)
			k.least, k.most, last = min(k.least, v), max(k.most, v), v
			k.integers++
		case isLargeInteger(g, e):
			k.integers++
			k.isList, k.ascend = false, false
		default:
			k.isList = false
			k.texts = append(k.texts, e)
		}
	}
	return k
}

// isLargeInteger reports whether a key is an integer that the graph holds as text:
// negative ones, and those of many digits.
func isLargeInteger(g *graph.Graph, e graph.EdgeID) bool {
	_, ok := paths.IntegerKey([]byte(g.Key(g.Label(e))))
	return ok
}

// classifyTexts tells how text keys are made: as four in five of them are.
func (s *keyShape) classifyTexts(g *graph.Graph, edges []graph.EdgeID) {
	f := formsOf(g, edges)
	template := mostCounted(f.templates)
	isMost := func(count int) bool { return count*5 >= f.all*4 }
	switch {
	case isMost(f.hashes):
		s.Kind = HashKeys
	case isMost(f.classes) && !isMost(f.made):
		s.Kind = ClassKeys
	case isMost(f.templates[template]):
		s.Kind, s.Pattern = NumberedKeys, template
		first, ok1 := onlyNumber(s.First)
		last, ok2 := onlyNumber(s.Last)
		if ok1 && ok2 && first < last && last >= s.count {
			s.missing = last - s.count
		}
	case isMost(f.files):
		s.Kind = PathKeys
	case isMost(f.made):
		s.Kind = MadeKeys
	default:
		s.Kind = NameKeys
	}
}

// textForms counts the forms of some text keys.
type textForms struct {
	all                    int
	hashes, classes, files int
	made                   int            // with numbers or hashes in them
	templates              map[string]int // of these, with # for what differs
}

func formsOf(g *graph.Graph, edges []graph.EdgeID) textForms {
	f := textForms{all: min(len(edges), keySample), templates: map[string]int{}}
	for i := range f.all {
		key := g.Key(g.Label(edges[i*len(edges)/f.all]))
		switch {
		case isHash(key):
			f.hashes++
		case isClassName(key):
			f.classes++
		case isPath(key):
			f.files++
		}
		if t := paths.Fold(key); t != key {
			f.templates[t]++
			f.made++
		}
	}
	return f
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
