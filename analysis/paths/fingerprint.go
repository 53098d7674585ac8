package paths

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"memtrail/analysis"
	"memtrail/graph"
)

// The shape of a path is what of it stays the same from run to run: the root's
// name, the classes and property names on the way, [*] for whatever stands in
// an array, and # for numbers and hashes inside of names.

// Fingerprint is a short hash of a shape: eight hexadecimal digits of
// SHA-256.
func Fingerprint(shape string) string {
	sum := sha256.Sum256([]byte(shape))
	return hex.EncodeToString(sum[:4])
}

// Shape writes the shape of the path to a node, and of the node itself, as the
// shapes of a series are written: the same place has the same fingerprint in one
// dump and in several.
func (p *Paths) Shape(n graph.NodeID) string {
	root, edges := p.To(n)
	g, s := p.g, NewTree()
	kinds, steps := map[graph.KindID]NameID{}, map[graph.Label]NameID{} // lists are long
	kind := func(n graph.NodeID) NameID {
		id, ok := kinds[g.KindID(n)]
		if !ok {
			k := g.Kind(n)
			id = s.kind(g.Name(k.Type), g.Name(k.Class))
			kinds[g.KindID(n)] = id
		}
		return id
	}
	step, parent := s.step(graph.UnreachableLabel), LostShape
	if r, ok := g.Root(root); ok {
		step, parent = s.root(g.Name(r.Frame), g.Name(r.Symbol)), NoShape
	}
	id := s.child(parent, step, kind(root))
	at := root
	for _, e := range edges {
		step := Element
		if stepIsNamed(g, at, e, g.IsObject(at), g.IsGroup(at)) {
			l, ok := g.Label(e), false
			if step, ok = steps[l]; !ok || g.IsGroup(at) {
				step = s.namedStep(g, at, e)
			}
			if !g.IsGroup(at) {
				steps[l] = step
			}
			if from, to := g.Children(at); to-from > maxProps && p.beyondProps(at, e) {
				step = ManyProps
			}
		}
		at = g.Target(e)
		id = s.child(id, step, kind(at))
	}
	return s.Signature(id)
}

// beyondProps reports whether the properties of an object that lead on, up to that
// of an edge, are more than shapes tell apart: see [shapes.newChild]. Those of
// other objects of the same shape are not looked at.
func (p *Paths) beyondProps(n graph.NodeID, edge graph.EdgeID) bool {
	g := p.g
	type property struct {
		name string
		kind analysis.Kind
	}
	propertyOf := func(e graph.EdgeID) property {
		k := g.Kind(g.Target(e))
		return property{Fold(g.Key(g.Label(e))), analysis.Kind{Type: g.Name(k.Type), Class: Fold(g.Name(k.Class))}}
	}
	seen := map[property]bool{}
	for e, to := g.Children(n); e < min(edge, to); e++ {
		if p.Via[g.Target(e)] == e+1 {
			seen[propertyOf(e)] = true
		}
	}
	return len(seen) >= maxProps && !seen[propertyOf(edge)]
}

// Pattern is the expression of what holds a node, with [*] for the keys of
// arrays: of $server->conns["c7"]->onClose[3] it is $server->conns[*]->onClose.
// A root's own is its name, with # for the number in it.
func (p *Paths) Pattern(n graph.NodeID) string {
	root, edges := p.To(n)
	var b strings.Builder
	if p.g.IsGroup(root) {
		name, rest := headOf(p.g, root, edges)
		b.WriteString(name)
		edges = rest
	} else {
		b.WriteString(Fold(p.rootName(root)))
	}
	for i, e := range edges {
		if i == len(edges)-1 && p.isElement(e) {
			break
		}
		p.appendPattern(&b, e)
	}
	return b.String()
}

func (p *Paths) rootName(n graph.NodeID) string {
	r, ok := p.g.Root(n)
	if !ok {
		return graph.UnreachableLabel
	}
	return RootExpression(p.g.Name(r.Frame), p.g.Name(r.Symbol))
}

// isElement reports whether an edge is from an array to an element, or from a
// WeakMap to a value that it keeps.
func (p *Paths) isElement(e graph.EdgeID) bool {
	if entry, ok := p.g.Entry(e); ok {
		return entry.Keeper != graph.KeptByKey
	}
	return !p.g.IsObject(p.g.Source(e))
}

func (p *Paths) appendPattern(to *strings.Builder, e graph.EdgeID) {
	if p.isElement(e) {
		to.WriteString("[*]")
	} else if _, ok := p.g.Entry(e); ok {
		to.WriteString(viaKey)
	} else {
		AppendStep(to, true, Fold(p.g.Key(p.g.Label(e))), true)
	}
}

// MinHash is the number of hexadecimal digits from which on a run of them, if
// not all are letters, is taken to be generated.
const MinHash = 6

// Fold writes # for the numbers and hashes in a name: Mock_Foo_3fa9c2d1 and
// Mock_Foo_07bd11e2 are one generated class.
func Fold(name string) string {
	if !hasDigit(name) {
		return name
	}
	var b strings.Builder
	b.Grow(len(name))
	for i := 0; i < len(name); {
		hex, digits, letters := i, 0, 0
		for hex < len(name) && IsHex(name[hex]) {
			if IsDigit(name[hex]) {
				digits++
			} else {
				letters++
			}
			hex++
		}
		if digits > 0 && hex-i >= MinHash {
			b.WriteByte('#')
			i = hex
			continue
		}
		if !IsDigit(name[i]) {
			// The letters of what is no hash, but the digits behind them are numbers.
			b.WriteByte(name[i])
			i++
			continue
		}
		for i < len(name) && IsDigit(name[i]) {
			i++
		}
		b.WriteByte('#')
	}
	return b.String()
}

// Foldable reports whether Fold may make the same of another name: it has numbers, or
// what stands for them.
func Foldable(name string) bool { return hasDigit(name) || strings.IndexByte(name, '#') >= 0 }

func hasDigit(name string) bool {
	for i := range len(name) {
		if IsDigit(name[i]) {
			return true
		}
	}
	return false
}

func IsDigit(c byte) bool { return c >= '0' && c <= '9' }
func IsHex(c byte) bool   { return IsDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// The most nodes from one link to the next: an object, its list, the next.
const MaxStride = 4
