package query

import (
	"memtrail/analysis"
	"memtrail/dump"
	"memtrail/graph"
)

// SearchOptions says what to look for.
type SearchOptions struct {
	Filters  []Filter // all must be met
	Limit    int      // items to keep; 0: all
	Children bool     // keep the items' children, not only their number
	Workers  int
	Budget   graph.Budget // of the graph, where one is built
}

// Search finds the items that meet all filters, in one pass over the dump.
// Children are taken for reliable; [Query.Judge] knows better.
func Search(in *dump.Input, o SearchOptions) (*Query, error) {
	q := searcher(o)
	info, err := dump.Each(in, q.wants(), q.sink, q.merge)
	if err != nil {
		return nil, err
	}
	return q.result(analysis.SourceOf(&info))
}

// SearchGraph is [Search] for an input that can be read only once: it builds
// the graph in the same pass.
func SearchGraph(in *dump.Input, o SearchOptions) (*Query, *graph.Graph, error) {
	q := searcher(o)
	b := graph.NewBuilder(in)
	b.Limit(o.Budget)
	wants := q.wants()
	wants.Children = true
	info, err := dump.Each(in, wants, func() *tee { return &tee{b.Part(), q.sink()} }, func(t *tee) error {
		if err := b.Join(t.part); err != nil {
			return err
		}
		return q.merge(t.query)
	})
	if err != nil {
		return nil, nil, err
	}
	g, err := b.Finish()
	if err != nil {
		return nil, nil, err
	}
	r, err := q.result(analysis.GraphSource(g, &info))
	return r, g, err
}

// tee gives each item to the graph and to the query.
type tee struct {
	part  *graph.Part
	query *querySink
}

func (t *tee) Item(it *dump.Item) {
	t.part.Item(it)
	t.query.Item(it)
}

// Doubtful reports whether a graph is needed to tell which children are
// reliable: there are children that lie elsewhere than in their parent.
func (q *Query) Doubtful() bool {
	for i := range q.Items {
		it := &q.Items[i]
		parent, _ := dump.ParseAddress([]byte(it.ID))
		for _, c := range it.Children {
			child, _ := dump.ParseAddress([]byte(c.ID))
			if off := uint64(child - parent); !it.HasClass || off < 40 || (off-40)%16 != 0 || (off-40)/16 >= it.ChildrenCount {
				return true
			}
		}
	}
	return false
}

// Judge flags the children of the items found by what the dump's graph tells
// of them.
func (q *Query) Judge(g *graph.Graph) {
	n := graph.NodeID(0) // nodes are in the order of the items
	for i := range q.Items {
		it := &q.Items[i]
		if len(it.Children) == 0 {
			continue
		}
		address, _ := dump.ParseAddress([]byte(it.ID))
		for ; int(n) < g.Items(); n++ {
			if from, to := g.Children(n); g.Address(n) == address && int(to-from) == len(it.Children) {
				break
			}
		}
		if int(n) == g.Items() {
			return
		}
		from, to := g.Children(n)
		for e := from; e < to; e++ {
			l := g.Label(e)
			it.Children[e-from].Reliable, it.Children[e-from].Weak = !l.Unreliable(), l.Weak()
		}
		n++
	}
}

// search collects what the sinks find.
type search struct {
	o       SearchOptions
	deep    bool // filters look at children
	extra   bool // filters look at fields that php-meminfo does not write
	matched uint64
	items   []analysis.Item
	extras  map[string]bool
}

func searcher(o SearchOptions) *search {
	s := &search{o: o, extras: map[string]bool{}}
	for i := range o.Filters {
		s.deep = s.deep || o.Filters[i].needsChildren()
		s.extra = s.extra || !o.Filters[i].isKnown()
	}
	return s
}

func (s *search) wants() dump.Options {
	return dump.Options{Children: s.deep || s.o.Children, Extra: true, Workers: s.o.Workers}
}

func (s *search) sink() *querySink { return &querySink{search: s} }

