package page

import (
	"bytes"
	"encoding/json"
	"strings"

	"memtrail/analysis/tree"
	"memtrail/report"
)

// columns are the nodes of a tree, parents before their children, siblings by
// what they retain. A column has a value a node. Text is printable. As a list of
// objects it would take many times as much.
type columns struct {
	Labels []string    `json:"labels"` // of which Label has the places
	Kinds  [][2]string `json:"kinds"`  // type and class, of which Kind has the places

	Depth       []int    `json:"depth"`
	Label       []int    `json:"label"`
	Kind        []int    `json:"kind"`
	Count       []uint64 `json:"count"`
	Own         []uint64 `json:"own"`
	Retained    []uint64 `json:"retained"`
	Hidden      []uint64 `json:"hidden"`      // items below it that are left out
	HiddenBytes []uint64 `json:"hiddenBytes"` // that they retain
	// Path is a node's expression: 0 for that of its parent with its label, "+x"
	// for that with x, "=x" for x alone; "" where it has none.
	Path []any `json:"path"`
	// Ids are those of the nodes without an expression, by node.
	Ids map[int]string `json:"ids"`
	// Suspects are the nodes of suspects, -1 for one that has none, in their order.
	Suspects []int `json:"suspects"`

	Explained uint64 `json:"explained"`
	Least     uint64 `json:"least"` // bytes: what retains less is left out
	Dump      string `json:"dump"`  // name, for commands
}

const (
	// Labels and classes have at most so many columns on a page.
	widest = 120
	// A longer expression is not worth copying.
	longestPath = 400
)

// columnsOf flattens a tree. The nodes are those of the tree, in the order of
// [tree.Tree.All].
func columnsOf(t *tree.Tree) *columns {
	c := &columns{Ids: map[int]string{}, Suspects: []int{}, Explained: t.Explained, Least: t.Least}
	labels, kinds := map[string]int{}, map[[2]string]int{}
	var above []string // expressions of the nodes above, by depth
	for depth, n := range t.All {
		label := report.Shorten(n.Label, widest)
		if _, ok := labels[label]; !ok {
			labels[label] = len(c.Labels)
			c.Labels = append(c.Labels, label)
		}
		kind := [2]string{report.Shorten(n.Type, widest), report.Shorten(n.Class, widest)}
		if _, ok := kinds[kind]; !ok {
			kinds[kind] = len(c.Kinds)
			c.Kinds = append(c.Kinds, kind)
		}
		path := n.Path
		if len(path) > longestPath || report.Printable(path) != path {
			path = ""
		}
		if path == "" && n.ID != "" {
			c.Ids[len(c.Depth)] = report.Shorten(n.ID, widest)
		}
		parent := ""
		if depth > 0 {
			parent = above[depth-1]
		}
		above = append(above[:depth], path)
		c.Depth = append(c.Depth, depth)
		c.Label, c.Kind = append(c.Label, labels[label]), append(c.Kind, kinds[kind])
		c.Count, c.Own, c.Retained = append(c.Count, n.Count), append(c.Own, n.Own), append(c.Retained, n.Retained)
		c.Hidden, c.HiddenBytes = append(c.Hidden, n.Hidden), append(c.HiddenBytes, n.HiddenBytes)
		c.Path = append(c.Path, encodePath(path, parent, label))
	}
	return c
}

// encodePath writes an expression by that of the parent, see [columns.Path].
func encodePath(path, parent, label string) any {
	switch rest, below := strings.CutPrefix(path, parent); {
	case path == "":
		return ""
	case below && rest == label:
		return 0
	case below && parent != "":
		return "+" + rest
	}
	return "=" + path
}

// find gives the first node for which a test holds, -1 for none.
func find(t *tree.Tree, test func(*tree.TreeNode) bool) int {
	i, found := 0, -1
	for _, n := range t.All {
		if test(n) {
			found = i
			break
		}
		i++
	}
	return found
}

// encode is the tree as JSON that may stand in a page: without <, >, & and
// U+2028, which are escaped.
func (c *columns) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(true)
	err := e.Encode(c)
	return bytes.TrimSpace(b.Bytes()), err
}
