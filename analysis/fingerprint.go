package analysis

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"memtrail/graph"
)

// The shape of a path is what of it stays the same from run to run: the root's
// name, the classes and property names on the way, [*] for whatever stands in
// an array, and # for numbers and hashes inside of names.

// fingerprintOf is a short hash of a shape: eight hexadecimal digits of
// SHA-256.
func fingerprintOf(shape string) string {
	sum := sha256.Sum256([]byte(shape))
	return hex.EncodeToString(sum[:4])
}

// shape writes the shape of the path to a node, and of the node itself. The way
// through a list or up a tree is as long as one step of it: such a structure's
// depth tells nothing.
func (p *Paths) shape(n graph.NodeID) string {
	root, edges := p.to(n)
	var b strings.Builder
	b.WriteString(foldName(p.rootName(root)))
	p.appendKind(&b, root)
	parts := []string{b.String()}
	for i, e := range edges {
		// Lists are long: what repeats the step before is not even written.
		if i > 0 && p.sameStep(edges[i-1], e) {
			continue
		}
		b.Reset()
		p.appendPattern(&b, e)
		p.appendKind(&b, p.g.Target(e))
		parts = foldRepeats(append(parts, b.String()))
	}
	return strings.Join(parts, "")
}

// sameStep reports whether two steps are from one property to one class.
func (p *Paths) sameStep(a, b graph.EdgeID) bool {
	g := p.g
	return g.Label(a) == g.Label(b) && g.KindID(g.Target(a)) == g.KindID(g.Target(b)) && g.IsObject(g.Target(a))
}

// foldRepeats drops the last parts of a shape if they repeat those before
// them. Arrays in arrays are no such repetition.
func foldRepeats(parts []string) []string {
	for k := 1; k <= maxStride && 2*k <= len(parts); k++ {
		last, before := parts[len(parts)-k:], parts[len(parts)-2*k:len(parts)-k]
		if slices.Equal(last, before) && slices.ContainsFunc(last, func(part string) bool { return strings.HasPrefix(part, "->") || strings.HasPrefix(part, viaKey) }) {
			return parts[:len(parts)-k]
		}
	}
	return parts
}

// pattern is the expression of what holds a node, with [*] for the keys of
// arrays: of $server->conns["c7"]->onClose[3] it is $server->conns[*]->onClose.
// A root's own is its name, with # for the number in it.
func (p *Paths) pattern(n graph.NodeID) string {
	root, edges := p.to(n)
	var b strings.Builder
	b.WriteString(foldName(p.rootName(root)))
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
	return rootExpression(p.g.Name(r.Frame), p.g.Name(r.Symbol))
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
		appendStep(to, true, foldName(p.g.Key(p.g.Label(e))), true)
	}
}

// appendKind adds what stands at a place of a path.
func (p *Paths) appendKind(to *strings.Builder, n graph.NodeID) {
	k := p.g.Kind(n)
	to.WriteByte('|')
	to.WriteString(p.g.Name(k.Type))
	to.WriteByte('|')
	to.WriteString(foldName(p.g.Name(k.Class)))
	to.WriteByte('|')
}

// minHash is the number of hexadecimal digits from which on a run of them, if
// not all are letters, is taken to be generated.
const minHash = 6

// foldName writes # for the numbers and hashes in a name: Mock_Foo_3fa9c2d1 and
// Mock_Foo_07bd11e2 are one generated class.
func foldName(name string) string {
	if !strings.ContainsAny(name, "0123456789") {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		hex, digits, letters := i, 0, 0
		for hex < len(name) && isHex(name[hex]) {
			if isDigit(name[hex]) {
				digits++
			} else {
				letters++
			}
			hex++
		}
		if digits > 0 && hex-i >= minHash {
			b.WriteByte('#')
			i = hex
			continue
		}
		if !isDigit(name[i]) {
			// The letters of what is no hash, but the digits behind them are numbers.
			b.WriteByte(name[i])
			i++
			continue
		}
		for i < len(name) && isDigit(name[i]) {
			i++
		}
		b.WriteByte('#')
	}
	return b.String()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
