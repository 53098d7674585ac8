package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"memtrail/analysis"
	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/analysis/leaks"
	"memtrail/analysis/levels"
	"memtrail/analysis/overview"
	"memtrail/analysis/tree"
	"memtrail/capture/record"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/report"
)

// sampleDumps are dumps of several producers and states.
var sampleDumps = []string{"talk-1k.json.gz", "phpunit.json.gz", "weird.json.gz", "truncated-deep-list.json.gz", "fibers.json", "statics.json", "recorded/mem-0006.json.zst"}

func pageOf(t *testing.T, text []byte) *Page {
	t.Helper()
	g, info := dumptest.Build(t, text)
	return pageOfGraph(t, g, info)
}

func pageOfGraph(t *testing.T, g *graph.Graph, info *dump.Info) *Page {
	t.Helper()
	o, err := overview.Of(g, info, overview.Options{Threshold: 0.1, MinShare: 0.0001, Nodes: 20000})
	if err != nil {
		t.Fatal(err)
	}
	return &Page{Name: "test.json", Overview: o}
}

func write(t *testing.T, p *Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// dataOf reads the tree of a page back.
func dataOf(t *testing.T, html string) *columns {
	t.Helper()
	_, rest, ok := strings.Cut(html, `<script type="application/json" id="tree">`)
	text, _, ended := strings.Cut(rest, "</script>")
	if !ok || !ended {
		t.Fatal("the page has no tree")
	}
	var c columns
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// The numbers of each node add up: what it takes itself, its children and what is
// left out are what it retains.
func TestTreeAddsUp(t *testing.T) {
	for _, name := range cases.Sample(sampleDumps, 2, 0) {
		c := dataOf(t, write(t, pageOf(t, dumptest.Load(t, name))))
		if len(c.Depth) < 2 && name != "weird.json.gz" {
			t.Errorf("%s: the tree has %d nodes", name, len(c.Depth))
		}
		for i := range c.Depth {
			sum := c.Own[i] + c.HiddenBytes[i]
			for j := i + 1; j < len(c.Depth) && c.Depth[j] > c.Depth[i]; j++ {
				if c.Depth[j] == c.Depth[i]+1 {
					sum += c.Retained[j]
				}
			}
			if sum != c.Retained[i] {
				t.Errorf("%s: node %d, %s: its parts are %d, it retains %d", name, i, c.Labels[c.Label[i]], sum, c.Retained[i])
			}
		}
	}
}

// The tree of a page is the tree: each node with its names, its expression and
// its numbers.
func TestColumns(t *testing.T) {
	for _, name := range cases.Sample(sampleDumps, 2, 1) {
		p := pageOf(t, dumptest.Load(t, name))
		c := dataOf(t, write(t, p))
		var above []string
		i := 0
		for depth, n := range prepared(p).Overview.Tree.All {
			path := ""
			switch code := c.Path[i].(type) {
			case float64:
				path = above[depth-1] + c.Labels[c.Label[i]]
			case string:
				if rest, ok := strings.CutPrefix(code, "+"); ok {
					path = above[depth-1] + rest
				} else {
					path = strings.TrimPrefix(code, "=")
				}
			}
			above = append(above[:depth], path)
			kind := c.Kinds[c.Kind[i]]
			got := fmt.Sprint(c.Depth[i], path, kind[0], c.Count[i], c.Own[i], c.Retained[i], c.Hidden[i], c.HiddenBytes[i])
			want := fmt.Sprint(depth, n.Path, n.Type, n.Count, n.Own, n.Retained, n.Hidden, n.HiddenBytes)
			if got != want && len(n.Path) <= longestPath {
				t.Fatalf("%s: node %d is %s, want %s", name, i, got, want)
			}
			i++
		}
		if i != len(c.Depth) {
			t.Errorf("%s: %d nodes in the page, %d in the tree", name, len(c.Depth), i)
		}
	}
}

func TestBalanceAddsUp(t *testing.T) {
	for _, name := range cases.Sample(sampleDumps, 2, 2) {
		p := pageOf(t, dumptest.Load(t, name))
		v, err := newView(prepared(p))
		if err != nil {
			t.Fatal(err)
		}
		if v.Balance == nil {
			continue
		}
		sum := v.Check.Unexplained
		for _, part := range v.Check.Parts {
			sum += int64(part.Bytes)
		}
		if sum != int64(v.Balance.Usage) {
			t.Errorf("%s: the parts are %d, memory_usage is %d", name, sum, v.Balance.Usage)
		}
		end := 0.0
		drawn := map[int]bool{}
		for _, part := range v.Balance.Parts {
			if part.Over {
				continue
			}
			if drawn[part.Ink] && !part.Rest {
				t.Errorf("%s: %s has the color of another part", name, part.Name)
			}
			drawn[part.Ink] = true
			if diff := part.X - end; diff > 0.01 || diff < -0.01 {
				t.Errorf("%s: %s begins at %f, not %f", name, part.Name, part.X, end)
			}
			end = part.X + part.Width
		}
		if end > 1000.01 {
			t.Errorf("%s: the bar ends at %f", name, end)
		}
	}
}

var hostileNames = []string{
	`</script><script>document.title="run"</script>`,
	`<img src=x onerror=alert(1)>`,
	`"><svg/onload=alert(1)>`,
	`{{.Title}}`,
	`<!-- <script>`,
	"a\u202eb\u2066c\u200f",
	"nul\x00esc\x1b[31m",
	"not utf-8 \xff\xfe\xc3",
	"line\u2028separator",
	"javascript:alert(1)",
	strings.Repeat("long", 1<<18),
}

// Names are text wherever a dump can have one.
func TestHostileNames(t *testing.T) {
	for _, name := range cases.Sample(hostileNames, 3, 0) {
		b := dumpbuild.New()
		users := dumpbuild.NewArray()
		for i := range 60 {
			users.Add(fmt.Sprint(name, i), dumpbuild.NewObject(name, dumpbuild.To(name, dumpbuild.NewString(400))))
		}
		b.Global(name, users).Static(name, dumpbuild.NewArray(dumpbuild.To(name, dumpbuild.NewString(9000))))
		text := b.Dump().PrintUsual()
		for _, redact := range []bool{false, true} {
			p := pageOf(t, text)
			p.Name, p.Redact = BaseName("dir/"+strings.ReplaceAll(name, "/", "|")), redact
			p.Growth = seriesOf(t, text, text, text)
			for i := range p.Growth.Snapshots {
				p.Growth.Snapshots[i].Name = name
			}
			p.Gate = gate.Judge(p.Growth, gate.DefaultLimits(), nil, gate.JudgeOptions{})
			p.Before, p.First = treeOf(t, dumpbuild.New().Global(name, dumpbuild.NewArray()).Dump().PrintUsual()), name
			p.Recording = &report.Recording{
				PID: 1, PHP: name, Ended: name, Curve: name, Directory: name, Dumps: []report.RecordedDump{{Number: 1, File: name, Reason: name}},
				Chart: report.Chart{Span: 1, Spans: []report.ChartSpan{{Min: 1, Max: 2, Known: true}}},
			}
			html := write(t, p)
			checkInert(t, fmt.Sprintf("%.20q", name), html)
			if len(html) > 450_000 {
				t.Errorf("%.20q: the page has %d bytes", name, len(html))
			}
		}
	}
}

// checkInert sees that a page has the elements of the layout and no others, and
// no character that a browser would obey.
func checkInert(t *testing.T, name, html string) {
	t.Helper()
	if !utf8.ValidString(html) {
		t.Errorf("%s: the page is not UTF-8", name)
	}
	for _, r := range html {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Errorf("%s: the page has %U", name, r)
		}
	}
	body := strings.Replace(strings.Replace(html, scriptText, "", 1), styleText, "", 1)
	body = regexp.MustCompile(`<img src="data:image/png;base64,[A-Za-z0-9+/]+=*" alt="" width="\d+" height="\d+">`).ReplaceAllString(body, "")
	for element, most := range map[string]int{"<script": 2, "<img": 0, "<style": 0, "<iframe": 0, "<link": 0, "<object": 0, "<base": 0, "<form": 0} {
		if n := strings.Count(strings.ToLower(body), element); n > most {
			t.Errorf("%s: %d × %s", name, n, element)
		}
	}
	bare := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(body, `""`)
	if m := regexp.MustCompile(`<[^<>]*\s(on\w+|style|srcdoc)\s*=[^<>]*>`).FindString(bare); m != "" {
		t.Errorf("%s: %s", name, m)
	}
	for _, m := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if !strings.HasPrefix(m[1], "#") && !strings.HasPrefix(m[1], "data:image/png;base64,") {
			t.Errorf("%s: a link to %.40s", name, m[1])
		}
	}
}

