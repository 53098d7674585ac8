package analysis

import (
	"strings"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
)

// SeriesOptions says how the dumps of a series are measured.
type SeriesOptions struct {
	PHP      zend.Version // that wrote them; zend.Auto infers it of each
	Reported bool         // bytes are the dumps' own sizes
}

// A Series takes the dumps of one process one by one, in the order in which
// they were taken, and keeps of each what the shapes of its paths hold: far
// less than the graph. Addresses and handles are used again, so nothing in one
// dump is found by them in another.
type Series struct {
	options SeriesOptions
	shapes  *shapes
	dumps   []*profile

	last      *graph.Graph // nil if forgotten
	lastPlace placing
}

// A profile is what is kept of a dump.
type profile struct {
	Moment
	table uint64   // what all property tables would take that a dump makes PHP build
	count []uint64 // items, by shape
	self  []uint64 // their bytes, by shape
	// text is the sizes of strings as reported, by shape: what they were
	// allocated grows by leaps.
	text  []uint64
	kinds map[Kind]Amount
}

// NewSeries makes a series without dumps.
func NewSeries(o SeriesOptions) *Series { return &Series{options: o, shapes: newShapes()} }

// Add takes the next dump. It keeps the graph until the next call, or until
// Forget, to show examples; beside that it takes 24 bytes a shape, and 8 a node
// while it works.
func (s *Series) Add(name string, g *graph.Graph, info *dump.Info) {
	sizes := MeasureSizes(g, info, s.options.PHP, false)
	own := sizes.Of
	p := &profile{
		Moment: Moment{Name: name, Source: graphSource(g, info), Producer: producerOf(g, info), Explained: sizes.Explained()},
		table:  sizes.Rebuilt, kinds: map[Kind]Amount{},
	}
	if s.options.Reported {
		own = g.Size
	}
	if n := len(s.dumps); n > 0 {
		// Objects that were there before have their tables from then.
		p.Rebuilt = min(s.dumps[n-1].table, p.table)
	}
	s.last, s.lastPlace = g, s.shapes.place(g)
	p.count = make([]uint64, len(s.shapes.nodes))
	p.self = make([]uint64, len(s.shapes.nodes))
	p.text = make([]uint64, len(s.shapes.nodes))
	amounts := make([]Amount, len(g.Kinds()))
	isText := make([]bool, len(g.Kinds()))
	for k, kind := range g.Kinds() {
		isText[k] = typeCodeOf(g.Name(kind.Type)) == typeString
	}
	for n := range graph.NodeID(g.Items()) {
		id, bytes := s.lastPlace.shape[n], own(n)
		p.count[id]++
		p.self[id] += bytes
		if isText[g.KindID(n)] {
			p.text[id] += g.Size(n)
		}
		k := &amounts[g.KindID(n)]
		k.Count++
		k.Bytes += bytes
	}
	for k, a := range amounts {
		if a.Count > 0 {
			kind := g.Kinds()[k]
			id := Kind{strings.Clone(g.Name(kind.Type)), strings.Clone(g.Name(kind.Class))}
			sum := p.kinds[id]
			p.kinds[id] = Amount{sum.Count + a.Count, sum.Bytes + a.Bytes}
		}
	}
	if s.options.Reported {
		p.Explained = 0
		for _, a := range amounts {
			p.Explained += a.Bytes
		}
	}
	s.dumps = append(s.dumps, p)
}

// Forget drops the graph of the last dump. What is found then has no example.
func (s *Series) Forget() { s.last, s.lastPlace = nil, placing{} }

// of reads a column of a profile, which is shorter than the tree of shapes if
// later dumps have made that grow.
func of(column []uint64, id shapeID) uint64 {
	if int(id) < len(column) {
		return column[id]
	}
	return 0
}

// below sums a column up: what a shape and all that goes on from it has.
func (s *Series) below(column []uint64) []uint64 {
	sums := make([]uint64, len(s.shapes.nodes))
	copy(sums, column)
	for id := len(sums) - 1; id >= int(firstShape); id-- {
		sums[s.shapes.nodes[id].parent] += sums[id]
	}
	return sums
}
