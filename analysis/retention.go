package analysis

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
)

// Retention is a dump's graph with what each node costs and what it keeps
// alive. The dominator tree and the retained sizes take 12 bytes a node.
type Retention struct {
	g          *graph.Graph
	info       *dump.Info
	sizes      *Sizes            // nil if nobody asked for them
	reported   bool              // retained is in the dump's own sizes
	dominators *graph.Dominators // nil if nobody asked for what is retained
	retained   *graph.Retained
}

// RetentionOptions says what is to be known of each node.
type RetentionOptions struct {
	PHP       zend.Version // that wrote the dump; zend.Auto infers it
	Allocated bool         // what PHP's allocator spent for it; Retained implies it
	Retained  bool         // what it keeps alive
	Reported  bool         // Retained is in the dump's own sizes instead of allocated bytes
}

// Retain computes a dump's sizes.
func Retain(g *graph.Graph, info *dump.Info, o RetentionOptions) *Retention {
	r := &Retention{g: g, info: info, reported: o.Reported}
	var wg sync.WaitGroup
	if o.Retained {
		wg.Go(func() { r.dominators = g.Dominators() })
	}
	if o.Allocated || o.Retained {
		r.sizes = MeasureSizes(g, info, o.PHP, false)
	}
	wg.Wait()
	if o.Retained {
		weight := r.sizes.Of
		if o.Reported {
			weight = g.Size
		}
		r.retained = r.dominators.Retained(weight)
	}
	return r
}

// columns says what is known.
func (r *Retention) columns() Columns {
	return Columns{Allocated: r.sizes != nil, Retained: r.retained != nil}
}

// spent is what PHP's allocator spent for a node, 0 if that is not known.
func (r *Retention) spent(n graph.NodeID) uint64 {
	if r.sizes == nil {
		return 0
	}
	return r.sizes.Of(n)
}

// of is what a node retains, 0 if that is not known.
func (r *Retention) of(n graph.NodeID) uint64 {
	if r.retained == nil {
		return 0
	}
	return r.retained.Of(n)
}

// own is what a node takes itself, in the sizes that retained ones are in.
func (r *Retention) own(n graph.NodeID) uint64 {
	if r.reported {
		return r.g.Size(n)
	}
	return r.spent(n)
}

// fill notes a node's sizes in an item.
func (r *Retention) fill(it *Item, n graph.NodeID) {
	if r.sizes != nil {
		allocated := r.sizes.Of(n)
		it.Allocated = &allocated
	}
	if r.retained != nil {
		retained := r.retained.Of(n)
		it.Retained = &retained
	}
}

// Summarize counts items in groups like the streaming [Summarize], with what
// the items of each group cost and retain between them, where that is known:
// members that another member dominates count once. Options.By is ByClass,
// ByType or ByNamespace.
func (r *Retention) Summarize(o SummaryOptions) *Summary {
	g := r.g
	s := &Summary{Source: graphSource(g, r.info), Columns: r.columns(), GroupedBy: cmp.Or(o.By, ByClass)}
	var total tallies
	group := r.group(o, &total)
	for n := range graph.NodeID(g.Items()) {
		t := total.list[group(n)]
		t.count++
		t.bytes += g.Size(n)
		t.allocated += r.spent(n)
	}
	s.Groups = total.groups()
	if r.retained != nil {
		sums := r.dominators.GroupRetained(func(n graph.NodeID) uint32 {
			if g.Missing(n) {
				return math.MaxUint32
			}
			return group(n)
		}, len(s.Groups), r.retained)
		for i := range s.Groups {
			s.Groups[i].RetainedBytes = sums[i]
		}
	}
	s.arrange(o.Sort, o.Limit)
	return s
}