// TestRaw: what is not escaped is written in few places, and none of it is a name.
// Attributes whose values a browser would run, load or follow have none either.
func TestRaw(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(err, files)
	}
	raw := map[string]int{"chart.go": 1, "curve.go": 1, "levels.go": 1, "columns.go": 1, "document.go": 1, "policy.go": 3}
	runs := regexp.MustCompile(`attr\("(on\w+|style|srcdoc|action|formaction)"|attr\([^")]|attr\("href", [^"]|attr\("href", "[^#]|el\([^"]|el\("(style|script|iframe|object|embed|base|form)"`)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "g.Raw("); n != raw[name] {
			t.Errorf("%s writes %d times what is not escaped, %d are known to be harmless", name, n, raw[name])
		}
		for _, found := range runs.FindAllString(string(text), -1) {
			if found != "attr(n" && found != "el(n" { // where they are declared
				t.Errorf("%s: %s", name, found)
			}
		}
	}
}

func treeOf(t *testing.T, text []byte) *tree.Tree {
	t.Helper()
	g, info := dumptest.Build(t, text)
	b, err := overview.Tree(g, info, overview.Options{MinShare: 0.0001, Nodes: 20000})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func seriesOf(t *testing.T, texts ...[]byte) *growth.Growth {
	t.Helper()
	s := growth.NewSeries(growth.SeriesOptions{})
	for i, text := range texts {
		s.Forget()
		g, info := dumptest.Build(t, text)
		s.Add(fmt.Sprintf("/srv/dumps/mem-%d.json", i+1), g, info)
	}
	return s.Growth(growth.Options{MinCount: 5, MinBytes: 1 << 10, MaxUnexplained: 256 << 10})
}

// The policy allows what the page has, by hash, and nothing that is unsafe.
func TestPolicy(t *testing.T) {
	html := write(t, pageOf(t, dumptest.Load(t, "talk-1k.json.gz")))
	m := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(html)
	if m == nil {
		t.Fatal("there is no policy")
	}
	if strings.Contains(m[1], "unsafe") || strings.Contains(m[1], "http") || strings.Contains(m[1], "*") {
		t.Errorf("policy %s", m[1])
	}
	for directive, element := range map[string]string{"script-src ": "<script>", "style-src ": "<style>"} {
		_, rest, _ := strings.Cut(html, element)
		text, _, _ := strings.Cut(rest, "</")
		if element == "<script>" {
			text, _, _ = strings.Cut(rest, "</script>")
		}
		if !strings.Contains(m[1], directive+hashOf(text)) {
			t.Errorf("%s is not that of %s", directive, element)
		}
	}
	if strings.Contains(html, "src=\"http") || strings.Contains(html, "url(") || strings.Contains(html, "@import") {
		t.Error("the page asks for something")
	}
}

// Keys are nowhere in a page that has none, and classes are.
func TestRedact(t *testing.T) {
	users := dumpbuild.NewArray()
	for i := range 80 {
		users.Add(fmt.Sprintf("jane%d@example.org", i), dumpbuild.NewObject(`App\User`,
			dumpbuild.To("orders", dumpbuild.NewArray(dumpbuild.To(fmt.Sprint(7654321+i), dumpbuild.NewString(300))))))
	}
	registry := dumpbuild.NewArray(dumpbuild.To("jane@example.org", users))
	text := dumpbuild.New().Global("registry", registry).Dump().PrintUsual()
	p := pageOf(t, text)
	if html := write(t, p); !strings.Contains(html, "jane") {
		t.Fatal("the page has no keys to be hidden")
	}
	p.Redact = true
	p.Growth = seriesOf(t, text, text, text)
	p.Before, p.First = treeOf(t, dumpbuild.New().Global("registry", dumpbuild.NewArray(dumpbuild.To("jane@example.org", dumpbuild.NewString(5000)))).Dump().PrintUsual()), "first.json"
	html := write(t, p)
	if !strings.Contains(html, `id="change-tree"`) {
		t.Error("what changed is not there")
	}
	var markdown bytes.Buffer
	if err := Markdown(&markdown, p); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"HTML": html, "Markdown": markdown.String()} {
		for _, key := range []string{"jane", "example.org", "76543"} {
			if i := strings.Index(out, key); i >= 0 {
				t.Errorf("%s has %s: %q", name, key, out[max(0, i-60):min(len(out), i+60)])
			}
		}
		if !strings.Contains(out, "User") || !strings.Contains(out, "registry") {
			t.Errorf("%s lacks the class or the variable", name)
		}
	}
}

