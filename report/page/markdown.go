package page

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"memtrail/analysis/tree"
	"memtrail/report"
)

// What an issue has of the types and of the tree: rows, lines, levels, and the
// least share of what is explained.
const (
	markdownTypes = 12
	markdownNodes = 40
	markdownDepth = 8
	markdownShare = 0.01
)

// Markdown writes what a page says for an issue, in the words of the commands:
// what grows, what a gate makes of it, what was recorded, the suspects, who holds
// what, the types, and how sure that is.
func Markdown(w io.Writer, p *Page) error {
	p = prepared(p)
	o := report.Options{Format: report.Markdown}
	out := bufio.NewWriter(w)
	between := func() { fmt.Fprint(out, "\n---\n\n") }
	if p.Growth != nil {
		if err := report.Growth(out, p.Growth, p.Name, o); err != nil {
			return err
		}
		if p.Gate != nil {
			g := report.GateWords(p.Gate)
			fmt.Fprintf(out, "\n**Gate: %s.** %s\n", g.Word, g.Summary)
		}
		between()
	}
	if p.Recording != nil {
		r := *p.Recording
		r.Directory, r.Curve = "", "" // of the machine
		if err := report.Recordings(out, []report.Recording{r}, o); err != nil {
			return err
		}
		between()
	}
	if err := report.Leaks(out, p.Overview.Leaks, p.Name, o); err != nil {
		return err
	}
	between()
	if err := report.Tree(out, pruned(p.Overview.Tree), o); err != nil {
		return err
	}
	between()
	types := *p.Overview.Types
	if n := len(types.Groups) - markdownTypes; n > 0 {
		types.Groups, types.Cut = types.Groups[:markdownTypes], types.Cut+n
	}
	if err := report.Summary(out, &types, o); err != nil {
		return err
	}
	between()
	if err := report.Check(out, p.Overview.Check, o); err != nil {
		return err
	}
	return out.Flush()
}

// pruned is a tree with the nodes that retain most. What is cut is counted as
// hidden where it was.
func pruned(t *tree.Tree) *tree.Tree {
	var all []uint64
	for depth, n := range t.All {
		if depth <= markdownDepth {
			all = append(all, n.Retained)
		}
	}
	slices.Sort(all)
	least := max(uint64(markdownShare*float64(t.Explained)), 1)
	if n := len(all) - markdownNodes; n > 0 {
		least = max(least, all[n])
	}
	c := *t
	c.Least, c.Root = max(least, t.Least), prune(&t.Root, least, markdownDepth)
	return &c
}

func prune(n *tree.TreeNode, least uint64, depth int) tree.TreeNode {
	p := *n
	p.Children = nil
	for i := range n.Children {
		if c := &n.Children[i]; depth > 0 && c.Retained >= least {
			p.Children = append(p.Children, prune(c, least, depth-1))
		} else {
			p.Hidden += c.Count
			p.HiddenBytes += c.Retained
		}
	}
	return p
}
