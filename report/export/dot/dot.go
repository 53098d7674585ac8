// Package dot draws the ways to an item, or what a dominator tree keeps alive, in
// the language of Graphviz. A drawing has few nodes, and says what it leaves out:
// more than some dozens nobody can read, and Graphviz takes minutes to lay out.
package dot

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/analysis/query"
	"memtrail/analysis/tree"
	"memtrail/internal/escape"
	"memtrail/report"
)

// MaxNodes is the most nodes that a drawing has.
const MaxNodes = 60

// MaxSteps is how many steps of a path are looked at: RefPathOptions.Steps.
const MaxSteps = 2 * (ends + 1)

// widest is the number of columns that a line in a node has at most.
const widest = 60

// Tree draws a dominator tree of at most [MaxNodes] nodes. The error is that of the
// writer.
func Tree(w io.Writer, t *tree.Tree) error {
	d := newDrawing(w, "who keeps the memory alive")
	var above []int // nodes, by depth
	drawn, hidden, hiddenBytes := uint64(0), uint64(0), uint64(0)
	for depth, n := range t.All {
		node := d.node(treeLines(n), kindStyle(n.Type, n.ID == ""))
		if depth > 0 {
			d.edge(above[depth-1], node, "", "")
		}
		above = append(above[:depth], node)
		hidden += n.Hidden
		hiddenBytes += n.HiddenBytes
		if n.ID != "" {
			drawn += n.Count
		}
	}
	d.note(fmt.Sprintf("%s of %s drawn; left out: %s and what these keep alive, %s",
		report.Grouped(drawn), report.Count(t.Items, "item"), report.Count(hidden, "item"), report.Size(hiddenBytes)))
	if t.Elsewhere > 0 {
		d.note(report.Count(t.Elsewhere, "further item") + " that it holds something else holds, too")
	}
	return d.end(&t.Source)
}

// treeLines are the lines of a node of a tree.
func treeLines(n *tree.TreeNode) []string {
	head := n.Label
	if n.Label == "(shared)" && n.Path != "" {
		head = n.Path
	}
	if n.Count > 1 {
		head += " [×" + report.Grouped(n.Count) + "]"
	}
	lines := []string{head}
	if n.ID != "" {
		lines = append(lines, cmp.Or(n.Class, n.Type, "(missing)"))
	}
	lines = append(lines, fmt.Sprintf("%s, %s", report.Size(n.Retained), report.Percent(n.Share)))
	if n.Hidden > 0 && n.HiddenBytes > 0 {
		lines = append(lines, fmt.Sprintf("%s more: %s", report.Grouped(n.Hidden), report.Size(n.HiddenBytes)))
	}
	return lines
}

// RefPaths draws the ways by which roots reach an item: as many of them as fit
// [MaxNodes], of long ones the ends. They must have [MaxSteps] steps, if there are as many.
func RefPaths(w io.Writer, r *query.RefPaths) error {
	d := newDrawing(w, "why this is still in memory")
	nodes, edges := map[string]int{}, map[string]bool{}
	shown := 0
	for i := range r.Paths {
		steps := shorten(&r.Paths[i])
		fresh := 0
		for _, s := range steps {
			if _, ok := nodes[s.id(i)]; !ok {
				fresh++
			}
		}
		if len(nodes)+fresh > MaxNodes {
			break
		}
		shown++
		last := -1
		for k, s := range steps {
			node, ok := nodes[s.id(i)]
			if !ok {
				node = d.node(s.lines(k == 0), s.style(k == 0, k == len(steps)-1))
				nodes[s.id(i)] = node
			}
			if label := s.edgeLabel(); last >= 0 && !edges[fmt.Sprint(last, node, label)] {
				edges[fmt.Sprint(last, node, label)] = true
				d.edge(last, node, label, s.edgeStyle())
			}
			last = node
		}
	}
	if len(r.Paths) == 0 {
		d.node(itemLines(&r.Item), "penwidth=2")
		d.note("no root reaches it")
	}
	if left := len(r.Paths) - shown + r.Cut; left > 0 {
		d.note(fmt.Sprintf("%d of %s drawn, one a root", shown, report.Count(uint64(shown+left), "path")))
	}
	return d.end(&r.Source)
}

// A drawnStep is a step of a path, or the gap that several leave.
type drawnStep struct {
	*query.Step
	gap    int // steps that are left out here
	object bool
}

// Of a long path so many steps are drawn at each end.
const ends = 15

