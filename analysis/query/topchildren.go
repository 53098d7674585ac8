package query

import (
	"cmp"
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/dump"
	"memtrail/graph"
)

// WidestContainers finds the items with the most children, in one pass;
// limit 0 means all of them. Equally wide ones stay in the order of the dump.
// Type, class and path are left to [WidestNodes].
func WidestContainers(in *dump.Input, limit, workers int) (*TopChildren, error) {
	top := widest{limit: limit}
	info, err := dump.Each(in, dump.Options{Workers: workers},
		func() *widest { return &widest{limit: limit} },
		func(w *widest) error {
			w.trim()
			top.list = append(top.list, w.list...)
			top.trim()
			return nil
		})
	if err != nil {
		return nil, err
	}
	return &TopChildren{Source: analysis.SourceOf(&info), Containers: top.list}, nil
}

// WidestNodes is [WidestContainers] on a graph, with type, class and path.
func WidestNodes(g *graph.Graph, info *dump.Info, limit int) *TopChildren {
	t := &TopChildren{Source: analysis.GraphSource(g, info), WithPaths: true}
	paths := paths.RootPaths(g)
	for _, n := range heaviest(containers(g), childrenOf(g), limit) {
		t.Containers = append(t.Containers, containerOf(g, n, paths))
	}
	return t
}

// containers are the items with children, be there none, in dump order.
func containers(g *graph.Graph) []graph.NodeID {
	var all []graph.NodeID
	for n := range graph.NodeID(g.Items()) {
		if g.Kind(n).Fields&dump.HasChildren != 0 {
			all = append(all, n)
		}
	}
	return all
}

func childrenOf(g *graph.Graph) func(graph.NodeID) uint64 {
	return func(n graph.NodeID) uint64 {
		from, to := g.Children(n)
		return uint64(to - from)
	}
}

func containerOf(g *graph.Graph, n graph.NodeID, paths *paths.Paths) Container {
	k := g.Kind(n)
	return Container{
		ID: g.ID(n), Type: g.Name(k.Type), Class: g.Name(k.Class), Children: childrenOf(g)(n), Path: paths.Expression(n),
	}
}

// widest keeps the widest containers of one stretch. It implements dump.Sink.
type widest struct {
	limit int
	list  []Container
	least uint64 // children of the last one kept, once there are limit of them
}

func (w *widest) Item(it *dump.Item) {
	if it.More || it.Broken || !it.Has(dump.HasChildren) || it.NumChildren <= w.least && w.least > 0 {
		return
	}
	w.list = append(w.list, Container{ID: string(it.ID), Children: it.NumChildren})
	if w.limit > 0 && len(w.list) >= 2*w.limit+64 {
		w.trim()
	}
}

// trim sorts the list and cuts it to the limit.
func (w *widest) trim() {
	slices.SortStableFunc(w.list, func(a, b Container) int { return cmp.Compare(b.Children, a.Children) })
	if w.limit > 0 && len(w.list) >= w.limit {
		w.list = w.list[:w.limit]
		w.least = w.list[w.limit-1].Children
	}
}