// group tells the number of each item's group, which it enters into total:
// those of items of a kind alike, but for those that have a shape.
func (r *Retention) group(o SummaryOptions, total *tallies) func(graph.NodeID) uint32 {
	const unknown = math.MaxUint32
	g := r.g
	naming := summarySink{by: o.By, shapes: o.Shapes && o.By != ByNamespace}
	item := func(n graph.NodeID) *dump.Item {
		k := g.Kind(n)
		return &dump.Item{Fields: k.Fields, Type: []byte(g.Name(k.Type)), Class: []byte(g.Name(k.Class))}
	}
	byKind := slices.Repeat([]uint32{unknown}, len(g.Kinds()))
	var byNode []uint32
	if naming.shapes {
		byNode = slices.Repeat([]uint32{unknown}, g.Items())
	}
	var buf [24]byte
	for n := range graph.NodeID(g.Items()) {
		k := g.KindID(n)
		if byKind[k] != unknown {
			continue
		}
		it := item(n)
		if naming.shapes && hasShape(it) {
			from, to := g.Children(n)
			for e := from; e < to; e++ {
				naming.shape.addKey(g.KeyBytes(g.Label(e), buf[:]))
			}
			byNode[n] = total.ofShape(naming.group(it)).number
			naming.shape.reset()
			continue
		}
		byKind[k] = total.of(naming.group(it)).number
	}
	return func(n graph.NodeID) uint32 {
		if c := byKind[g.KindID(n)]; c != unknown {
			return c
		}
		return byNode[n]
	}
}

// SummarizeVariables tells what each variable of a frame, and each static,
// keeps alive alone. Each row counts the items that would be freed with the
// variable; what several of them hold, and what none reaches, are rows of
// their own, so that the rows add up to the whole. Retained must be known.
func (r *Retention) SummarizeVariables(sort SummarySort, limit int) *Summary {
	g := r.g
	s := &Summary{Source: graphSource(g, r.info), Columns: r.columns(), GroupedBy: ByFrame}
	const shared, unreachable = 0, 1
	s.Groups = []Group{
		shared:      {Name: "(shared by several variables)", Kind: "shared"},
		unreachable: {Name: graph.UnreachableLabel, Kind: "unreachable"},
	}
	row := make([]uint32, g.Len())
	for n := range r.dominators.All() {
		switch parent := r.dominators.Parent(n); parent {
		case graph.VirtualRoot:
			row[n] = shared
			if root, ok := g.Root(n); ok {
				frame, symbol := g.Name(root.Frame), g.Name(root.Symbol)
				kind := "variable"
				if frame == static {
					kind = "static"
				}
				row[n] = uint32(len(s.Groups))
				s.Groups = append(s.Groups, Group{Name: rootExpression(frame, symbol), Kind: kind})
			}
		case graph.Unreachable:
			row[n] = unreachable
		default:
			row[n] = row[parent]
		}
		t := &s.Groups[row[n]]
		if !g.Missing(n) {
			t.Count++
			t.ReportedBytes += g.Size(n)
			t.AllocatedBytes += r.spent(n)
		}
		if p := r.dominators.Parent(n); p == graph.VirtualRoot || p == graph.Unreachable {
			t.RetainedBytes += r.retained.Of(n)
		}
	}
	s.Groups = slices.DeleteFunc(s.Groups, func(t Group) bool { return t.Count == 0 })
	s.arrange(sort, limit)
	return s
}

// ItemSort is what the items of an answer are sorted by, descending.
type ItemSort string

// The orders of items.
const (
	ItemsAsTheyCome  ItemSort = ""
	ItemsByChildren  ItemSort = "children"
	ItemsBySize      ItemSort = "size"
	ItemsByAllocated ItemSort = "allocated"
	ItemsByRetained  ItemSort = "retained"
)

// weight gives what a node is sorted by; nil for ItemsAsTheyCome.
func (r *Retention) weight(by ItemSort) func(graph.NodeID) uint64 {
	switch by {
	case ItemsByChildren:
		return childrenOf(r.g)
	case ItemsBySize:
		return r.g.Size
	case ItemsByAllocated:
		return r.spent
	case ItemsByRetained:
		return r.of
	}
	return nil
}

// heaviest sorts nodes by weight, if there is one, and keeps the first of
// them. limit 0 keeps all.
func heaviest(nodes []graph.NodeID, weight func(graph.NodeID) uint64, limit int) []graph.NodeID {
	if weight != nil {
		slices.SortStableFunc(nodes, func(a, b graph.NodeID) int { return cmp.Compare(weight(b), weight(a)) })
	}
	if limit > 0 && len(nodes) > limit {
		nodes = nodes[:limit]
	}
	return nodes
}

// Widest lists containers like [WidestNodes], with their sizes, in any order.
func (r *Retention) Widest(by ItemSort, limit int) *TopChildren {
	g := r.g
	t := &TopChildren{Source: graphSource(g, r.info), Columns: r.columns(), WithPaths: true}
	paths := RootPaths(g)
	for _, n := range heaviest(containers(g), r.weight(cmp.Or(by, ItemsByChildren)), limit) {
		c := containerOf(g, n, paths)
		c.Allocated, c.Retained = r.spent(n), r.of(n)
		t.Containers = append(t.Containers, c)
	}
	return t
}