func shorten(p *query.Path) []drawnStep {
	var all []drawnStep
	left := p.Total() - 2*ends
	add := func(i int) {
		all = append(all, drawnStep{Step: p.Step(i), object: i > 0 && p.Step(i-1).Item.Type == "object"})
	}
	if left <= 1 {
		for i := range p.Len() {
			add(i)
		}
		return all
	}
	for i := range ends {
		add(i)
	}
	all = append(all, drawnStep{gap: left})
	for i := p.Len() - ends; i < p.Len(); i++ {
		add(i)
	}
	return all
}

// id tells the node of a step. A gap has one for each path.
func (s drawnStep) id(path int) string {
	if s.gap > 0 {
		return fmt.Sprint("gap ", path)
	}
	return s.Item.ID
}

func (s drawnStep) lines(root bool) []string {
	if s.gap > 0 {
		return []string{"… " + report.Count(uint64(s.gap), "item") + " left out …"}
	}
	lines := itemLines(&s.Item)
	if root {
		lines = append([]string{paths.RootExpression(s.Item.Frame, s.Item.Symbol)}, lines...)
	}
	return lines
}

func itemLines(it *analysis.Item) []string {
	lines := []string{cmp.Or(it.Class, it.Type, "(missing)"), it.ID}
	if it.Retained != nil {
		lines = append(lines, "keeps "+report.Size(*it.Retained))
	}
	return lines
}

func (s drawnStep) style(root, target bool) string {
	switch {
	case s.gap > 0:
		return "shape=plaintext"
	case target:
		return "penwidth=2, " + kindStyle(s.Item.Type, false)
	case root:
		return "peripheries=2, " + kindStyle(s.Item.Type, false)
	}
	return kindStyle(s.Item.Type, false)
}

func (s drawnStep) edgeLabel() string {
	switch {
	case s.gap > 0:
		return ""
	case s.Entry && strings.HasPrefix(s.Key, "=>"):
		return s.Key
	}
	var b strings.Builder
	paths.AppendStep(&b, s.object, s.Key, s.Reliable)
	return b.String()
}

func (s drawnStep) edgeStyle() string {
	switch {
	case s.gap > 0:
		return ""
	case s.Weak:
		return "style=dotted, tooltip=\"weak: keeps nothing alive\""
	case !s.Reliable:
		return "style=dashed, tooltip=\"may not exist: the address was used again\""
	}
	return ""
}

// kindStyle is the look of a node.
func kindStyle(typ string, none bool) string {
	switch {
	case none:
		return "shape=plaintext"
	case typ == "object":
		return "fillcolor=\"#dbe9f6\""
	case typ == "array":
		return "fillcolor=\"#f3ecd8\""
	}
	return "fillcolor=\"#f4f4f4\""
}

// drawing is a drawing in the making. Errors stay with the writer.
type drawing struct {
	out   *bufio.Writer
	nodes int
	notes []string
}

func newDrawing(w io.Writer, name string) *drawing {
	d := &drawing{out: bufio.NewWriter(w)}
	fmt.Fprintf(d.out, "digraph %s {\n\trankdir=LR;\n\tnode [shape=box, style=filled, fillcolor=white, fontname=\"Helvetica\", fontsize=10];\n\tedge [fontname=\"Courier\", fontsize=9];\n", quoted(name))
	return d
}

// node draws a node and gives its number.
func (d *drawing) node(lines []string, style string) int {
	n := d.nodes
	d.nodes++
	fmt.Fprintf(d.out, "\tn%d [label=%s, %s];\n", n, quoted(lines...), style)
	return n
}

func (d *drawing) edge(from, to int, label, style string) {
	fmt.Fprintf(d.out, "\tn%d -> n%d", from, to)
	switch {
	case label != "" && style != "":
		fmt.Fprintf(d.out, " [label=%s, %s]", quoted(label), style)
	case label != "":
		fmt.Fprintf(d.out, " [label=%s]", quoted(label))
	case style != "":
		fmt.Fprintf(d.out, " [%s]", style)
	}
	fmt.Fprint(d.out, ";\n")
}

// note adds a line below the drawing, which has no names in it.
func (d *drawing) note(text string) { d.notes = append(d.notes, text) }

func (d *drawing) end(s *analysis.Source) error {
	if !s.Verdict().Readable() {
		d.note("the dump is " + string(s.Verdict()) + ": parts of it are missing")
	}
	if len(d.notes) > 0 {
		fmt.Fprintf(d.out, "\tlabel=\"%s\";\n\tfontname=\"Helvetica\";\n\tfontsize=10;\n", strings.Join(d.notes, `\n`))
	}
	fmt.Fprint(d.out, "}\n")
	return d.out.Flush()
}

// quoted writes lines as one string of the language.
func quoted(lines ...string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, line := range lines {
		if i > 0 {
			b.WriteString(`\n`)
		}
		b.WriteString(escape.DOT(report.Shorten(line, widest)))
	}
	b.WriteByte('"')
	return b.String()
}