// The folders of dumps are not in a page.
func TestNoPaths(t *testing.T) {
	text := dumptest.Load(t, "talk-1k.json.gz")
	p := pageOf(t, text)
	p.Growth = seriesOf(t, text, text, text)
	if html := write(t, p); strings.Contains(html, "/srv/dumps") || !strings.Contains(html, "mem-3.json") {
		t.Error("a dump's folder is in the page, or its name is not")
	}
	for name, want := range map[string]string{"-": "dump", "pid:42": "dump", "/srv/x/mem.json": "mem.json", "mem.json": "mem.json"} {
		if got := BaseName(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	c := *p.Overview.Check
	c.Fault = "read /srv/dumps/mem-1.json: input/output error"
	if got := withoutPaths(&c, "x").Fault; strings.Contains(got, "/srv") {
		t.Error(got)
	}
}

// What matters is in the page without its script.
func TestReadableWithoutScript(t *testing.T) {
	html := write(t, pageOf(t, dumptest.Load(t, "talk-1k.json.gz")))
	html = strings.Replace(html, scriptText, "", 1)
	html, _, _ = strings.Cut(html, `<script type="application/json"`)
	for _, want := range []string{"keeps", "Where ", "Suspects", `class="balance"`, `class="path"`, "analyzer tree test.json", `Kambo\MemoryLeaks\User`, "How sure is this"} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is not there", want)
		}
	}
}

