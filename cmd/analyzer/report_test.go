package main

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"memtrail/internal/cases"
	"memtrail/report"
)

// pageTree is what a page has of the tree, by node.
type pageTree struct {
	Labels      []string
	Depth       []int
	Label       []int
	Count       []uint64
	Own         []uint64
	Retained    []uint64
	Hidden      []uint64
	HiddenBytes []uint64
	Explained   uint64
}

// treeJSON is what tree prints of a node.
type treeJSON struct {
	Label         string     `json:"label"`
	Count         uint64     `json:"count"`
	OwnBytes      uint64     `json:"own_bytes"`
	RetainedBytes uint64     `json:"retained_bytes"`
	HiddenItems   uint64     `json:"hidden_items"`
	HiddenBytes   uint64     `json:"hidden_bytes"`
	Children      []treeJSON `json:"children"`
	Explained     uint64     `json:"explained_bytes"`
}

// TestReportNumbers: what a page shows is what the commands print of the same
// dump.
func TestReportNumbers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"talk-1k.json.gz", "phpunit.json.gz", "closure-address-reuse.json", "weird.json.gz"} {
		t.Run(name, func(t *testing.T) {
			page := reportPage(t, data(name))
			checkTree(t, page, name)
			text := visible(page)
			checkSummary(t, page, name)
			checkBalance(t, text, name)
			checkLeaks(t, text, name)
		})
	}
}

// reportPage writes a page of dumps.
func reportPage(t *testing.T, args ...string) string {
	t.Helper()
	out, stderr, code := analyze(t, "", append([]string{"report", "-q"}, args...)...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	return out
}

// decode reads the JSON that a command prints.
func decode(t *testing.T, to any, args ...string) {
	t.Helper()
	out, stderr, code := analyze(t, "", append(args, "-q", "--format", "json")...)
	if code != exitOK {
		t.Fatalf("%q: exit code %d: %s", args, code, stderr)
	}
	if err := json.Unmarshal([]byte(out), to); err != nil {
		t.Fatal(err)
	}
}

// visible is the text of a page, without its elements.
func visible(page string) string {
	page = regexp.MustCompile(`(?s)<script.*?</script>|<style.*?</style>|<svg.*?</svg>`).ReplaceAllString(page, "")
	page = regexp.MustCompile(`</?(?:td|th|tr|li|p|b|span|section|h\d|dd|dt|figcaption)\b[^>]*>`).ReplaceAllString(page, " $0 ")
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, "")
	return html.UnescapeString(page)
}

