package members

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
)

// Sample samples the members of all arrays by their shapes; those that are reached
// first in another way by the array's. Places without members have no sketch. It
// looks at each edge once.
func Sample(g *graph.Graph, p paths.Placement) map[paths.ShapeID]*Sketch {
	s := newSampler(g)
	for n := range graph.NodeID(g.Items()) {
		if !s.isArray[g.KindID(n)] || p.Shape[n] < paths.FirstShape {
			continue
		}
		from, to := g.Children(n)
		if from == to {
			continue
		}
		counted := countsFromZero(g, from, to)
		for e := from; e < to; e++ {
			if m, ok := s.identity(e, counted); ok {
				// What is reached first in another way has a shape of that.
				id := p.Shape[g.Target(e)]
				if p.Shapes.Nodes[id].Parent != p.Shape[n] {
					id = p.Shape[n]
				}
				s.at(id).add(m)
			}
		}
	}
	return s.finish()
}

// A sampler fills the sketches of one dump.
type sampler struct {
	g                 *graph.Graph
	sketches          map[paths.ShapeID]*Sketch
	isArray, isObject []bool   // by kind
	class             []uint64 // by kind, a hash of its name

	last      *Sketch // that of lastShape
	lastShape paths.ShapeID
}

func newSampler(g *graph.Graph) *sampler {
	kinds := g.Kinds()
	s := &sampler{
		g: g, sketches: map[paths.ShapeID]*Sketch{}, lastShape: paths.NoShape,
		isArray: make([]bool, len(kinds)), isObject: make([]bool, len(kinds)), class: make([]uint64, len(kinds)),
	}
	for k, kind := range kinds {
		code := retain.TypeCodeOf(g.Name(kind.Type))
		s.isArray[k], s.isObject[k] = code == retain.TypeArray, code == retain.TypeObject
		s.class[k] = xxhash.Sum64String(g.Name(kind.Class))
	}
	return s
}

// at gives the sketch of a shape. Neighbours mostly have the same.
func (s *sampler) at(id paths.ShapeID) *Sketch {
	if id != s.lastShape {
		s.lastShape, s.last = id, s.sketches[id]
		if s.last == nil {
			s.last = &Sketch{}
			s.sketches[id] = s.last
		}
	}
	return s.last
}

// finish cuts the sketches to their size, and looks at what the sampled objects
// hold.
func (s *sampler) finish() map[paths.ShapeID]*Sketch {
	for id, k := range s.sketches {
		k.cut()
		if len(k.members) == 0 {
			delete(s.sketches, id)
			continue
		}
		k.members = slices.Clip(slices.Clone(k.members))
		for i := range k.members {
			if m := &k.members[i]; m.node != graph.None {
				m.content = contentOf(s.g, m.node)
			}
		}
	}
	return s.sketches
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

// identity is what identifies the member of an array that an edge leads to; false
// if nothing does. counted: the array's keys are 0, 1, 2 …, and identify nothing.
func (s *sampler) identity(e graph.EdgeID, counted bool) (member, bool) {
	g := s.g
	l, t := g.Label(e), g.Target(e)
	if l.Unreliable() || g.Missing(t) {
		return member{}, false
	}
	k := g.KindID(t)
	if !s.isObject[k] {
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
	if s.isObject[k] {
		handle, ok := g.HandleNumber(t)
		m := member{hash: key ^ mix(s.class[k]^mix(uint64(g.Address(t)))^handle<<1), node: graph.None}
		if counted {
			m.node = t
		}
		return m, ok && !g.Label(e).Unreliable()
	}
	return member{hash: key, node: graph.None}, !counted
}

// mix spreads a number over 64 bits: the output function of SplitMix64 (Steele,
// Lea and Flood, Fast splittable pseudorandom number generators, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
