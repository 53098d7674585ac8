package main

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

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
