package page

import (
	"cmp"
	"math"

	"memtrail/analysis/tree"
	"memtrail/report"
)

const (
	// Of the whole, what weighs less than this share is left out of the map of what
	// changed; and it has so many nodes at most.
	changeShare = 0.0005
	changeNodes = 4000
	// Places named in the table of what changed, and the share of the whole that
	// the least of them changed by.
	mostChanges = 12
	changeLeast = 0.002
)

// changeView is what changed from the first dump to the last.
type changeView struct {
	First, Last   string // names
	Before, After uint64 // bytes that hang on variables
	Net           int64
	Unseen        uint64
	Places        []changedPlace
	More          int
}

// changedPlace is a place at which the change is decided.
type changedPlace struct {
	Path, Class   string
	Before, After uint64
	Net           int64
	Counts        string // items before and after
	Changed       tree.Changed
}

// changeOf words a change, and gives its map.
func changeOf(p *Page) (*changeView, *columns) {
	c := tree.Compare(p.Before, p.Overview.Tree, changeShare, changeNodes)
	v := &changeView{
		First: p.First, Last: p.Name, Before: c.Root.Before.Retained, After: c.Root.After.Retained, Net: c.Root.Delta(), Unseen: c.Unseen,
	}
	where := wheres(&c.Root)
	places := c.Decisive(uint64(math.Ceil(changeLeast * float64(c.Root.Weight))))
	if n := len(places) - mostChanges; n > 0 {
		v.More, places = n, places[:mostChanges]
	}
	for _, n := range places {
		counts := report.Grouped(n.After.Count)
		switch {
		case n.Before.Count != n.After.Count:
			counts = report.Grouped(n.Before.Count) + " → " + counts
		case n.After.Count == 1:
			counts = ""
		}
		v.Places = append(v.Places, changedPlace{
			Path: report.Shorten(where[n], widest), Class: report.Shorten(cmp.Or(n.Class, n.Type), widest),
			Before: n.Before.Retained, After: n.After.Retained, Net: n.Delta(), Counts: counts, Changed: n.Changed(),
		})
	}
	return v, columnsOfChange(c, p)
}

// wheres tells where each place is: by the labels on the way, as of several items
// none has an expression of its own.
func wheres(root *tree.ChangeNode) map[*tree.ChangeNode]string {
	where := map[*tree.ChangeNode]string{root: ""}
	var walk func(n *tree.ChangeNode)
	walk = func(n *tree.ChangeNode) {
		for i := range n.Children {
			c := &n.Children[i]
			if where[c] = where[n] + c.Label; c.Before.Count <= 1 && c.After.Count <= 1 && c.Path != "" {
				where[c] = c.Path
			}
			walk(c)
		}
	}
	walk(root)
	return where
}

// columnsOfChange flattens a change. Retained is the width of a node, and Count
// how many there are after.
func columnsOfChange(c *tree.Change, p *Page) *columns {
	b := newColumns()
	b.Least, b.Explained = c.Unseen, c.Root.Weight
	b.Dump, b.DumpBefore = report.Printable(p.Name), report.Printable(p.First)
	b.Before, b.After, b.CountBefore, b.Gone = []uint64{}, []uint64{}, []uint64{}, []int{}
	var walk func(n *tree.ChangeNode, depth int)
	walk = func(n *tree.ChangeNode, depth int) {
		if n.Gone {
			b.Gone = append(b.Gone, len(b.Depth))
		}
		b.add(depth, n.Label, n.Type, n.Class, n.Path, n.ID)
		below := uint64(0)
		for i := range n.Children {
			below += n.Children[i].Weight
		}
		b.Count, b.CountBefore = append(b.Count, n.After.Count), append(b.CountBefore, n.Before.Count)
		b.Before, b.After = append(b.Before, n.Before.Retained), append(b.After, n.After.Retained)
		b.Retained = append(b.Retained, n.Weight)
		b.Hidden = append(b.Hidden, max(n.Before.Hidden, n.After.Hidden))
		b.HiddenBytes = append(b.HiddenBytes, min(n.Weight-below, max(n.Before.HiddenBytes, n.After.HiddenBytes)))
		for i := range n.Children {
			walk(&n.Children[i], depth+1)
		}
	}
	walk(&c.Root, 0)
	return b
}
