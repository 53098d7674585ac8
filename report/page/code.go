package page

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/analysis/tree"
	"memtrail/report"
)

// codeView is what the program's compiled code takes of PHP's heap.
type codeView struct {
	Bytes  uint64
	Other  uint64 // of them, what belongs to no file
	Tables []codeTable
}

// codeTable lists files, classes or functions, those that take most first.
type codeTable struct {
	Title string
	Rows  []codeRow
	More  int
	Rest  uint64 // bytes of the others
}

type codeRow struct {
	Name, Of string // Of: the class or file that it is in
	Count    uint64 // more than 1 for what the tree sums up
	Bytes    uint64
}

// mostCode are the rows of a table.
const mostCode = 8

// The label of what holds the code in the tree of a capture, and the types of
// what is in it.
const (
	codeRoot     = "(code)"
	fileType     = "file"
	classType    = "class"
	functionType = "function"
)

// codeOf finds the code in a tree; nil where there is none, as in dumps of
// php-meminfo. The numbers are those of the tree's nodes.
func codeOf(t *tree.Tree) *codeView {
	i := slices.IndexFunc(t.Root.Children, func(n tree.TreeNode) bool { return n.Label == codeRoot })
	if i < 0 {
		return nil
	}
	root := &t.Root.Children[i]
	rows := map[string][]codeRow{}
	var walk func(n *tree.TreeNode, of string)
	walk = func(n *tree.TreeNode, of string) {
		name := codeLabelOf(n.Label)
		if slices.Contains([]string{fileType, classType, functionType}, n.Type) {
			if n.Count > 1 {
				name = report.Count(n.Count, n.Type)
			}
			rows[n.Type] = append(rows[n.Type], codeRow{report.Shorten(name, 60), report.Shorten(of, 60), n.Count, n.Retained})
			of = name
		}
		for i := range n.Children {
			walk(&n.Children[i], of)
		}
	}
	walk(root, "")
	v := &codeView{Bytes: root.Retained, Other: root.Own}
	for _, kind := range []struct{ typ, title string }{{fileType, "Files"}, {classType, "Classes"}, {functionType, "Functions"}} {
		list := rows[kind.typ]
		slices.SortStableFunc(list, func(a, b codeRow) int { return cmp.Compare(b.Bytes, a.Bytes) })
		table := codeTable{Title: kind.title}
		for _, r := range list[min(len(list), mostCode):] {
			table.More++
			table.Rest += r.Bytes
		}
		if table.Rows = list[:len(list)-table.More]; len(table.Rows) > 0 {
			v.Tables = append(v.Tables, table)
		}
	}
	if len(v.Tables) == 0 {
		return nil
	}
	return v
}

// codeLabelOf is the name in a label such as ["of app.php"] or ["App\\Job"].
func codeLabelOf(label string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(label, `["`), `"]`)
	return strings.ReplaceAll(strings.TrimPrefix(name, "of "), `\\`, `\`)
}
