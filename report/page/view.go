package page

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"html/template"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
	"memtrail/analysis/tree"
	"memtrail/report"
)

// view is what the template reads.
type view struct {
	Policy, Style, Script, Data template.HTML

	Title     string
	Version   string
	Verdict   report.Text
	Remark    string // below the verdict
	Alarm     bool   // the verdict is bad news
	Chips     []chip
	Redacted  bool
	Balance   *balance
	Growth    *growthView
	Suspects  []suspect
	Innocents []suspect
	Leaks     string // the verdict of one dump
	Top       []branch
	Explained uint64
	Least     uint64
	Types     []typeRow
	MoreTypes int
	Picture   template.URL
	PictureOf string // what it shows, for those who do not see it
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
}

type suspect struct {
	report.SuspectText
	Number      int
	Fingerprint string
	Confidence  string
	Retained    uint64
	Expression  string // to be copied; "" for none
	Node        int    // of the tree; -1: none
	Finding     int    // number of the place that grows of the same shape; 0: none
}

type typeRow struct {
	Name                    string
	Count, Allocated, Bytes uint64
	Share                   float64
	Width                   uint64 // of the bar, of 100
}

func newView(p *Page) (*view, error) {
	o := p.Overview
	v := &view{
		Policy: policyElement, Style: styleElement, Script: scriptElement, Title: report.Shorten(p.Name, widest), Version: p.Version,
		Redacted: p.Redact, Leaks: report.LeaksVerdict(o.Leaks), Explained: o.Tree.Explained, Least: o.Tree.Least,
		Check: report.CheckWords(o.Check), Caveats: report.CaveatLines(&o.Leaks.Source, &o.Leaks.Caveats),
	}
	picture := make(chan error, 1)
	go func() { picture <- v.drawHeap(p) }() // takes as long as the rest
	v.Balance = balanceOf(o.Check, &v.Check)
	if p.Growth != nil {
		v.Growth = growthOf(p.Growth, p.Name)
	}
	c := columnsOf(o.Tree)
	c.Dump = report.Printable(p.Name)
	v.addSuspects(p, c)
	data, err := c.encode()
	if err != nil {
		<-picture
		return nil, err
	}
	v.Data = template.HTML(`<script type="application/json" id="tree">` + string(data) + `</script>`)
	v.head(p)
	v.Top = branchesOf(&o.Tree.Root, 12, 4)
	v.addTypes(p)
	return v, <-picture
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
	if h := c.Header; h != nil {
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
	ids := []string{s.At.Item.ID}
	for i := len(s.Path) - 1; i >= 0; i-- {
		ids = append(ids, s.Path[i].Item.ID)
	}
	for _, id := range ids {
		if id == "" {
			continue
		}
		if n := find(t, func(n *tree.TreeNode) bool { return n.ID == id }); n >= 0 {
			return n
		}
	}
	return -1
}

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
		}
		list = append(list, b)
	}
	return list
}

// mostTypes are the rows of a page: a program has hundreds of classes, code that
// is generated may have tens of thousands.
const mostTypes = 1000

func (v *view) addTypes(p *Page) {
	groups := p.Overview.Types.Groups
	if n := len(groups) - mostTypes; n > 0 {
		v.MoreTypes, groups = n, groups[:mostTypes]
	}
	for i := range groups {
		g := &groups[i]
		share := float64(g.RetainedBytes) / float64(max(v.Explained, 1))
		v.Types = append(v.Types, typeRow{
			Name: report.Shorten(g.Name, widest), Count: g.Count, Allocated: g.AllocatedBytes, Bytes: g.RetainedBytes,
			Share: share, Width: uint64(min(100*share+0.5, 100)),
		})
	}
}

// drawHeap embeds the map of the heap, if there is one.
func (v *view) drawHeap(p *Page) error {
	var b bytes.Buffer
	var text []string
	switch o := p.Overview; {
	case o.CapturedHeap != nil:
		if err := report.CapturedHeapPicture(&b, o.CapturedHeap); err != nil {
			return err
		}
		text = append(text, report.Count(uint64(len(o.CapturedHeap.Use.Chunks)), "chunk"), report.Percent(o.CapturedHeap.Fragmentation())+" of what is mapped is free")
	case o.Heap != nil && len(o.Heap.Chunks) > 0:
		if err := report.HeapPicture(&b, o.Heap); err != nil {
			return err
		}
		text = append(text, report.Count(uint64(len(o.Heap.Chunks)), "chunk"), report.Size(o.Heap.MappedBytes)+" mapped")
		if share, ok := o.Heap.Fragmentation(); ok {
			text = append(text, "fragmentation up to "+report.Percent(share))
		}
	default:
		return nil
	}
	v.Picture = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()))
	v.PictureOf = strings.Join(text, ", ")
	return nil
}
