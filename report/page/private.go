package page

import (
	"regexp"
	"slices"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/check"
	"memtrail/analysis/growth"
	"memtrail/analysis/leaks"
	"memtrail/analysis/paths"
	"memtrail/analysis/tree"
)

// withBaseNames is a series whose dumps have names without folders.
func withBaseNames(g *growth.Growth) *growth.Growth {
	c := *g
	c.Snapshots = slices.Clone(g.Snapshots)
	for i := range c.Snapshots {
		c.Snapshots[i].Name = BaseName(c.Snapshots[i].Name)
	}
	c.Caveats = slices.Clone(g.Caveats)
	for i := range c.Caveats {
		if c.Caveats[i].Name != "" {
			c.Caveats[i].Name = BaseName(c.Caveats[i].Name)
		}
	}
	return &c
}

// withoutPaths is a check without the folders of files on the machine: that of
// the dump in an error, and those of libraries. name is the dump's.
func withoutPaths(c *check.Check, name string) *check.Check {
	d := *c
	d.Name = name
	d.Fault = folders.ReplaceAllString(d.Fault, "")
	if d.Capture == nil {
		return &d
	}
	capture := *d.Capture
	base := func(list []check.Owner) []check.Owner {
		list = slices.Clone(list)
		for i := range list {
			list[i].Name = folders.ReplaceAllString(list[i].Name, "")
		}
		return list
	}
	capture.Native, capture.Process = base(capture.Native), base(capture.Process)
	d.Capture = &capture
	return &d
}

// folders are the folders in front of a file's name.
var folders = regexp.MustCompile(`(?:[A-Za-z]:)?(?:/[^/\s:]*)*/`)

// redact hides the keys of arrays everywhere: they may be names of people. It
// copies what it changes.
func (p *Page) redact() {
	o := p.Overview
	l := *o.Leaks
	l.Suspects = slices.Clone(l.Suspects)
	for i := range l.Suspects {
		redactSuspect(&l.Suspects[i])
	}
	t := *o.Tree
	t.Root = redactNode(&o.Tree.Root)
	c := *o.Check
	c.Flaws = slices.Clone(c.Flaws)
	for i := range c.Flaws {
		c.Flaws[i].Example = "" // text that may have keys anywhere
	}
	c.WeakMaps = slices.Clone(c.WeakMaps)
	for i := range c.WeakMaps {
		c.WeakMaps[i].Path = paths.WithoutKeys(c.WeakMaps[i].Path)
	}
	o.Leaks, o.Tree, o.Check = &l, &t, &c
	if p.Before != nil {
		b := *p.Before
		b.Root = redactNode(&p.Before.Root)
		p.Before = &b
	}
	if p.Growth != nil {
		p.Growth = redactGrowth(p.Growth)
	}
}

func redactPlace(p *analysis.Place) {
	p.Path = paths.WithoutKeys(p.Path)
	p.Item.Extra = nil
}

func redactSteps(steps []analysis.PathStep) []analysis.PathStep {
	steps = slices.Clone(steps)
	for i := range steps {
		steps[i].Label, steps[i].Key = paths.WithoutKeys(steps[i].Label), ""
	}
	return steps
}

func redactSuspect(s *leaks.Suspect) {
	redactPlace(&s.At)
	s.Also = slices.Clone(s.Also)
	for i := range s.Also {
		redactPlace(&s.Also[i])
	}
	k := &s.Holds.Keys
	if k.Kind != leaks.ObjectKeys && k.Kind != leaks.ClassKeys {
		k.First, k.Last = paths.HiddenKey, paths.HiddenKey
		if k.Pattern != "" {
			k.Pattern = paths.HiddenKey
		}
	}
	s.Holds.Shape = withoutShape(s.Holds.Shape)
	if s.Member != nil {
		m := *s.Member
		redactPlace(&m.Place)
		s.Member = &m
	}
	s.Path = redactSteps(s.Path)
}

