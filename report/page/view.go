package page

import (
	"cmp"

	g "maragu.dev/gomponents"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
	"memtrail/analysis/tree"
	"memtrail/report"
)

// view is what a page says, in words: what [view.document] lays out.
type view struct {
	Data, ChangeData g.Node // the tree, and that of what changed; nil for none

	Title     string
	Version   string
	Verdict   report.Text
	Remark    string // below the verdict
	Alarm     bool   // the verdict is bad news
	Chips     []chip
	Redacted  bool
	Balance   *balance
	Growth    *growthView
	Curve     *curveView
	Gate      *report.GateVerdict
	Change    *changeView
	Code      *codeView
	Suspects  []suspect
	Innocents []suspect
	Leaks     string // the verdict of one dump
	Top       []branch
	TopMore   *branch // what Top leaves out; nil for nothing
	Explained uint64
	Least     uint64
	Types     []typeRow
	MoreTypes int
	Heap      *heapView
	Check     report.CheckText
	Caveats   []report.Block
}

// chip is a fact in the head of the page.
type chip struct{ Text, Kind string }

// branch is a node of the tree for those without a script.
type branch struct {
	Label, Class    string
	Retained, Count uint64
	Share           float64
	Children        []branch
	Hidden          uint64 // items below it that are not listed
	HiddenBytes     uint64
}

type suspect struct {
	report.SuspectText
	Lines       []report.RemarkText // the code that adds and removes
	Number      int
	Fingerprint string
	Confidence  string
	Retained    uint64
	Expression  string // to be copied; "" for none
	Node        int    // of the tree; -1: none
	Finding     int    // number of the place that grows of the same shape; 0: none
}

func newView(p *Page) (*view, error) {
	o := p.Overview
	v := &view{
		Title: report.Shorten(p.Name, widest), Version: p.Version,
		Redacted: p.Redact, Leaks: report.LeaksVerdict(o.Leaks), Explained: o.Tree.Explained, Least: o.Tree.Least,
		Check: report.CheckWords(o.Check), Caveats: report.CaveatLines(o.Leaks),
	}
	picture := make(chan error, 1)
	go func() { picture <- v.drawHeap(p) }() // takes as long as the rest
	v.Balance, v.Code = balanceOf(o.Check, &v.Check), codeOf(o.Tree)
	c := columnsOf(o.Tree)
	c.Dump = report.Printable(p.Name)
	v.addSeries(p)
	v.addSuspects(p, c)
	v.head(p)
	v.Top = branchesOf(&o.Tree.Root, topBranches, 4)
	if items, bytes := unlisted(&o.Tree.Root, topBranches); bytes > 0 {
		v.TopMore = &branch{Hidden: items, HiddenBytes: bytes}
	}
	v.addTypes(p)
	var err error
	if v.Data, err = c.element("tree"); err == nil && p.Before != nil {
		var change *columns
		v.Change, change = changeOf(p)
		v.ChangeData, err = change.element("change-tree")
	}
	return v, cmp.Or(<-picture, err)
}

// addSeries words what is known of several dumps only.
func (v *view) addSeries(p *Page) {
	if p.Recording != nil {
		v.Curve = curveOf(p.Recording)
	}
	if p.Growth == nil {
		return
	}
	v.Growth = growthOf(p.Growth, p.Name)
	for i := range v.Growth.Places {
		v.Growth.Places[i].Node = nodeOfSteps(p.Growth.Growing[i].Trace, p.Overview.Tree)
	}
	if p.Gate == nil {
		return
	}
	g := report.GateWords(p.Gate)
	v.Gate = &g
	for i := range v.Growth.Places {
		v.Growth.Places[i].Status = g.Status[p.Growth.Growing[i].Fingerprint]
	}
}

