package growth

import (
	"cmp"
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Who stays: the strongest evidence that tells a leak from a cache or a backlog
// of the same size is whether the members of one dump are still there in the
// next. A leak keeps its members. A full cache and a queue do not.
//
// A member is recognised by what PHP cannot change while it lives:
//
//   - an object by its address and its handle, which never change;
//   - any member by its string key, or by its integer key where the keys do not
//     simply count from 0: array_shift and array_values renumber lists.
//
// All else has no identity. Handles and addresses are used again once an object
// is freed. Both free lists are last in, first out, so a list that exchanged all
// of its objects may have the same handles at the same addresses: in simulated
// lists that are freed and made anew, up to 61 % of the members match by chance.
// Therefore objects in lists are compared by the sizes of their strings, too.
//
// Keeping all members of all dumps would take more than the graph. Each place
// keeps those whose hash is smallest (a bottom-k sketch: Cohen and Kaplan,
// Summarizing data using bottom-k sketches, 2007). The hash is the same in all
// dumps, so the samples are of the same members, and the share that two samples
// have in common estimates the share of the members. With 64 of them the
// standard error is at most 6 %.
const sketchSize = 64

// A sketch holds the members of a place whose hashes are smallest.
type sketch struct {
	members []sampledMember // by hash
	below   uint64          // every member whose hash is below it is in members; 0: none was left out
}

// A sampledMember is one member of a place.
type sampledMember struct {
	hash    uint64
	node    graph.NodeID // in its own dump, while that is read
	content uint32       // of objects in lists, a hash of the sizes of their strings; else 0
}

func byHash(a, b sampledMember) int { return cmp.Compare(a.hash, b.hash) }

func (s *sketch) add(m sampledMember) {
	if s.below != 0 && m.hash >= s.below {
		return
	}
	s.members = append(s.members, m)
	if len(s.members) >= 8*sketchSize {
		s.cut()
	}
}

// cut sorts the members and keeps the smallest.
func (s *sketch) cut() {
	slices.SortFunc(s.members, byHash)
	s.members = slices.CompactFunc(s.members, func(a, b sampledMember) bool { return a.hash == b.hash })
	if len(s.members) > sketchSize {
		s.below = s.members[sketchSize].hash
		s.members = s.members[:sketchSize]
	}
}

// join adds the members of another place of the same dump.
func (s *sketch) join(o *sketch) {
	if o == nil {
		return
	}
	if o.below != 0 && (s.below == 0 || o.below < s.below) {
		s.below = o.below
	}
	s.members = append(s.members, o.members...)
	slices.SortFunc(s.members, byHash)
	if s.below != 0 {
		n, _ := slices.BinarySearchFunc(s.members, sampledMember{hash: s.below}, byHash)
		s.members = s.members[:n]
	}
}

// kept compares the members of one dump with those of the next: how many of a
// sample there are, and how many of these the next still has.
func (s *sketch) kept(next *sketch) (compared, found int) {
	limit := s.below
	if limit == 0 || next.below != 0 && next.below < limit {
		limit = next.below
	}
	for _, m := range s.members {
		if limit != 0 && m.hash >= limit {
			break
		}
		compared++
		if i, ok := slices.BinarySearchFunc(next.members, m, byHash); ok && next.members[i].content == m.content {
			found++
		}
	}
	return compared, found
}

// sketchMembers samples the members of all arrays by their shapes; those that
// are reached first in another way by the array's. It looks at each edge once.
func sketchMembers(g *graph.Graph, p paths.Placement) map[paths.ShapeID]*sketch {
	sketches := map[paths.ShapeID]*sketch{}
	isArray := make([]bool, len(g.Kinds()))
	isObject := make([]bool, len(g.Kinds()))
	class := make([]uint64, len(g.Kinds()))
	for k, kind := range g.Kinds() {
		isArray[k] = retain.TypeCodeOf(g.Name(kind.Type)) == retain.TypeArray
		isObject[k] = retain.TypeCodeOf(g.Name(kind.Type)) == retain.TypeObject
		class[k] = xxhash.Sum64String(g.Name(kind.Class))
	}
	var last *sketch
	lastShape := paths.NoShape
	at := func(id paths.ShapeID) *sketch {
		if id != lastShape {
			lastShape, last = id, sketches[id]
			if last == nil {
				last = &sketch{}
				sketches[id] = last
			}
		}
		return last
	}
	for n := range graph.NodeID(g.Items()) {
		if !isArray[g.KindID(n)] || p.Shape[n] < paths.FirstShape {
			continue
		}
		from, to := g.Children(n)
		if from == to {
			continue
		}
		counted := countsFromZero(g, from, to)
		for e := from; e < to; e++ {
			if m, ok := identity(g, e, counted, isObject, class); ok {
				// What is reached first in another way has a shape of that.
				id := p.Shape[g.Target(e)]
				if p.Shapes.Nodes[id].Parent != p.Shape[n] {
					id = p.Shape[n]
				}
				at(id).add(m)
			}
		}
	}
	for id, s := range sketches {
		s.cut()
		if len(s.members) == 0 {
			delete(sketches, id)
			continue
		}
		s.members = slices.Clip(slices.Clone(s.members))
		for i := range s.members {
			if m := &s.members[i]; m.node != graph.None {
				m.content = contentOf(g, m.node)
			}
		}
	}
	return sketches
}

// countsFromZero reports whether an array's keys are 0, 1, 2 … by its first and
// its last key.
func countsFromZero(g *graph.Graph, from, to graph.EdgeID) bool {
	first, ok1 := g.IntKey(g.Label(from))
	last, ok2 := g.IntKey(g.Label(to - 1))
	return ok1 && ok2 && first == 0 && last == uint64(to-from-1)
}

// contentOf is a hash of the sizes of the strings in an object's own slots. What
// is shown of closures and collections lies elsewhere, in tables made for the dump.
func contentOf(g *graph.Graph, n graph.NodeID) uint32 {
	const slots = 40 + 16*256 // behind the header of 40 bytes (struct _zend_object, Zend/zend_types.h)
	h := uint64(1)
	from, to := g.Children(n)
	for e := from; e < to; e++ {
		t := g.Target(e)
		if at := g.Address(t) - g.Address(n); at < slots && retain.TypeCodeOf(g.Name(g.Kind(t).Type)) == retain.TypeString {
			h = mix(h ^ g.Size(t))
		}
	}
	return uint32(h) | 1
}

// identity is what identifies a member of an array; false if nothing does.
func identity(g *graph.Graph, e graph.EdgeID, counted bool, isObject []bool, class []uint64) (sampledMember, bool) {
	l, t := g.Label(e), g.Target(e)
	if l.Unreliable() || g.Missing(t) {
		return sampledMember{}, false
	}
	k := g.KindID(t)
	if !isObject[k] {
		// An SplObjectStorage shows each of its objects in an array of its own.
		if from, to := g.Children(t); to-from == 2 && g.Key(g.Label(from)) == "obj" && g.Key(g.Label(from+1)) == "inf" {
			e, t = from, g.Target(from)
			k = g.KindID(t)
		}
	}
	key := uint64(0)
	if !counted {
		if i, ok := g.IntKey(l); ok {
			key = mix(i)
		} else {
			var buf [24]byte
			key = xxhash.Sum64(g.KeyBytes(l, buf[:]))
		}
	}
	if isObject[k] {
		handle, ok := g.HandleNumber(t)
		m := sampledMember{hash: key ^ mix(class[k]^mix(uint64(g.Address(t)))^handle<<1), node: graph.None}
		if counted {
			m.node = t
		}
		return m, ok && !g.Label(e).Unreliable()
	}
	return sampledMember{hash: key, node: graph.None}, !counted
}

// mix spreads a number over 64 bits: the output function of SplitMix64 (Steele,
// Lea and Flood, Fast splittable pseudorandom number generators, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// anchors are the objects and the variables that are alone of their shape, by
// shape: a hash of address and handle. Most of them live as long as the process.
type anchors map[paths.ShapeID]uint64

// maxAnchors is how many are noted: they are to tell whether addresses mean
// anything, no more.
const maxAnchors = 1000

// anchorsOf notes the anchors of a dump whose items are counted.
func anchorsOf(g *graph.Graph, p paths.Placement, count []uint64) anchors {
	a := anchors{}
	for _, r := range g.Roots() {
		if id := p.Shape[r.Node]; count[id] == 1 {
			a[id] = anchor(g, r.Node)
		}
	}
	for n := range graph.NodeID(g.Items()) {
		if len(a) >= maxAnchors {
			break
		}
		if id := p.Shape[n]; id >= paths.FirstShape && count[id] == 1 && g.IsObject(n) {
			a[id] = anchor(g, n)
		}
	}
	return a
}

func anchor(g *graph.Graph, n graph.NodeID) uint64 {
	handle, _ := g.HandleNumber(n)
	return mix(uint64(g.Address(n)) ^ mix(handle))
}

// Addresses mean something if there are that many anchors in two dumps, and that
// share of them stays. Every PHP script has some ten variables of its own.
const leastAnchors, mostAnchors = 4, 0.75

// stable reports whether objects keep addresses and handles from one dump to
// another: in one process they do. Dumps that were written by different runs of
// a program, or made up, have others, and then members cannot be recognised.
func (a anchors) stable(next anchors) bool {
	same, both := 0, 0
	for id, h := range a {
		if other, ok := next[id]; ok {
			both++
			if h == other {
				same++
			}
		}
	}
	return both >= leastAnchors && float64(same) >= mostAnchors*float64(both)
}
