package report

import (
	"cmp"
	"io"
	"iter"
	"strconv"
	"strings"

	"memtrail/analysis/tree"
)

// Tree writes a dominator tree: what keeps what alive, largest first.
func Tree(w io.Writer, t *tree.Tree, o Options) error {
	return render(w, treePage{t}, o)
}

type treePage struct{ *tree.Tree }

func (t treePage) page(out sheet, o Options) {
	table := t.table(o)
	if o.Format == Markdown {
		out.info(t.title().plain())
	} else {
		for _, line := range t.title().lines(o.columns(), o.detail()) {
			out.info(line)
		}
	}
	out = flow(out, o)
	out.line("Shares are of the " + Size(t.Explained) + " that are explained.")
	out.gap()
	out.table(table)
	if t.Elsewhere > 0 {
		out.line("It also holds " + Count(t.Elsewhere, "item") + " that something else holds, too: shared items are not below it.")
	}
	writeCaveats(out, &t.Source, &t.Caveats)
}

func (t treePage) title() prose {
	size := Size(t.Root.Retained) + " " + sizesName(t.Reported)
	if t.Root.ID == "" {
		return words("What keeps " + Count(t.Items, "item") + " alive: " + size + " in all")
	}
	return words("What ", rawName(t.Root.Label), " keeps alive: "+size+" in all")
}

// treeLine is a line of a drawn tree.
type treeLine struct {
	retained, share, own string
	branches             string // what is drawn in front
	label, kind, count   string
	hidden               string // what is below that is not drawn
}

// lines draws the tree. The depth of a tree is bounded, so recursion is.
func (t treePage) lines(yield func(treeLine) bool) { t.draw(&t.Root, "", "", yield) }

func (t treePage) draw(n *tree.TreeNode, branch, below string, yield func(treeLine) bool) bool {
	line := treeLine{retained: Size(n.Retained), share: percent(n.Share), own: Size(n.Own), branches: branch, label: n.Label}
	if n.ID == "" {
		line.own = ""
	} else {
		line.kind = cmp.Or(n.Class, n.Type, "(missing)")
	}
	if n.Label == sharedLabel && n.Path != "" {
		// The words stay where the path is cut.
		line.branches += sharedLabel + " "
		if n.Count > 1 {
			line.branches += "like "
		}
		line.label = n.Path
	}
	if n.Count > 1 {
		line.count = "[×" + grouped(n.Count) + "]"
	}
	rest := n.HiddenBytes > 0 && n.HiddenBytes >= t.Least
	if len(n.Children) == 0 {
		if rest || n.HiddenBytes > n.Own {
			line.hidden = "+ " + Count(n.Hidden, "item")
		}
		return yield(line)
	}
	if !yield(line) {
		return false
	}
	for i := range n.Children {
		mark, blank := "├ ", "│ "
		if i == len(n.Children)-1 && !rest {
			mark, blank = "└ ", "  "
		}
		if !t.draw(&n.Children[i], below+mark, below+blank, yield) {
			return false
		}
	}
	if !rest {
		return true
	}
	return yield(treeLine{
		retained: Size(n.HiddenBytes), share: percentOf(n.HiddenBytes, t.Explained),
		branches: below + "└ ", label: grouped(n.Hidden) + " more",
	})
}

const sharedLabel = "(shared)"

// table lays the tree out. On a terminal, the text has the width that the numbers
// leave.
func (t treePage) table(o Options) grid {
	g := grid{columns: []column{numeric("Retained"), numeric("Share"), numeric("Own"), {title: "What"}}}
	if o.Format == Markdown {
		g.rows = t.rows(func(l *treeLine) []cell {
			// Blanks in front of a cell would be lost.
			branches := strings.ReplaceAll(l.branches, " ", "\u00a0")
			return []cell{{l.retained}, {l.share}, {l.own}, {branches + l.text()}}
		})
		return g
	}
	numbers := grid{columns: g.columns[:3], rows: t.rows(func(l *treeLine) []cell { return []cell{{l.retained}, {l.share}, {l.own}} })}
	widths, _ := measure(numbers)
	width := max(widthLeft(widths, cmp.Or(o.Width, pageWidth))-len("|  "), leastText)
	tight := false
	t.lines(func(l treeLine) bool {
		tight = textWidth(l.branches)+leastText > width
		return !tight
	})
	g.rows = t.rows(func(l *treeLine) []cell {
		if tight {
			l.branches = narrowBranches(l.branches, width-leastText)
		}
		return []cell{{l.retained}, {l.share}, {l.own}, {l.fit(width)}}
	})
	return g
}

// leastText is what a line has for its text, however deep it is.
const leastText = 30

// narrowBranches draws branches half as wide, and of very many the last ones.
func narrowBranches(branches string, width int) string {
	rest := strings.TrimSuffix(branches, " ")
	thin := []rune(strings.NewReplacer("│ ", "│", "  ", " ", "├ ", "├", "└ ", "└").Replace(rest))
	if excess := len(thin) + len(" ") - width; excess > 0 && width > 2 {
		thin = append([]rune("…"), thin[excess+1:]...)
	}
	return string(thin) + branches[len(rest):]
}

func (t treePage) rows(row func(*treeLine) []cell) iter.Seq[[]cell] {
	return func(yield func([]cell) bool) {
		t.lines(func(l treeLine) bool { return yield(row(&l)) })
	}
}

func (l *treeLine) text() string {
	text := l.label
	for _, part := range []string{l.kind, l.count, l.hidden} {
		if part != "" {
			text += "  " + part
		}
	}
	return text
}

// fit is the line in a width: a long class gives way first, then the label, and
// then what is left of the class.
func (l *treeLine) fit(width int) string {
	fitted := treeLine{label: printable(l.label), kind: printable(l.kind), count: l.count, hidden: l.hidden}
	width -= textWidth(l.branches)
	excess := func() int { return textWidth(fitted.text()) - width }
	if n := excess(); n > 0 {
		fitted.kind = shorten(fitted.kind, max(textWidth(fitted.kind)-n, 24))
	}
	if n := excess(); n > 0 {
		fitted.label = shorten(fitted.label, max(textWidth(fitted.label)-n, leastName))
	}
	if n := excess(); n > 0 {
		fitted.kind = shorten(fitted.kind, max(textWidth(fitted.kind)-n, leastName/2))
	}
	if excess() > 0 {
		fitted.hidden = ""
	}
	return l.branches + fitted.text()
}

func (t treePage) records(Options) grid {
	return grid{
		columns: columns("depth", "label", "path", "id", "type", "class", "count", "own_bytes", "retained_bytes", "share", "hidden_items", "hidden_bytes"),
		rows: func(yield func([]cell) bool) {
			t.All(func(depth int, n *tree.TreeNode) bool {
				return yield([]cell{
					{strconv.Itoa(depth)}, {n.Label}, {n.Path}, {n.ID}, {n.Type}, {n.Class}, {ungrouped(n.Count)}, {ungrouped(n.Own)}, {ungrouped(n.Retained)},
					{strconv.FormatFloat(n.Share, 'f', 6, 64)}, {ungrouped(n.Hidden)}, {ungrouped(n.HiddenBytes)},
				})
			})
		},
	}
}
