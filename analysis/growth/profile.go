package growth

import (
	"memtrail/analysis"
	"memtrail/analysis/lost"
	"memtrail/analysis/members"
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
	"strings"
	"sync"
)

// SeriesOptions says how the dumps of a series are measured.
type SeriesOptions struct {
	PHP      zend.Version // that wrote them; zend.Auto infers it of each
	Reported bool         // bytes are the dumps' own sizes
}

// A Series takes the dumps of one process one by one, in the order in which
// they were taken, and keeps of each what the shapes of its paths hold: far
// less than the graph. Addresses and handles are used again, so places are
// matched by the shapes of their paths alone; see package members for what addresses
// can still say.
type Series struct {
	options SeriesOptions
	shapes  *paths.Tree
	dumps   []*profile

	last      *graph.Graph // nil if forgotten
	lastPlace paths.Placement
	lastSizes *retain.Sizes
}

// A profile is what is kept of a dump.
type profile struct {
	Snapshot
	// objects is the number of objects in the dump, highestHandle the highest of
	// their handles: about as many objects have been alive at one time.
	objects, highestHandle uint64
	table                  uint64   // what all property tables would take that a dump makes PHP build
	count                  []uint64 // items, by shape
	self                   []uint64 // their bytes, by shape
	// text is the sizes of strings as reported, by shape: what they were
	// allocated grows by leaps.
	text          []uint64
	width, widest []uint64 // what arrays hold, by their shape: all of them, and the one that holds most
	kinds         []Amount // by number in Tree.All
	// members are samples of what arrays hold, by the arrays' shape; nil where
	// the addresses of a dump are none.
	members map[paths.ShapeID]*members.Sketch
	anchors members.Anchors
	engine  uint64 // bytes of the engine's own: an empty script, the table of objects
	// bare are the classes of which no object shows a property, lostClosures the
	// number of closures that show what is another's.
	bare         map[string]bool
	lostClosures uint64
	lost         []dump.Lost // what nothing of the program's holds
}

// NewSeries makes a series without dumps.
func NewSeries(o SeriesOptions) *Series { return &Series{options: o, shapes: paths.NewTree()} }

// Need is what [Series.Add] takes beside a graph.
var Need = graph.Need{Node: 12}

// Add takes the next dump. It keeps the graph until the next call, or until
// Forget, to show examples; beside that it takes 40 bytes a shape, half a
// kilobyte for each shape of arrays that hold much, and 8 bytes a node while it
// works.
func (s *Series) Add(name string, g *graph.Graph, info *dump.Info) {
	var sizes *retain.Sizes
	var wg sync.WaitGroup
	wg.Go(func() { sizes = retain.MeasureSizes(g, info, s.options.PHP, false) })
	s.last, s.lastPlace = g, s.shapes.Place(g)
	p := &profile{Snapshot: Snapshot{Name: name, Source: analysis.GraphSource(g, info), Producer: analysis.ProducerOf(g, info)}}
	if p.Producer != analysis.ProducerReli { // its addresses and handles are running numbers
		p.members = members.Sample(g, s.lastPlace)
	}
	wg.Wait()
	s.lastSizes = sizes
	p.table, p.Explained, p.engine = sizes.Rebuilt, sizes.Explained(), sizes.ObjectTable+sizes.Baseline
	p.lostClosures = sizes.Lost["Closure"]
	p.lost = lost.Of(&p.Source, g, info, sizes.Of, lost.Nothing).Groups
	p.countObjects(g)
	if n := len(s.dumps); n > 0 {
		// Objects that were there before have their tables from then.
		p.Rebuilt = min(s.dumps[n-1].table, p.table)
	}
	own := sizes.Of
	if s.options.Reported {
		own, p.Explained, p.engine = g.Size, 0, 0
	}
	s.sum(p, own)
	p.anchors = members.AnchorsOf(g, s.lastPlace, p.count)
	if s.options.Reported {
		for _, bytes := range p.self {
			p.Explained += bytes
		}
	}
	s.dumps = append(s.dumps, p)
}