func checkTree(t *testing.T, page, name string) {
	_, rest, _ := strings.Cut(page, `id="tree">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var got pageTree
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	var root treeJSON
	decode(t, &root, "tree", data(name), "--min-share", "0.01%", "--nodes", "20000", "--depth", "0", "--limit", "0")
	if got.Explained != root.Explained {
		t.Errorf("%d explained, tree says %d", got.Explained, root.Explained)
	}
	i := 0
	var walk func(n *treeJSON, depth int)
	walk = func(n *treeJSON, depth int) {
		if i >= len(got.Depth) || got.Depth[i] != depth || got.Count[i] != n.Count || got.Own[i] != n.OwnBytes || got.Retained[i] != n.RetainedBytes ||
			got.Hidden[i] != n.HiddenItems || got.HiddenBytes[i] != n.HiddenBytes || got.Labels[got.Label[i]] != report.Shorten(n.Label, 120) {
			t.Fatalf("node %d is not %s of the tree, which retains %d", i, n.Label, n.RetainedBytes)
		}
		i++
		for j := range n.Children {
			walk(&n.Children[j], depth+1)
		}
	}
	walk(&root, 0)
	if i != len(got.Depth) {
		t.Errorf("%d nodes, tree has %d", len(got.Depth), i)
	}
}

func checkSummary(t *testing.T, page, name string) {
	var summary struct {
		Types []struct {
			Name      string `json:"type"`
			Count     uint64
			Allocated uint64 `json:"allocated_bytes"`
			Retained  uint64 `json:"retained_bytes"`
		} `json:"types"`
	}
	decode(t, &summary, "summary", data(name), "--retained", "--sizes", "allocated")
	rows := regexp.MustCompile(`<tr><th scope="row">(?:<details><summary>)?<code>(.*?)</code>.*?data-value="(\d+)".*?data-value="(\d+)".*?data-value="(\d+)"`).FindAllStringSubmatch(page, -1)
	if len(rows) != len(summary.Types) || len(rows) == 0 {
		t.Fatalf("%d types, summary has %d", len(rows), len(summary.Types))
	}
	for i, row := range rows {
		s := summary.Types[i]
		want := []string{report.Shorten(s.Name, 120), uncommaed(s.Count), uncommaed(s.Allocated), uncommaed(s.Retained)}
		got := []string{html.UnescapeString(row[1]), row[2], row[3], row[4]}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("type %d is %q, summary says %q", i, got, want)
		}
	}
}

func uncommaed(n uint64) string { return strings.ReplaceAll(report.Grouped(n), ",", "") }

func checkBalance(t *testing.T, text, name string) {
	var check struct {
		Balance *struct {
			MemoryUsage uint64            `json:"memory_usage"`
			ByKind      map[string]uint64 `json:"by_kind"`
			ObjectTable uint64            `json:"object_table"`
			Baseline    uint64            `json:"baseline"`
			Unexplained int64             `json:"unexplained"`
			Share       float64           `json:"explained_share"`
		} `json:"balance"`
	}
	decode(t, &check, "check", data(name))
	b := check.Balance
	if b == nil {
		return
	}
	wanted := []string{"Where " + report.Size(b.MemoryUsage) + " went", report.Percent(b.Share) + " of memory_usage is explained"}
	share := func(n int64) string {
		return report.NetSize(n) + " · " + report.Percent(float64(n)/float64(b.MemoryUsage))
	}
	for _, n := range b.ByKind {
		if n > 0 {
			wanted = append(wanted, share(int64(n)))
		}
	}
	for _, want := range append(wanted, share(int64(b.ObjectTable)), share(int64(b.Baseline)), share(b.Unexplained)) {
		if !strings.Contains(text, want) {
			t.Errorf("the balance lacks %q", want)
		}
	}
}

func checkLeaks(t *testing.T, text, name string) {
	var leaks struct {
		Suspects []struct {
			Fingerprint string
			Retained    uint64 `json:"retained_bytes"`
			Share       float64
			Innocent    *string
			Reasons     []string
		}
	}
	decode(t, &leaks, "leaks", data(name), "--limit", "0")
	for _, s := range leaks.Suspects {
		wanted := append([]string{report.Size(s.Retained) + " (" + report.Percent(s.Share) + ") alive"}, s.Reasons...)
		if s.Innocent != nil {
			wanted = wanted[:1]
		} else {
			wanted = append(wanted, s.Fingerprint)
		}
		for _, want := range wanted {
			if want = strings.TrimPrefix(want, "But "); !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
				t.Errorf("a suspect lacks %q", want)
			}
		}
	}
}

// TestReportGrowth: a page of a series has what growth finds.
func TestReportGrowth(t *testing.T) {
	t.Parallel()
	dumps, err := filepath.Glob(data("series/*.json*"))
	if err != nil || len(dumps) == 0 {
		t.Skip("no series")
	}
	prefix := regexp.MustCompile(`-\d+\.json.*$`).ReplaceAllString(dumps[0], "")
	var growth struct {
		Verdict string
		Growing []struct {
			Fingerprint string
			Bytes       []uint64
		}
	}
	pattern := prefix + "-*"
	decode(t, &growth, "growth", pattern, "--limit", "0")
	page := reportPage(t, pattern)
	if !strings.Contains(page, `id="grows"`) {
		t.Fatal("nothing on growth")
	}
	text := visible(page)
	for _, w := range growth.Growing {
		if last := report.Size(w.Bytes[len(w.Bytes)-1]); !strings.Contains(text, w.Fingerprint) || !strings.Contains(text, last) {
			t.Errorf("%s, %s at the end, is not there", w.Fingerprint, last)
		}
	}
	if dir, err := os.Getwd(); err != nil || strings.Contains(page, dir) || strings.Contains(page, filepath.Dir(dumps[0])) {
		t.Error("a path of the machine is in the page")
	}
}

// TestReportRecording: a page of a recording's directory has its curve, and what
// the gate says, what changed is what tree prints of both dumps, and code what it
// prints of that.
func TestReportRecording(t *testing.T) {
	t.Parallel()
	dir := data("recorded")
	page := reportPage(t, dir)
	text := visible(page)
	for _, want := range []string{"Memory over time", "6 dumps in 4.7 s", "gate: FAIL"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there", want)
		}
	}
	if !strings.Contains(reportPage(t, filepath.Join(dir, "mem-0003.json.zst")), "Memory over time") {
		t.Error("one dump of it has no curve")
	}
	if strings.Contains(reportPage(t, data("series/cache_service-1.json.gz")), "Memory over time") {
		t.Error("a dump of no recording has a curve")
	}
	first, last := shares(t, "recorded/mem-0001.json.zst"), shares(t, "recorded/mem-0006.json.zst")
	rows := regexp.MustCompile(`<tr><th scope="row"><code>([^<]*)</code></th><td>([^<]*)</td><td class="number">[^<]*</td><td class="number">([^<]*)</td><td class="number">([^<]*)</td>`).FindAllStringSubmatch(page, -1)
	if len(rows) < 2 {
		t.Fatalf("%d places changed", len(rows))
	}
	for _, row := range rows {
		place := html.UnescapeString(row[1]) + " " + html.UnescapeString(row[2])
		if got, want := row[3]+" "+row[4], report.Size(endingIn(first, place))+" "+report.Size(endingIn(last, place)); got != want {
			t.Errorf("%s: %s, tree prints %s", place, got, want)
		}
	}
	code := regexp.MustCompile(`<tr><th scope="row"><code>([^<]*)</code> <span class="kind">([^<]*)</span></th><td class="number">([^<]*)</td>`).FindAllStringSubmatch(page, -1)
	if len(code) < 4 {
		t.Fatalf("%d rows of code", len(code))
	}
	for _, row := range code {
		name := strings.ReplaceAll(html.UnescapeString(row[1]), `\`, `\\`)
		if want := report.Size(endingIn(last, `["`+name+`"] class`) + endingIn(last, strings.ReplaceAll(html.UnescapeString(row[2]), `\`, `\\`)+`"]["`+name+`"] function`)); row[3] != want {
			t.Errorf("the code of %s is %s, tree prints %s", row[1], row[3], want)
		}
	}
}

