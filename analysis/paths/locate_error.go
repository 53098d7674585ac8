package paths

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"memtrail/graph"
)

// NoSuchRootError says that a dump has no root of a name.
type NoSuchRootError struct {
	Root string   // as asked for
	Near []string // expressions of roots that may have been meant, the likeliest first
	Has  []string // those of the first roots, if none may
	More int      // further roots, if none may
}

func (e *NoSuchRootError) Error() string {
	msg := "no root named " + shortText(e.Root, 120)
	switch {
	case len(e.Near) > 0:
		return msg + "; did you mean " + shortTexts(e.Near, " or ") + "?"
	case len(e.Has) > 0:
		return msg + "; the dump has " + andMore(shortTexts(e.Has, ", "), e.More)
	}
	return msg + "; the dump has no roots at all"
}

// AmbiguousRootError says that several frames have a variable of a name.
type AmbiguousRootError struct {
	Root  string   // as asked for
	Roots []string // expressions of some that may have been meant
	More  int
}

func (e *AmbiguousRootError) Error() string {
	return fmt.Sprintf("several frames have a variable %s: write %s", shortText(e.Root, 120), andMore(shortTexts(e.Roots, " or "), e.More))
}

// NoSuchStepError says how far an expression leads, and what there is instead
// of its next step.
type NoSuchStepError struct {
	Path    string   // as far as it leads
	Key     string   // of the next step
	Object  bool     // the step asks for a property, not for an array's key
	Value   bool     // it asks for what an object keeps as a key of a WeakMap
	Type    string   // of the item that the path leads to; "" if it is not in the dump
	Instead string   // the step as it must be written, if only its notation is wrong
	Has     []string // steps that there are, the nearest first
	More    int
}

func (e *NoSuchStepError) Error() string {
	path := shortText(e.Path, 120)
	isObject := e.Type == "object"
	switch {
	case e.Type == "":
		return path + " is an item that the dump does not have; what is below it is not known"
	case e.Value:
		return path + " keeps no value alive as the key of a WeakMap"
	case len(e.Has) == 0 && e.Instead == "":
		switch e.Type {
		case "object":
			return path + " is an object without properties"
		case "array":
			return path + " is an empty array"
		}
		return fmt.Sprintf("%s is of type %s, nothing is below it", path, shortText(e.Type, 40))
	}
	is := ""
	if isObject != e.Object {
		switch is = " is an array"; {
		case isObject:
			is = " is an object"
		case e.Type != "array":
			is = " is of type " + shortText(e.Type, 40)
		}
		if e.Instead != "" {
			return path + is + ", write " + shortText(e.Instead, 60)
		}
		is += " and"
	}
	what := "property "
	if !isObject {
		what = "key "
	}
	what += shortText(Quote(e.Key), 60)
	if _, ok := IntegerKey([]byte(e.Key)); ok && !isObject {
		what = "key " + e.Key
	}
	return fmt.Sprintf("%s%s has no %s; it has: %s", path, is, what, andMore(shortTexts(e.Has, ", "), e.More))
}

const (
	fewRoots = 3 // how many an error names
	fewSteps = 5
)