// head fills in the verdict and the chips.
func (v *view) head(p *Page) {
	o := p.Overview
	v.Verdict = report.Text{{Text: v.Leaks}}
	if len(v.Suspects) > 0 {
		s := &v.Suspects[0]
		v.Verdict, v.Remark, v.Alarm = s.Headline, s.Trust+".", s.Confidence == string(analysis.High)
	}
	if v.Growth != nil {
		v.Verdict, v.Alarm, v.Remark = v.Growth.Verdict, v.Growth.Bad, ""
		if len(v.Growth.Places) > 0 {
			v.Remark = v.Growth.Places[0].Headline.Plain() + "."
		}
	}
	c := o.Check
	kind := "bad"
	switch c.Verdict {
	case analysis.Sound:
		kind = "good"
	case analysis.Doubtful:
		kind = "doubt"
	}
	v.Chips = append(v.Chips, chip{"dump is " + string(c.Verdict), kind}, chip{"PHP " + report.Printable(c.PHP), ""}, chip{report.Count(c.Items, "item"), ""})
	if v.Growth != nil {
		v.Chips = append(v.Chips, chip{report.Count(uint64(len(p.Growth.Snapshots)), "dump"), ""})
	}
	if g := v.Gate; g != nil {
		kind := map[string]string{"PASS": "good", "INCONCLUSIVE": "doubt"}[g.Word]
		v.Chips = append([]chip{{"gate: " + g.Word, cmp.Or(kind, "bad")}}, v.Chips...)
	}
	if h := c.Header; h != nil && h.MemoryUsage > 0 {
		v.Chips = append(v.Chips, chip{report.Size(h.MemoryUsage) + " memory_usage", ""}, chip{report.Size(h.PeakMemoryUsage) + " peak", ""})
	}
	if n := o.Leaks.Unreliable; n > 0 {
		v.Chips = append(v.Chips, chip{report.Count(n, "reference") + " may be false", "doubt"})
	}
}

// addSuspects words the suspects, and finds their nodes in the tree.
func (v *view) addSuspects(p *Page, c *columns) {
	l, t := p.Overview.Leaks, p.Overview.Tree
	for i := range l.Suspects {
		s := &l.Suspects[i]
		view := suspect{
			SuspectText: report.SuspectWords(l, s, p.Name), Number: i + 1, Fingerprint: report.Printable(s.Fingerprint),
			Confidence: string(s.Confidence), Retained: s.Retained, Node: nodeOf(s, t),
		}
		view.Lines, view.Remarks = codeLines(view.Remarks)
		if path := s.At.Path; !p.Redact && len(path) <= longestPath && report.Printable(path) == path {
			view.Expression = path
		}
		if v.Growth != nil {
			view.Finding = v.Growth.number[s.Fingerprint]
		}
		if s.Innocent != "" {
			v.Innocents = append(v.Innocents, view)
			continue
		}
		c.Suspects = append(c.Suspects, view.Node)
		v.Suspects = append(v.Suspects, view)
	}
}

// nodeOf finds a suspect in the tree, or what leads to it.
func nodeOf(s *leaks.Suspect, t *tree.Tree) int {
	if n := nodeOfID(s.At.Item.ID, t); n >= 0 {
		return n
	}
	return nodeOfSteps(s.Path, t)
}

// nodeOfSteps finds the last step that the tree has; -1 for none.
func nodeOfSteps(steps []analysis.PathStep, t *tree.Tree) int {
	for i := len(steps) - 1; i >= 0; i-- {
		if n := nodeOfID(steps[i].Item.ID, t); n >= 0 {
			return n
		}
	}
	return -1
}

func nodeOfID(id string, t *tree.Tree) int {
	if id == "" {
		return -1
	}
	return find(t, func(n *tree.TreeNode) bool { return n.ID == id })
}

// codeLines takes the code that adds and removes out of what is said of a place:
// it stands with the path.
func codeLines(all []report.RemarkText) (lines, others []report.RemarkText) {
	for _, r := range all {
		if r.Title == "adds" || r.Title == "removes" || r.Title == "calls" {
			lines = append(lines, r)
		} else {
			others = append(others, r)
		}
	}
	return lines, others
}

// topBranches are those listed for readers without a script.
const topBranches = 12

// branchesOf are the first levels of a tree.
func branchesOf(n *tree.TreeNode, most, below int) []branch {
	var list []branch
	for i := range n.Children[:min(len(n.Children), most)] {
		c := &n.Children[i]
		b := branch{
			Label: report.Shorten(c.Label, widest), Class: report.Shorten(cmp.Or(c.Class, c.Type), widest),
			Retained: c.Retained, Count: c.Count, Share: c.Share,
		}
		if below > 0 {
			b.Children = branchesOf(c, below, 0)
			b.Hidden, b.HiddenBytes = unlisted(c, below)
		}
		list = append(list, b)
	}
	return list
}

// unlisted is what is below a node and is not one of its first children.
func unlisted(n *tree.TreeNode, listed int) (items, bytes uint64) {
	items, bytes = n.Hidden, n.HiddenBytes
	for i := listed; i < len(n.Children); i++ {
		items += n.Children[i].Count
		bytes += n.Children[i].Retained
	}
	return items, bytes
}