// What a capture knows of the program's files is in a page without their folders.
func TestNoPathsOfCode(t *testing.T) {
	p := pageOf(t, dumptest.Load(t, "talk-1k.json.gz"))
	o := *p.Overview
	c, l := *o.Check, *o.Leaks
	c.Capture = &dump.Capture{Balanced: true}
	l.Suspects = append([]leaks.Suspect{}, l.Suspects...)
	if len(l.Suspects) == 0 {
		t.Fatal("there is no suspect")
	}
	l.Suspects[0].Declared = &analysis.Declared{Symbol: "A::f()", File: "/srv/app/src/A.php", Line: 3, End: 9}
	root := o.Tree.Root
	root.Children = append([]tree.TreeNode{{
		Label: `["of /srv/app/src/A.php"]`, Path: "code of /srv/app/src/A.php", ID: "0x10", Type: "file", Count: 1,
		Children: []tree.TreeNode{{Label: "[A]", Path: "code of /srv/app/src/A.php[A]", ID: "0x20", Type: "class", Count: 1}},
	}}, root.Children...)
	o.Check, o.Leaks, o.Tree = &c, &l, &tree.Tree{Source: o.Tree.Source, Caveats: o.Tree.Caveats, Root: root}
	p.Overview = &o
	html := write(t, p)
	if i := strings.Index(html, "/srv"); i >= 0 {
		t.Errorf("%q", html[max(i-80, 0):i+80])
	}
	if !strings.Contains(html, "A.php:3") {
		t.Error("the name of the file is not there")
	}
}