// noSuchRoot looks for roots that may have been meant. text is the root as the
// expression has it.
func noSuchRoot(g *graph.Graph, asked rootName, text string) error {
	near, first := closest{most: fewRoots}, closest{most: fewRoots}
	lower := strings.ToLower(text)
	name := strings.ToLower(asked.name)
	if !asked.variable {
		name = strings.TrimPrefix(lower, `\`)
	}
	limit := min(3, len(name)/3)
	for _, root := range g.Roots() {
		r := nameOfRoot(g.Name(root.Frame), g.Name(root.Symbol))
		written := r.String()
		first.add(written, 0)
		whole := strings.ToLower(written)
		far := 2 * apart(lower, whole, limit)
		if r.variable {
			// The same name elsewhere, or a likely one, or one without its $.
			far = min(far, 2*apart(name, strings.ToLower(r.name), limit)+1)
		}
		if len(lower) > 1 && strings.HasSuffix(whole, lower) {
			far = 0 // A::$x, asked for without its namespace
		}
		if far <= 2*limit+1 {
			near.add(written, far)
		}
	}
	e := &NoSuchRootError{Root: text, Near: near.names}
	if len(near.names) == 0 {
		e.Has, e.More = first.names, len(g.Roots())-len(first.names)
	}
	return e
}

// noSuchStep looks for what there is instead of a step, at the first of the
// nodes that the text leads to before it.
func noSuchStep(g *graph.Graph, text string, s step, at []graph.NodeID) error {
	n := at[0]
	if i := slices.IndexFunc(at, func(n graph.NodeID) bool { return g.IsObject(n) == s.object }); i >= 0 {
		n = at[i]
	}
	e := &NoSuchStepError{Path: strings.TrimSpace(text[:s.from]), Key: s.key, Object: s.object, Value: s.value}
	if g.Missing(n) {
		return e
	}
	e.Type = g.Name(g.Kind(n).Type)
	if s.value {
		return e
	}
	object := g.IsObject(n)
	written := func(key string) string {
		var b strings.Builder
		AppendStep(&b, object, key, true)
		return b.String()
	}
	keys := newKeySearch(g, s.key)
	number, isInt := IntegerKey([]byte(s.key))
	near := closest{most: fewSteps}
	from, to := g.Children(n)
	for i := from; i < to; i++ {
		l := g.Label(i)
		if keys.is(l) {
			e.Instead = written(s.key)
			return e
		}
		key := g.Key(l)
		far := len(s.key) + len(key)
		if v, ok := IntegerKey([]byte(key)); ok && isInt {
			far = int(min(uint64(max(v, number))-uint64(min(v, number)), veryFar))
		} else if isInt {
			far = veryFar
		} else if limit := min(far, near.worst()-1); limit >= 0 {
			far = apart(strings.ToLower(s.key), strings.ToLower(key), limit)
		}
		if far < near.worst() {
			near.add(strings.TrimPrefix(written(key), "->"), far)
		}
	}
	e.Has, e.More = near.names, int(to-from)-len(near.names)
	return e
}

const veryFar = 1 << 30

// apart is the edit distance of two names, veryFar if it is above a limit or
// not worth the time.
func apart(a, b string, limit int) int {
	const long = 100
	if a == b && limit >= 0 {
		return 0
	}
	if len(a) > long || len(b) > long || max(len(a), len(b))-min(len(a), len(b)) > limit {
		return veryFar
	}
	if d := Distance(a, b); d <= limit {
		return d
	}
	return veryFar
}

// closest keeps the nearest of the names that are added, each once.
type closest struct {
	most  int
	names []string
	far   []int
}

// worst is how far a name may be at most to be kept still, plus one.
func (c *closest) worst() int {
	if len(c.names) < c.most {
		return veryFar + 1
	}
	return c.far[len(c.far)-1]
}

func (c *closest) add(name string, far int) {
	if far >= c.worst() || slices.Contains(c.names, name) {
		return
	}
	i, _ := slices.BinarySearch(c.far, far+1) // behind those as far
	c.names = slices.Insert(c.names, i, name)
	c.far = slices.Insert(c.far, i, far)
	if len(c.names) > c.most {
		c.names, c.far = c.names[:c.most], c.far[:c.most]
	}
}

func andMore(list string, more int) string {
	if more == 0 {
		return list
	}
	return fmt.Sprintf("%s and %d more", list, more)
}

func shortTexts(texts []string, between string) string {
	short := make([]string, len(texts))
	for i, s := range texts {
		short[i] = shortText(s, 80)
	}
	return strings.Join(short, between)
}

// shortText makes a text of any length and bytes fit into a message: it takes
// the middle out of a long one, and escapes what cannot be printed.
func shortText(s string, most int) string {
	if len(s) <= most {
		return printable(s)
	}
	head, tail := s[:most/2], s[len(s)-most/2:]
	// Not through the middle of a character.
	for i := 1; i < utf8.UTFMax && len(head) > 0; i++ {
		if c, n := utf8.DecodeLastRuneInString(head); c != utf8.RuneError || n != 1 {
			break
		}
		head = head[:len(head)-1]
	}
	for i := 1; i < utf8.UTFMax && len(tail) > 0 && !utf8.RuneStart(tail[0]); i++ {
		tail = tail[1:]
	}
	return printable(head) + "…" + printable(tail)
}

// printable escapes only what cannot be printed, unlike plainText, whose
// escapes must be told from a backslash.
func printable(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		if one := s[i : i+n]; isUnprintable(c) || c == utf8.RuneError && n == 1 {
			b.WriteString(PlainText(one))
		} else {
			b.WriteString(one)
		}
		i += n
	}
	return b.String()
}

// Distance is Levenshtein's.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diag+cost)
		}
	}
	return row[len(b)]
}

// NoItemError says that a dump has no item with an id.
type NoItemError struct {
	ID   string
	Near []string // ids of the items that lie nearest to it, nearest first
}

func (e *NoItemError) Error() string {
	msg := fmt.Sprintf("the dump has no item %s", shortText(e.ID, 120))
	if len(e.Near) > 0 {
		msg += "; the nearest are " + shortTexts(e.Near, ", ")
	}
	return msg
}