func (s *search) merge(q *querySink) error {
	s.matched += q.matched
	for _, it := range q.items {
		if s.o.Limit > 0 && len(s.items) == s.o.Limit {
			break
		}
		s.items = append(s.items, it)
	}
	for x := range q.extras {
		s.extras[x] = true
	}
	return nil
}

func (s *search) result(src analysis.Source) (*Query, error) {
	for i := range s.o.Filters {
		if f := &s.o.Filters[i]; !f.isKnown() && !s.extras[f.Attribute] {
			return nil, f.unknown(s.extras)
		}
	}
	return &Query{Source: src, Matched: s.matched, Items: s.items}, nil
}

// querySink searches one stretch. Of the search it reads the options only.
type querySink struct {
	search  *search
	matched uint64
	items   []analysis.Item
	extras  map[string]bool

	open     bool
	hopeless bool             // the item that goes on fails a filter already
	found    []bool           // by filter: some piece met it
	children []analysis.Child // of the pieces so far
}

// Item implements dump.Sink.
func (q *querySink) Item(it *dump.Item) {
	if q.search.extra {
		for _, x := range it.Extra {
			if !q.extras[string(x.Name)] {
				if q.extras == nil {
					q.extras = map[string]bool{}
				}
				q.extras[string(x.Name)] = true
			}
		}
	}
	if it.More || q.open {
		q.piece(it)
		return
	}
	fs := q.search.o.Filters
	for i := range fs {
		if fs[i].match(it) != yes {
			return
		}
	}
	q.keep(it, nil)
}

// piece takes a piece of an item with a very long list of children.
func (q *querySink) piece(it *dump.Item) {
	fs := q.search.o.Filters
	if !q.open {
		q.hopeless = false
		q.found = append(q.found[:0], make([]bool, len(fs))...)
		q.children = q.children[:0]
	}
	q.open = it.More
	if it.Broken || q.hopeless {
		return
	}
	if q.hopeless = q.fails(it); q.hopeless {
		return
	}
	if q.search.o.Children {
		q.children = appendChildren(q.children, it)
	}
	if !it.More && q.meets(it) {
		q.keep(it, q.children)
		q.children = nil
	}
}

// fails notes what filters find in a piece, and reports whether the item fails one
// of them whatever comes. What a field holds does not change in later pieces; the
// count does, and so does is_root where it stands behind the children.
func (q *querySink) fails(it *dump.Item) bool {
	fs := q.search.o.Filters
	for i := range fs {
		f := &fs[i]
		v := f.match(it)
		if f.needsChildren() {
			sought := yes
			if f.Op == "!=" {
				sought = no // it is the id that must not be there
			}
			q.found[i] = q.found[i] || v == sought
			continue
		}
		switch f.Attribute {
		case "children", "children_count":
			continue
		case "is_root":
			if !it.Has(dump.HasRoot) {
				continue
			}
		}
		if v == no {
			return true
		}
	}
	return false
}

// meets reports whether an item, all pieces of which were looked at, meets all
// filters.
func (q *querySink) meets(it *dump.Item) bool {
	fs := q.search.o.Filters
	for i := range fs {
		f := &fs[i]
		if f.needsChildren() {
			if q.found[i] == (f.Op == "!=") {
				return false
			}
		} else if f.match(it) != yes {
			return false
		}
	}
	return true
}

// keep notes an item that meets all filters, with the children of all its
// pieces if it came in some.
func (q *querySink) keep(it *dump.Item, children []analysis.Child) {
	q.matched++
	if limit := q.search.o.Limit; limit > 0 && len(q.items) == limit {
		return
	}
	v := analysis.ItemOf(it)
	if q.search.o.Children && v.HasChildren {
		if children == nil {
			children = appendChildren(make([]analysis.Child, 0, len(it.Children)), it)
		}
		v.Children = children
		weak := v.Class == "WeakMap"
		for i := range v.Children {
			v.Children[i].Weak = weak
		}
	}
	q.items = append(q.items, v)
}

func appendChildren(to []analysis.Child, it *dump.Item) []analysis.Child {
	for _, c := range it.Children {
		to = append(to, analysis.Child{Key: string(c.Key), ID: string(c.ID), Reliable: true})
	}
	return to
}