// shares are what tree prints that places retain: by the labels on the way to
// them and the class, or the type.
func shares(t *testing.T, name string) map[string]uint64 {
	t.Helper()
	type node struct {
		Label    string
		Type     string
		Class    *string
		Retained uint64 `json:"retained_bytes"`
		Children []node
	}
	var root node
	decode(t, &root, "tree", data(name), "--min-share", "0.01%", "--nodes", "20000", "--depth", "0", "--limit", "0")
	sums := map[string]uint64{}
	var walk func(n *node, way string)
	walk = func(n *node, way string) {
		for i := range n.Children {
			c := &n.Children[i]
			kind := c.Type
			if c.Class != nil && *c.Class != "" {
				kind = *c.Class
			}
			sums[way+c.Label+" "+kind] += c.Retained
			walk(c, way+c.Label)
		}
	}
	walk(&root, "")
	return sums
}

// endingIn sums up the places whose ways end in a text.
func endingIn(sums map[string]uint64, end string) uint64 {
	sum := uint64(0)
	for way, bytes := range sums {
		if strings.HasSuffix(way, end) {
			sum += bytes
		}
	}
	return sum
}

// TestReportTokens: each size, share and number of the page's text is one that a
// command prints, or a number of its JSON. What is left out of a list is summed up
// on the page: the tests above have that.
func TestReportTokens(t *testing.T) {
	cases.OnlyFull(t, "all commands are asked for each number of a page")
	t.Parallel()
	for _, dumps := range cases.Sample([][]string{
		{"recorded/mem-0001.json.zst", "recorded/mem-0002.json.zst", "recorded/mem-0003.json.zst", "recorded/mem-0004.json.zst", "recorded/mem-0005.json.zst", "recorded/mem-0006.json.zst"},
		{"talk-1k.json.gz"}, {"phpunit.json.gz"}, {"statics.json"}, {"series/cache_service-1.json.gz", "series/cache_service-2.json.gz", "series/cache_service-3.json.gz"},
		{"field/enum_history-1.json.zst", "field/enum_history-2.json.zst", "field/enum_history-3.json.zst"}, {"weird.json.gz"}, {"fibers.json"},
	}, 1, 4) {
		known := map[string]bool{}
		var numbers []float64
		var all []string
		for _, d := range dumps {
			all = append(all, data(d))
		}
		last := all[len(all)-1]
		runs := [][]string{
			{"summary", last, "--retained", "--sizes", "allocated"}, {"leaks", last, "--limit", "0", "-v"}, {"tree", last, "--min-share", "0.01%", "--nodes", "20000", "--depth", "0", "--limit", "0"},
			{"check", last, "-v"}, {"heap", last}, {"tree", all[0], "--min-share", "0.01%", "--nodes", "20000", "--depth", "0", "--limit", "0"},
		}
		if len(all) > 1 {
			runs = append(runs, append([]string{"growth", "--limit", "0", "-v"}, all...), append([]string{"gate", "-v"}, all...), []string{"diff", all[0], last})
		}
		for _, run := range runs {
			for _, format := range []string{"json", "table"} {
				out, _, _ := analyze(t, "", append(run, "-q", "--format", format)...)
				for _, whole := range regexp.MustCompile(`\b\d+\b`).FindAllString(out, -1) {
					if n, err := strconv.ParseUint(whole, 10, 64); err == nil {
						known[report.Grouped(n)] = true // a page groups what a table does not
					}
				}
				for _, token := range tokens.FindAllString(strings.Join(strings.Fields(out), " "), -1) {
					known[token] = true
				}
				if format == "json" {
					numbers = append(numbers, learn(known, out)...)
				}
			}
		}
		text := reportPage(t, append([]string{}, all...)...)
		// Shares are those of memory_usage, and of what is explained.
		for _, whole := range wholes(t, last) {
			for _, n := range numbers {
				known[report.Percent(n/whole)] = true
			}
		}
		for _, left := range []string{`(?s)<ul class="holders".*?</ul>\s*<div`, `(?s)<ul class="held">.*?</ul>`, `(?s)<section id="curve".*?</section>`, `(?s)<table id="changes">.*?</table>`, `(?s)<section id="code".*?</section>`} {
			text = regexp.MustCompile(left).ReplaceAllString(text, "")
		}
		text = strings.Join(strings.Fields(visible(text)), " ")
		n := 0
		for _, token := range tokens.FindAllString(text, -1) {
			n++
			if !known[token] && token != "2.0 MiB" && token != "2 MiB" && token != "4 KiB" {
				at := strings.Index(text, token)
				t.Errorf("%s: no command prints %q: …%s…", dumps[0], token, text[max(at-60, 0):min(at+60, len(text))])
			}
		}
		if n < 30 {
			t.Errorf("%s: only %d numbers", dumps[0], n)
		}
	}
}

