package query

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/dump"
	"memtrail/graph"
)

// columns says what is known.
func columnsOf(r *retain.Retention) Columns {
	return Columns{Allocated: r.Sizes != nil, Retained: r.Retained != nil}
}

// Summarize counts items in groups like the streaming [Summarize], with what
// the items of each group cost and retain between them, where that is known:
// members that another member dominates count once. Options.By is ByClass,
// ByType or ByNamespace.
func SummarizeSized(r *retain.Retention, o SummaryOptions) *Summary {
	g := r.Graph
	s := &Summary{Source: analysis.GraphSource(g, r.Info), Columns: columnsOf(r), GroupedBy: cmp.Or(o.By, ByClass)}
	total := newTallies(maphash.MakeSeed())
	group := groupOf(r, o, total)
	for n := range graph.NodeID(g.Items()) {
		t := total.at(group(n))
		t.count++
		t.bytes += g.Size(n)
		t.allocated += r.Allocated(n)
	}
	s.Groups = total.groups(nil)
	if r.Retained != nil {
		s.sumRetained(r, group)
	}
	s.arrange(o.Sort, o.Limit)
	return s
}

// group tells the number of each item's group, which it enters into total:
// those of items of a kind alike, but for those that have a shape.
func groupOf(r *retain.Retention, o SummaryOptions, total *tallies) func(graph.NodeID) uint32 {
	const unknown = math.MaxUint32
	g := r.Graph
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
				naming.shape.AddKey(g.KeyBytes(g.Label(e), buf[:]))
			}
			byNode[n] = total.ofShape(naming.group(it))
			naming.shape.Reset()
			continue
		}
		byKind[k] = total.tallyOf(naming.group(it))
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
func SummarizeVariables(r *retain.Retention, sort SummarySort, limit int) *Summary {
	g := r.Graph
	s := &Summary{Source: analysis.GraphSource(g, r.Info), Columns: columnsOf(r), GroupedBy: ByFrame}
	const shared, unreachable = 0, 1
	s.Groups = []Group{
		shared:      {Name: "(shared by several variables)", Kind: "shared"},
		unreachable: {Name: graph.UnreachableLabel, Kind: "unreachable"},
	}
	row := make([]uint32, g.Len())
	for n := range r.Dominators.All() {
		switch parent := r.Dominators.Parent(n); parent {
		case graph.VirtualRoot:
			row[n] = shared
			if root, ok := g.Root(n); ok {
				frame, symbol := g.Name(root.Frame), g.Name(root.Symbol)
				kind := "variable"
				if frame == paths.StaticFrame {
					kind = "static"
				}
				row[n] = uint32(len(s.Groups))
				s.Groups = append(s.Groups, Group{Name: paths.RootExpression(frame, symbol), Kind: kind})
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
			t.AllocatedBytes += r.Allocated(n)
		}
		if p := r.Dominators.Parent(n); p == graph.VirtualRoot || p == graph.Unreachable {
			t.RetainedBytes += r.Retained.Of(n)
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
func weightOf(r *retain.Retention, by ItemSort) func(graph.NodeID) uint64 {
	switch by {
	case ItemsByChildren:
		return childrenOf(r.Graph)
	case ItemsBySize:
		return r.Graph.Size
	case ItemsByAllocated:
		return r.Allocated
	case ItemsByRetained:
		return r.Of
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
func WidestSized(r *retain.Retention, by ItemSort, limit int) *TopChildren {
	g := r.Graph
	t := &TopChildren{Source: analysis.GraphSource(g, r.Info), Columns: columnsOf(r), WithPaths: true}
	paths := paths.Shared(r)
	for _, n := range heaviest(containers(g), weightOf(r, cmp.Or(by, ItemsByChildren)), limit) {
		c := containerOf(g, n, paths)
		c.Allocated, c.Retained = r.Allocated(n), r.Of(n)
		t.Containers = append(t.Containers, c)
	}
	return t
}

// Search is the streaming [Search] on the graph: filters may ask for allocated
// and retained bytes, and the answer be sorted. Fields that php-meminfo does
// not write are not in a graph.
func SearchSized(r *retain.Retention, o SearchOptions, by ItemSort) (*Query, error) {
	g := r.Graph
	for i := range o.Filters {
		if f := &o.Filters[i]; !f.isKnown() && !slices.Contains(sizeAttributes, f.Attribute) {
			return nil, f.unknown(nil)
		}
	}
	var found []graph.NodeID
	view := nodeView{g: g, filters: o.Filters}
	for n := range graph.NodeID(g.Items()) {
		if meetsAll(r, n, &view) {
			found = append(found, n)
		}
	}
	q := &Query{Source: analysis.GraphSource(g, r.Info), Matched: uint64(len(found))}
	for _, n := range heaviest(found, weightOf(r, by), o.Limit) {
		it := analysis.NodeItem(g, n)
		r.Fill(&it, n)
		if o.Children {
			from, to := g.Children(n)
			for e := from; e < to; e++ {
				l := g.Label(e)
				it.Children = append(it.Children, analysis.Child{Key: g.Key(l), ID: g.ID(g.Target(e)), Reliable: !l.Unreliable(), Weak: l.Weak()})
			}
		}
		q.Items = append(q.Items, it)
	}
	return q, nil
}

func meetsAll(r *retain.Retention, n graph.NodeID, v *nodeView) bool {
	var it *dump.Item
	for i := range v.filters {
		f := &v.filters[i]
		switch f.Attribute {
		case "allocated":
			if f.number(float64(r.Allocated(n)), nil) != yes {
				return false
			}
		case "retained":
			if f.number(float64(r.Of(n)), nil) != yes {
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
func ReferencePathsSized(r *retain.Retention, text string, o RefPathOptions) (*RefPaths, error) {
	g := r.Graph
	target, err := paths.Locate(g, text)
	if err != nil {
		return nil, err
	}
	p := pathsTo(g, r.Info, target, o, r.Fill)
	r.Fill(&p.Item, target)
	if r.Dominators != nil && r.Dominators.Reachable(target) {
		p.findDominators(r, target, o.steps())
	}
	return p, nil
}

// findDominators spells out the dominators of a node. The shortest path to one
// goes on from that to the one above, so each is found in few steps, and of long
// paths the ends are written.
func (r *RefPaths) findDominators(of *retain.Retention, target graph.NodeID, most int) {
	ways := paths.Shared(of)
	r.dominator = func(n graph.NodeID) Dominator {
		d := Dominator{Item: analysis.NodeItem(of.Graph, n), Expression: ways.Expression(n)}
		of.Fill(&d.Item, n)
		return d
	}
	chain := of.Dominators.Chain(target)
	head, between, tail := (&speller{most: most}).ends(len(chain))
	for _, n := range chain[:head] {
		r.Dominators = append(r.Dominators, r.dominator(n))
	}
	if between > 0 {
		r.DominatorsBefore = head
		if most == 0 {
			r.chain = chain[head : head+between]
		} else {
			r.DominatorsLeft = between
		}
	}
	for _, n := range chain[len(chain)-tail:] {
		r.Dominators = append(r.Dominators, r.dominator(n))
	}
}