// A change on a page is the one of the trees: what is below a block fits into it,
// and both sides are there.
func TestChangeColumns(t *testing.T) {
	for _, names := range [][2]string{{"recorded/mem-0001.json.zst", "recorded/mem-0006.json.zst"}, {"series/weak_map-3.json.gz", "series/weak_map-1.json.gz"}} {
		p := pageOf(t, dumptest.Load(t, names[1]))
		p.Before, p.First = treeOf(t, dumptest.Load(t, names[0])), "first.json"
		_, c := changeOf(prepared(p))
		if len(c.Depth) < 3 {
			t.Errorf("%s: %d nodes", names[0], len(c.Depth))
		}
		for i := range c.Depth {
			below, before, after := c.HiddenBytes[i], uint64(0), uint64(0)
			for j := i + 1; j < len(c.Depth) && c.Depth[j] > c.Depth[i]; j++ {
				if c.Depth[j] == c.Depth[i]+1 {
					below += c.Retained[j]
					before += c.Before[j]
					after += c.After[j]
				}
			}
			if below > c.Retained[i] || before > c.Before[i] || after > c.After[i] || max(c.Before[i], c.After[i]) > c.Retained[i] {
				t.Errorf("%s: node %d, %s: %d wide, %d → %d; below it %d, %d → %d", names[0], i, c.Labels[c.Label[i]], c.Retained[i], c.Before[i], c.After[i], below, before, after)
			}
		}
		if c.Before[0] != p.Before.Root.Retained || c.After[0] != p.Overview.Tree.Root.Retained {
			t.Errorf("%s: %d → %d", names[0], c.Before[0], c.After[0])
		}
	}
}

// recording reads that of testdata.
func recording(t *testing.T) *report.Recording {
	t.Helper()
	s, err := record.ReadSummary(bytes.NewReader(dumptest.Load(t, "recorded/curve.csv")))
	if err != nil {
		t.Fatal(err)
	}
	r := &report.Recording{
		PID: s.PID, PHP: s.PHP, Length: s.Length, Ended: s.Ended, Stopped: s.Stopped, Longest: s.Longest,
		First: levels.Level(s.First), Last: levels.Level(s.Last), High: levels.Level(s.High),
		Chart: report.Chart{Span: s.Trace.Length, PeakAt: s.HighAt, Peak: s.High.Usage},
	}
	for _, p := range s.Trace.Spans {
		r.Chart.Spans = append(r.Chart.Spans, report.ChartSpan{Min: p.Min, Max: p.Max, Last: levels.Level(p.Last), Known: p.Readings > 0})
	}
	for _, d := range s.Dumps {
		r.Dumps = append(r.Dumps, report.RecordedDump{Number: d.Number, File: d.File, Reason: d.Reason, At: d.At, Usage: d.Usage, Paused: d.Paused})
		r.Chart.Marks = append(r.Chart.Marks, report.ChartMark{At: d.At, Number: d.Number})
	}
	return r
}

// recordedPage is a page of all that a recording gives.
func recordedPage(t *testing.T) *Page {
	t.Helper()
	texts := make([][]byte, 6)
	for i := range texts {
		texts[i] = dumptest.Load(t, fmt.Sprintf("recorded/mem-%04d.json.zst", i+1))
	}
	p := pageOf(t, texts[5])
	p.Growth = seriesOf(t, texts...)
	p.Gate = gate.Judge(p.Growth, gate.DefaultLimits(), nil, gate.JudgeOptions{})
	p.Before, p.First, p.Recording = treeOf(t, texts[0]), "mem-0001.json.zst", recording(t)
	return p
}