// withoutShape hides the keys in the name of a shape, as of array{id, name}.
func withoutShape(shape string) string {
	if i := strings.IndexByte(shape, '{'); i >= 0 {
		return shape[:i] + "{" + paths.HiddenKey + "}"
	}
	return shape
}

// redactNode is a node of a tree with all below it, keys hidden. What nodes have
// in the place of a path is their id.
func redactNode(n *tree.TreeNode) tree.TreeNode {
	r := *n
	r.Label, r.Path = paths.WithoutKeys(n.Label), ""
	r.Children = make([]tree.TreeNode, len(n.Children))
	for i := range n.Children {
		r.Children[i] = redactNode(&n.Children[i])
	}
	return r
}

func redactGrowth(g *growth.Growth) *growth.Growth {
	c := *g
	c.Growing = slices.Clone(g.Growing)
	for i := range c.Growing {
		w := &c.Growing[i]
		w.Path = paths.WithoutKeys(w.Path)
		w.Also = slices.Clone(w.Also)
		for j := range w.Also {
			w.Also[j] = paths.WithoutKeys(w.Also[j])
		}
		redactPlace(&w.Example)
		w.Trace = redactSteps(w.Trace)
	}
	return &c
}

// codeLabel is how captures hold what a file of code has: ["of /srv/app/a.php"].
const codeLabel = `["of `

// isCode reports whether an expression begins at the code of a file, whose name
// it has in full.
func isCode(expression string) bool { return strings.HasPrefix(expression, "code of ") }

// withoutCodePaths hides the folders of a program's files, which captures know:
// where a suspect is declared, and in the tree where code takes memory.
func (p *Page) withoutCodePaths() {
	o := p.Overview
	l := *o.Leaks
	l.Suspects = slices.Clone(l.Suspects)
	for i := range l.Suspects {
		s := &l.Suspects[i]
		s.Declared, s.Changes = declaredIn(s.Declared), changesIn(s.Changes)
		if isCode(s.At.Path) {
			s.At.Path = folders.ReplaceAllString(s.At.Path, "")
		}
		s.Path = slices.Clone(s.Path)
		for j := range s.Path {
			s.Path[j].Label = codeName(s.Path[j].Label)
		}
	}
	t := *o.Tree
	t.Root = withoutFolders(&t.Root)
	o.Leaks, o.Tree = &l, &t
	if p.Before != nil {
		b := *p.Before
		b.Root = withoutFolders(&p.Before.Root)
		p.Before = &b
	}
	if p.Growth == nil {
		return
	}
	g := *p.Growth
	g.Growing = slices.Clone(g.Growing)
	for i := range g.Growing {
		w := &g.Growing[i]
		w.Declared, w.Changes = declaredIn(w.Declared), changesIn(w.Changes)
	}
	p.Growth = &g
}

func declaredIn(d *analysis.Declared) *analysis.Declared {
	if d == nil {
		return nil
	}
	c := *d
	c.File = folders.ReplaceAllString(c.File, "")
	return &c
}

func changesIn(c *analysis.Changes) *analysis.Changes {
	if c == nil {
		return nil
	}
	base := func(list []analysis.Site) []analysis.Site {
		list = slices.Clone(list)
		for i := range list {
			list[i].File = folders.ReplaceAllString(list[i].File, "")
		}
		return list
	}
	return &analysis.Changes{Adds: base(c.Adds), Removes: base(c.Removes), Other: base(c.Other)}
}

// codeName is a label without the folders of a file of code.
func codeName(label string) string {
	if strings.HasPrefix(label, codeLabel) || isCode(label) {
		return folders.ReplaceAllString(label, "")
	}
	return label
}

// withoutFolders is a node of a tree with all below it. Nodes whose expressions
// name a file's folders have their ids instead.
func withoutFolders(n *tree.TreeNode) tree.TreeNode {
	r := *n
	r.Label = codeName(n.Label)
	if isCode(n.Path) {
		r.Path = ""
	}
	r.Children = make([]tree.TreeNode, len(n.Children))
	for i := range n.Children {
		r.Children[i] = withoutFolders(&n.Children[i])
	}
	return r
}