// sum fills the columns of a profile.
func (s *Series) sum(p *profile, own func(graph.NodeID) uint64) {
	g := s.last
	p.count = make([]uint64, len(s.shapes.Nodes))
	p.self = make([]uint64, len(s.shapes.Nodes))
	p.text = make([]uint64, len(s.shapes.Nodes))
	p.width = make([]uint64, len(s.shapes.Nodes))
	p.widest = make([]uint64, len(s.shapes.Nodes))
	amounts := make([]Amount, len(g.Kinds()))
	code := make([]retain.TypeCode, len(g.Kinds()))
	for k, kind := range g.Kinds() {
		code[k] = retain.TypeCodeOf(g.Name(kind.Type))
	}
	for n := range graph.NodeID(g.Items()) {
		id, bytes := s.lastPlace.Shape[n], own(n)
		p.count[id]++
		p.self[id] += bytes
		switch code[g.KindID(n)] {
		case retain.TypeString:
			p.text[id] += g.Size(n)
		case retain.TypeArray:
			from, to := g.Children(n)
			p.width[id] += uint64(to - from)
			p.widest[id] = max(p.widest[id], uint64(to-from))
		}
		k := &amounts[g.KindID(n)]
		k.Count++
		k.Bytes += bytes
	}
	p.kinds = make([]Amount, s.shapes.All.Len())
	for k, a := range amounts {
		if a.Count > 0 {
			sum := &p.kinds[s.lastPlace.Kinds[k]]
			sum.Count += a.Count
			sum.Bytes += a.Bytes
		}
	}
}

// ofKind is what a dump has of a kind, by its number.
func (p *profile) ofKind(number int) Amount {
	if number < len(p.kinds) {
		return p.kinds[number]
	}
	return Amount{}
}

// countObjects notes how many objects a dump has, and how many handles PHP had
// given out: a handle is used again before a new one is made, so the highest is
// that of the most objects that were alive at one time. And it notes which
// classes show nothing of their objects.
func (p *profile) countObjects(g *graph.Graph) {
	type seen struct{ object, some, children bool }
	kinds := make([]seen, len(g.Kinds()))
	for k, kind := range g.Kinds() {
		kinds[k].object = retain.TypeCodeOf(g.Name(kind.Type)) == retain.TypeObject
	}
	for n := range graph.NodeID(g.Items()) {
		k := &kinds[g.KindID(n)]
		if !k.object {
			continue
		}
		p.objects++
		if h, ok := g.HandleNumber(n); ok {
			p.highestHandle = max(p.highestHandle, h)
		}
		from, to := g.Children(n)
		k.some, k.children = true, k.children || from < to
	}
	p.bare = map[string]bool{}
	for k, kind := range g.Kinds() {
		if class := g.Name(kind.Class); kinds[k].some && !kinds[k].children && class != "stdClass" && class != "Closure" {
			p.bare[strings.Clone(class)] = true
		}
	}
}

// Forget drops the graph of the last dump. What is found then has no example.
func (s *Series) Forget() { s.last, s.lastPlace, s.lastSizes = nil, paths.Placement{}, nil }

// valueAt reads a column of a profile, which is shorter than the tree of shapes if
// later dumps have made that grow.
func valueAt(column []uint64, id paths.ShapeID) uint64 {
	if int(id) < len(column) {
		return column[id]
	}
	return 0
}

// below sums a column up: what a shape and all that goes on from it has.
func (s *Series) below(column []uint64) []uint64 {
	sums := make([]uint64, len(s.shapes.Nodes))
	copy(sums, column)
	for id := len(sums) - 1; id >= int(paths.FirstShape); id-- {
		sums[s.shapes.Nodes[id].Parent] += sums[id]
	}
	return sums
}
