package dot

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"memtrail/analysis/query"
	"memtrail/analysis/retain"
	"memtrail/analysis/tree"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/report"
)

// A drawn is what a drawing has.
type drawn struct {
	nodes map[string]string // labels
	edges map[string]string // labels, by "n0 n1"
	notes string
}

const quotedText = `"((?:[^"\\]|\\.)*)"`

var (
	nodeLine  = regexp.MustCompile(`^\t(n\d+) \[label=` + quotedText + `, [a-z]+=[^;]*\];$`)
	edgeLine  = regexp.MustCompile(`^\t(n\d+) -> (n\d+)(?: \[(?:label=` + quotedText + `)?(?:, )?(?:style=[a-z]+, tooltip=` + quotedText + `)?\])?;$`)
	otherLine = regexp.MustCompile(`^(digraph ` + quotedText + ` \{|\}|\t(?:rankdir=LR|(?:node|edge) \[[^"]*(?:fontname="\w+")?[^"]*\]|fontname="\w+"|fontsize=\d+);)$`)
	noteLine  = regexp.MustCompile(`^\tlabel=` + quotedText + `;$`)
)

// read reads a drawing line by line, and fails where one is none of those that
// there may be.
func read(t *testing.T, text string) drawn {
	t.Helper()
	d := drawn{map[string]string{}, map[string]string{}, ""}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if report.Printable(strings.ReplaceAll(line, "\t", "")) != strings.ReplaceAll(line, "\t", "") {
			t.Errorf("%q cannot be printed", line)
		}
		if m := nodeLine.FindStringSubmatch(line); m != nil {
			d.nodes[m[1]] = m[2]
		} else if m := edgeLine.FindStringSubmatch(line); m != nil {
			if _, ok := d.nodes[m[1]]; !ok {
				t.Errorf("%s comes before its node", line)
			}
			d.edges[m[1]+" "+m[2]] = m[3]
		} else if m := noteLine.FindStringSubmatch(line); m != nil {
			d.notes = m[1]
		} else if !otherLine.MatchString(line) {
			t.Errorf("a line that should not be: %s", line)
		}
	}
	if len(d.nodes) == 0 || len(d.nodes) > MaxNodes {
		t.Errorf("%d nodes", len(d.nodes))
	}
	return d
}

func measured(t *testing.T, text []byte) *retain.Retention {
	t.Helper()
	g, info := dumptest.Build(t, text)
	return retain.Retain(g, info, retain.RetentionOptions{Allocated: true, Retained: true})
}

func drawTree(t *testing.T, text []byte, from string) drawn {
	t.Helper()
	tr, err := tree.Build(measured(t, text), tree.Options{From: from, MinShare: -1, Nodes: MaxNodes - 1, Children: 10})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := Tree(&b, tr); err != nil {
		t.Fatal(err)
	}
	return read(t, b.String())
}

func drawPaths(t *testing.T, text []byte, item string) drawn {
	t.Helper()
	paths, err := query.ReferencePathsSized(measured(t, text), item, query.RefPathOptions{Limit: MaxNodes})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := RefPaths(&b, paths); err != nil {
		t.Fatal(err)
	}
	return read(t, b.String())
}

// TestTree: large trees are cut, and say by how much.
func TestTree(t *testing.T) {
	for _, name := range []string{"ast.json.zst", "weird.json.gz", "talk-1k.json.gz", "truncated-deep-list.json.gz", "series/weak_map-3.json.gz"} {
		d := drawTree(t, dumptest.Load(t, name), "")
		if len(d.edges) != len(d.nodes)-1 {
			t.Errorf("%s: %d nodes, %d edges", name, len(d.nodes), len(d.edges))
		}
		if !strings.Contains(d.notes, "left out: ") {
			t.Errorf("%s: %s", name, d.notes)
		}
		if strings.Contains(name, "truncated") != strings.Contains(d.notes, "incomplete") {
			t.Errorf("%s: %s", name, d.notes)
		}
	}
	d := drawTree(t, dumptest.Load(t, "talk-1k.json.gz"), "$userService->cache")
	if !strings.HasPrefix(d.nodes["n0"], `$userService->cache\n`) || len(d.nodes) < 3 {
		t.Errorf("%+v", d)
	}
}

// TestPaths: paths of several roots share nodes, long ones are cut in the middle.
func TestPaths(t *testing.T) {
	b := dumpbuild.New().NoHeader()
	shared := dumpbuild.NewObject("Shared")
	for i := range 100 {
		b.Global(fmt.Sprint("v", i), dumpbuild.NewArray(dumpbuild.To("k", shared)))
	}
	d := drawPaths(t, b.Dump().PrintUsual(), "$v0['k']")
	if len(d.nodes) != MaxNodes || !strings.Contains(d.notes, "59 of 100 paths drawn") {
		t.Errorf("%d nodes: %s", len(d.nodes), d.notes)
	}

	b = dumpbuild.New().NoHeader()
	end := dumpbuild.NewObject("End")
	node := end
	for range 500 {
		node = dumpbuild.NewObject("Node", dumpbuild.To("next", node))
	}
	b.Global("list", node)
	d = drawPaths(t, b.Dump().PrintUsual(), "$list"+strings.Repeat("->next", 500))
	gaps := 0
	for _, label := range d.nodes {
		if strings.Contains(label, "471 items left out") {
			gaps++
		}
	}
	if len(d.nodes) != 31 || gaps != 1 {
		t.Errorf("%d nodes, %d gaps", len(d.nodes), gaps)
	}
}

// TestHostileNames: no name ends its string, starts an attribute or an entity.
func TestHostileNames(t *testing.T) {
	names := []string{`"];n9->n8;`, `\`, `\N\G"`, "\x1b[31m", "a\u202eb", "\xff", "line\nline", "&lt;&#0;", "<b>x</b>", strings.Repeat("long ", 1000)}
	b := dumpbuild.New().NoHeader()
	for _, name := range names {
		b.Global("g"+name, dumpbuild.NewObject(name, dumpbuild.To(name, dumpbuild.NewArray(dumpbuild.To(name, dumpbuild.NewString(5000))))))
	}
	text := b.Dump().PrintUsual()
	d := drawTree(t, text, "")
	if len(d.nodes) != 1+3*len(names) {
		t.Errorf("%d nodes: %v", len(d.nodes), d.nodes)
	}
	for n, label := range d.nodes {
		if regexp.MustCompile(`(^|[^\\])(\\\\)*\\[^\\"n]`).MatchString(label) || strings.Contains(strings.ReplaceAll(label, "&amp;", ""), "&") {
			t.Errorf("%s: %s", n, label)
		}
	}
	g, _ := dumptest.Build(t, text)
	for _, root := range g.Roots() {
		from, _ := g.Children(root.Node)
		drawPaths(t, text, g.ID(g.Target(from)))
	}
}