// tokens are numbers with a unit, and large ones.
var tokens = regexp.MustCompile(`\b\d[\d,.]* (?:B\b|KiB|MiB|GiB|%)|\b\d{1,3}(?:,\d{3})+`)

// wholes are what shares of a dump may be of.
func wholes(t *testing.T, name string) []float64 {
	t.Helper()
	var check struct {
		Header *struct {
			Usage float64 `json:"memory_usage"`
		}
		Process map[string]float64
	}
	decode(t, &check, "check", name)
	var tree treeJSON
	decode(t, &tree, "tree", name)
	list := []float64{float64(tree.Explained)}
	if h := check.Header; h != nil && h.Usage > 0 {
		list = append(list, h.Usage)
	}
	rss := 0.0
	for _, n := range check.Process {
		rss += n
	}
	return append(list, max(rss, 1))
}

// learn notes the numbers of a JSON document as pages write them.
func learn(known map[string]bool, text string) (numbers []float64) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			return numbers
		}
		n, ok := token.(json.Number)
		if !ok {
			continue
		}
		if i, err := n.Int64(); err == nil {
			if i < 0 {
				i = -i
			}
			known[report.Size(uint64(i))], known[report.Grouped(uint64(i))] = true, true
		}
		if f, err := n.Float64(); err == nil {
			numbers = append(numbers, f)
			known[report.Percent(f)], known[report.Size(uint64(max(f, -f)))] = true, true
		}
	}
}

// TestReportPageSizes: no page of a dump of testdata is larger than a megabyte.
func TestReportPageSizes(t *testing.T) {
	cases.OnlyFull(t, "a page of each dump")
	t.Parallel()
	var all []string
	for _, pattern := range []string{"*.json*", "series/*.json*", "field/*.json*", "recorded/*.json*"} {
		files, err := filepath.Glob(data(pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	all = slices.DeleteFunc(all, func(name string) bool { return filepath.Base(name) == "truth.json" })
	if len(all) < 50 {
		t.Fatalf("only %d dumps", len(all))
	}
	for _, name := range all {
		out, _, _ := analyze(t, "", "report", "-q", name)
		if !strings.Contains(out, "</html>") || len(out) > 1_000_000 {
			t.Errorf("%s: a page of %d bytes", name, len(out))
		}
	}
}