// Search is the streaming [Search] on the graph: filters may ask for allocated
// and retained bytes, and the answer be sorted. Fields that php-meminfo does
// not write are not in a graph.
func (r *Retention) Search(o QueryOptions, by ItemSort) (*Query, error) {
	g := r.g
	for i := range o.Filters {
		if f := &o.Filters[i]; !f.isKnown() && !slices.Contains(sizeAttributes, f.Attribute) {
			return nil, f.unknown(nil)
		}
	}
	var found []graph.NodeID
	view := nodeView{g: g, filters: o.Filters}
	for n := range graph.NodeID(g.Items()) {
		if r.meets(n, &view) {
			found = append(found, n)
		}
	}
	q := &Query{Source: graphSource(g, r.info), Matched: uint64(len(found))}
	for _, n := range heaviest(found, r.weight(by), o.Limit) {
		it := nodeItem(g, n)
		r.fill(&it, n)
		if o.Children {
			from, to := g.Children(n)
			for e := from; e < to; e++ {
				l := g.Label(e)
				it.Children = append(it.Children, Child{Key: g.Key(l), ID: g.ID(g.Target(e)), Reliable: !l.Unreliable(), Weak: l.Weak()})
			}
		}
		q.Items = append(q.Items, it)
	}
	return q, nil
}

func (r *Retention) meets(n graph.NodeID, v *nodeView) bool {
	var it *dump.Item
	for i := range v.filters {
		f := &v.filters[i]
		switch f.Attribute {
		case "allocated":
			if f.number(float64(r.spent(n)), nil) != yes {
				return false
			}
		case "retained":
			if f.number(float64(r.of(n)), nil) != yes {
				return false
			}
		default:
			if it == nil {
				it = v.item(n)
			}
			if f.match(it) != yes {
				return false
			}
		}
	}
	return true
}

// nodeView shows a node as an item of a dump, to filters.
type nodeView struct {
	g       *graph.Graph
	filters []Filter
	it      dump.Item
}

// item gives the view of a node, which holds until the next call. Of id and
// children there is only what some filter looks at.
func (v *nodeView) item(n graph.NodeID) *dump.Item {
	g, it := v.g, &v.it
	k := g.Kind(n)
	from, to := g.Children(n)
	*it = dump.Item{
		Fields: k.Fields &^ (dump.HasFrame | dump.HasSymbol), Size: g.Size(n), NumChildren: uint64(to - from), Children: it.Children[:0],
		Type: []byte(g.Name(k.Type)), Class: []byte(g.Name(k.Class)), Handle: []byte(g.Handle(n)),
	}
	if root, ok := g.Root(n); ok {
		it.IsRoot = true
		it.Fields |= k.Fields & (dump.HasFrame | dump.HasSymbol)
		it.Frame, it.Symbol = []byte(g.Name(root.Frame)), []byte(g.Name(root.Symbol))
	}
	for i := range v.filters {
		switch f := &v.filters[i]; {
		case f.Attribute == "id":
			it.ID = []byte(g.ID(n))
		case f.needsChildren() && len(it.Children) == 0:
			for e := from; e < to; e++ {
				it.Children = append(it.Children, dump.Child{Key: []byte(g.Key(g.Label(e))), ID: []byte(g.ID(g.Target(e)))})
			}
		}
	}
	return it
}

// ReferencePaths is [ReferencePaths] with the sizes of the items on the way,
// and with the item's dominators: cutting what leads to any of them would free
// the item.
func (r *Retention) ReferencePaths(text string, o RefPathOptions) (*RefPaths, error) {
	g := r.g
	target, err := Locate(g, text)
	if err != nil {
		return nil, err
	}
	p := referencePaths(g, r.info, target, o)
	r.fill(&p.Item, target)
	for i := range p.Paths {
		for j := range p.Paths[i].Steps {
			step := &p.Paths[i].Steps[j]
			r.fill(&step.Item, step.node)
		}
	}
	if r.dominators != nil && r.dominators.Reachable(target) {
		paths := RootPaths(g)
		for _, n := range r.dominators.Chain(target) {
			d := Dominator{Item: nodeItem(g, n), Expression: paths.Expression(n)}
			r.fill(&d.Item, n)
			p.Dominators = append(p.Dominators, d)
		}
	}
	return p, nil
}