// A recording's page has its curve, the gate's verdict, the lines of code, what
// changed and what holds whom, and nothing of the machine.
func TestRecorded(t *testing.T) {
	p := recordedPage(t)
	html := write(t, p)
	checkInert(t, "recorded", html)
	for _, want := range []string{
		"Memory over time", "peak " + report.Size(p.Recording.High.Usage), ">#6<", "gate: FAIL", `<b class="gate FAIL">FAIL</b>`, `<span class="status new">new</span>`,
		`<li class="adds"><b>adds</b> <code>History::add()</code> <code>worker.php:31</code>`, `<li class="removes"><b>removes</b> <code>History::clear()</code> <code>worker.php:36</code>`,
		"Before and after", `<code>$worker-&gt;history-&gt;results[*]</code>`, "Compiled code", "<code>App\\Worker</code>", "<code>App\\History</code> holds",
		"Show in the map", `href="#grows-1"`, "Where the process",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is not there", want)
		}
	}
	if i := strings.Index(html, "/srv"); i >= 0 {
		t.Errorf("%q", html[max(i-80, 0):i+80])
	}
	var b bytes.Buffer
	if err := Markdown(&b, p); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"**Gate: FAIL.** 1 new leak.", "->history  App", "mem-0006.json.zst | idle", "`worker.php:31`"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the Markdown lacks %q", want)
		}
	}
	if strings.Contains(b.String(), "/srv") {
		t.Error("the Markdown has a folder")
	}
}

// What is cut from the tree of an issue is counted where it was.
func TestPruned(t *testing.T) {
	for _, name := range cases.Sample(sampleDumps, 2, 3) {
		whole := pageOf(t, dumptest.Load(t, name)).Overview.Tree
		cut := pruned(whole)
		nodes := 0
		for depth, n := range cut.All {
			nodes++
			sum := n.Own + n.HiddenBytes
			for i := range n.Children {
				sum += n.Children[i].Retained
			}
			if sum != n.Retained || depth > markdownDepth {
				t.Errorf("%s: %s at %d: the parts are %d of %d", name, n.Label, depth, sum, n.Retained)
			}
		}
		if nodes > 2*markdownNodes || cut.Root.Retained != whole.Root.Retained {
			t.Errorf("%s: %d nodes, %d of %d bytes", name, nodes, cut.Root.Retained, whole.Root.Retained)
		}
	}
}

func TestAxisTime(t *testing.T) {
	for at, want := range map[time.Duration]string{
		0: "0", 5 * time.Second: "5 s", 90 * time.Second: "1:30 min", 2 * time.Minute: "2 min", 90 * time.Minute: "1:30 h", 6 * time.Hour: "6 h", 72 * time.Hour: "3 d",
	} {
		if got := axisTime(at); got != want {
			t.Errorf("%v is %s, want %s", at, got, want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct{ least, want float64 }{{0.3, 1}, {1, 1}, {3, 4}, {1000, 1024}, {130 << 10, 256 << 10}, {300 << 20, 512 << 20}} {
		if got := tick(c.least); got != c.want {
			t.Errorf("tick(%g) is %g, want %g", c.least, got, c.want)
		}
	}
}

// The page draws what the process took beside memory_usage: over time, unfolded where
// that is worth a word, and by dump.
func TestLevels(t *testing.T) {
	for name, c := range map[string]struct {
		outside *levels.Outside
		unfolds bool
	}{
		"nothing beside": {nil, false},
		"RSS rises":      {&levels.Outside{First: levels.Level{Usage: 1, RSS: 1}, Last: levels.Level{Usage: 1, RSS: 9 << 20}, Rise: 9 << 20}, true},
	} {
		p := recordedPage(t)
		p.Recording.Outside = c.outside
		html := write(t, p)
		for _, want := range []string{`class="line rss"`, `class="line real"`, `class="dot rss"`, "The process as PHP and the system count it"} {
			if !strings.Contains(html, want) {
				t.Errorf("%s: %s is missing", name, want)
			}
		}
		if got := strings.Contains(html, "<details open><summary>With RSS"); got != c.unfolds {
			t.Errorf("%s: unfolded %t", name, got)
		}
		if got := strings.Contains(html, "outside PHP&#39;s allocator"); got != c.unfolds {
			t.Errorf("%s: a note %t", name, got)
		}
	}
}
