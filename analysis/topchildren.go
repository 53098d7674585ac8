package analysis

import (
	"cmp"
	"slices"

	"memtrail/dump"
	"memtrail/graph"
)

// WidestContainers finds the items with the most children, in one pass;
// limit 0 means all of them. Equally wide ones stay in the order of the dump.
// Type, class and path are left to [RootPaths].
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
	return &TopChildren{Source: sourceOf(&info), Containers: top.list}, nil
}

// WidestNodes is [WidestContainers] on a graph, with type, class and path.
func WidestNodes(g *graph.Graph, info *dump.Info, limit int) *TopChildren {
	type wide struct {
		node graph.NodeID
		n    uint64
	}
	var all []wide
	for n := range graph.NodeID(g.Items()) {
		if g.Kind(n).Fields&dump.HasChildren != 0 {
			from, to := g.Children(n)
			all = append(all, wide{n, uint64(to - from)})
		}
	}
	slices.SortStableFunc(all, func(a, b wide) int { return cmp.Compare(b.n, a.n) })
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	t := &TopChildren{Source: graphSource(g, info), WithPaths: true}
	paths := RootPaths(g)
	for _, w := range all {
		k := g.Kind(w.node)
		t.Containers = append(t.Containers, Container{
			ID: g.ID(w.node), Type: g.Name(k.Type), Class: g.Name(k.Class), Children: w.n, Path: paths.Expression(w.node),
		})
	}
	return t
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
