package page

import (
	"bytes"
	"encoding/json"
	"strings"

	g "maragu.dev/gomponents"

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

	// Of a change, Retained is what nodes are drawn by; these are what they retain
	// before and after, and which are there before only.
	Before      []uint64 `json:"before,omitempty"`
	After       []uint64 `json:"after,omitempty"`
	CountBefore []uint64 `json:"countBefore,omitempty"`
	Gone        []int    `json:"gone,omitempty"`
	DumpBefore  string   `json:"dumpBefore,omitempty"`

	Explained uint64 `json:"explained"`
	Least     uint64 `json:"least"` // bytes: what retains less is left out
	Dump      string `json:"dump"`  // name, for commands

	labels map[string]int
	kinds  map[[2]string]int
	above  []string // expressions of the nodes above the next, by depth
}

func newColumns() *columns {
	return &columns{Ids: map[int]string{}, Suspects: []int{}, labels: map[string]int{}, kinds: map[[2]string]int{}}
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
	c := newColumns()
	c.Explained, c.Least = t.Explained, t.Least
	for depth, n := range t.All {
		c.add(depth, n.Label, n.Type, n.Class, n.Path, n.ID)
		c.Count, c.Own, c.Retained = append(c.Count, n.Count), append(c.Own, n.Own), append(c.Retained, n.Retained)
		c.Hidden, c.HiddenBytes = append(c.Hidden, n.Hidden), append(c.HiddenBytes, n.HiddenBytes)
	}
	return c
}

// add adds the names of a node.
func (c *columns) add(depth int, label, typ, class, path, id string) {
	label = report.Shorten(label, widest)
	if _, ok := c.labels[label]; !ok {
		c.labels[label] = len(c.Labels)
		c.Labels = append(c.Labels, label)
	}
	kind := [2]string{report.Shorten(typ, widest), report.Shorten(class, widest)}
	if _, ok := c.kinds[kind]; !ok {
		c.kinds[kind] = len(c.Kinds)
		c.Kinds = append(c.Kinds, kind)
	}
	if len(path) > longestPath || report.Printable(path) != path {
		path = ""
	}
	if path == "" && id != "" {
		c.Ids[len(c.Depth)] = report.Shorten(id, widest)
	}
	parent := ""
	if depth > 0 {
		parent = c.above[depth-1]
	}
	c.above = append(c.above[:depth], path)
	c.Depth = append(c.Depth, depth)
	c.Label, c.Kind = append(c.Label, c.labels[label]), append(c.Kind, c.kinds[kind])
	c.Path = append(c.Path, encodePath(path, parent, label))
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

// element is the tree in an element that no browser runs.
func (c *columns) element(id string) (g.Node, error) {
	data, err := c.encode()
	return g.Raw(`<script type="application/json" id="` + id + `">` + string(data) + `</script>`), err
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
