package report

import (
	"bytes"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/tree"
)

// trees are hand-made, with everything that a tree may have.
func trees() map[string]*tree.Tree {
	const explained = 10_000_000
	node := func(label, path, id, typ, class string, count, own uint64, children ...tree.TreeNode) tree.TreeNode {
		n := tree.TreeNode{Label: label, Path: path, ID: id, Type: typ, Class: class, Count: count, Own: own, Retained: own, Children: children}
		for _, c := range children {
			n.Retained += c.Retained
		}
		n.Share = float64(n.Retained) / explained
		return n
	}
	hiding := func(n tree.TreeNode, items, bytes uint64) tree.TreeNode {
		n.Hidden, n.HiddenBytes = items, bytes
		n.Retained += bytes
		n.Share = float64(n.Retained) / explained
		return n
	}
	users := node("->cache", "$app->cache", "0x7f0000000300", "array", "", 1, 300_000,
		node("[*]", "$app->cache[17]", "0x7f0000000400", "object", `App\Entity\User`, 100_000, 4_000_000,
			node("->name", "$app->cache[17]->name", "0x7f0000000428", "string", "", 100_000, 1_500_000)),
		node("[501]", "$app->cache[501]", "0x7f0000000500", "object", `App\Entity\User`, 1, 800_000))
	chain := node("->next…", "$list->next", "0x7f0000000700", "object", "Link", 5_000, 280_000)
	chain.Chain = true
	source := analysis.Source{Header: &analysis.Header{MemoryUsage: 12_000_000, MemoryUsageReal: 16 << 20}, Items: 210_000, Roots: 20, Complete: true, EndsAt: 1 << 26}
	full := &tree.Tree{
		Source: source, Caveats: analysis.Caveats{Explained: explained, Unreliable: 12, Unreachable: 40_000}, Least: 90_000,
		Root: node("(all roots)", "", "", "", "", 1, 0,
			hiding(node("$app", "$app", "0x7f0000000200", "object", `App\Kernel`, 1, 96, users), 7, 200_000),
			node("(shared)", `App\Reg::$all["x"]`, "0x7f0000000600", "object", `App\Config`, 3, 400_000),
			node("$list", "$list", "0x7f0000000680", "object", "Link", 1, 56, chain),
			node("(unreachable)", "", "", "", "", 1, 0, node("…", "", "0x7f0000000800", "object", "Garbage", 6, 240_000)),
			hiding(node("(shared)", "$a[0]", "0x7f0000000680", "array", "", 1, 56), 3_000, 90_000)),
	}
	full.Root = hiding(full.Root, 4_000, 250_000)

	odd := &tree.Tree{
		Source: analysis.Source{Items: 3, EndsAt: 123_456}, Reported: true, Caveats: analysis.Caveats{Explained: explained}, Elsewhere: 1_200,
		Root: node(`$svc["日本語"]`, `$svc["日本語"]`, "0x7f0000000900", "array", "", 1, 100,
			node("->x", "$svc", "0x7f0000000910", "object", "caf\xe9\x1b[31m`<b>`", 1, 100),
			node("[7]", "", "0x7f0000000920", "", "", 1, 80),
			node("→"+strings.Repeat("ключ", 60), "$svc", "0x7f0000000930", "object", `Очень\Длинное\Пространство\`+strings.Repeat("Имя", 50), 12, 60,
				node("["+strings.Repeat("日", 70)+"]", "", "0x7f0000000940", "string", "", 1, 50))),
	}
	empty := &tree.Tree{Source: analysis.Source{Header: &analysis.Header{}, Complete: true}, Root: node("(all roots)", "", "", "", "", 1, 0)}
	return map[string]*tree.Tree{"full": full, "odd": odd, "empty": empty}
}

func TestTreeGolden(t *testing.T) {
	for name, one := range trees() {
		t.Run(name, func(t *testing.T) { golden(t, "tree-"+name, everyFormat(t, bind(Tree, one))) })
	}
}

func TestTreeSchema(t *testing.T) {
	node := []string{"label", "path", "id", "type", "class", "count", "own_bytes", "retained_bytes", "share", "children", "hidden_items", "hidden_bytes"}
	schema := map[string][]string{
		"": append([]string{"complete", "explained_bytes", "least_bytes", "sizes", "unreachable_bytes", "unreliable_references", "header"}, node...),
	}
	for at := range 4 {
		schema["children[]"+strings.Repeat(".children[]", at)] = node
	}
	for name, one := range trees() {
		t.Run(name, func(t *testing.T) {
			checkSchema(t, schema, "", decoded(t, written(t, Tree, one, Options{Format: JSON})))
		})
	}
}

// The table has the terminal's width where that leaves room for anything.
func TestTreeWidth(t *testing.T) {
	for name, one := range trees() {
		for _, width := range []int{70, 80, 100, 120, 200} {
			for line := range strings.Lines(string(written(t, Tree, one, Options{Width: width}))) {
				line = strings.TrimSuffix(line, "\n")
				if (line + " ")[0] == '|' && textWidth(line) > width {
					t.Errorf("%s: %d columns instead of %d: %s", name, textWidth(line), width, line)
				}
			}
		}
	}
}

func TestFit(t *testing.T) {
	line := treeLine{branches: "│ ├ ", label: `["invoice"]`, kind: `App\Billing\Invoice`, count: "[×1,000]"}
	for _, tt := range []struct {
		width int
		want  string
	}{
		{80, `│ ├ ["invoice"]  App\Billing\Invoice  [×1,000]`},
		{46, `│ ├ ["invoice"]  App\Billing\Invoice  [×1,000]`},
		{45, `│ ├ ["invoice"]  App\Billi…\Invoice  [×1,000]`},
		{40, `│ ├ ["invoice"]  App\…\Invoice  [×1,000]`},
		{36, `│ ├ ["invoice"]  App\B…ice  [×1,000]`},
		{10, `│ ├ ["invoice"]  App…ce  [×1,000]`},
	} {
		if got := line.fit(tt.width); got != tt.want {
			t.Errorf("in %d columns: %s, want %s", tt.width, got, tt.want)
		}
	}
	wide := treeLine{label: "日本語日本語日本語", kind: "array"}
	if got := wide.fit(20); got != "日本語日…本語  array" {
		t.Errorf("got %s", got)
	}
}

// FuzzTree puts any bytes where a dump's names go.
func FuzzTree(f *testing.F) {
	for _, name := range []string{"", "A\\B", "\x1b]0;x\a", "\xff\xfe", "a\nb\r\n", "=1", "|`<b>", "\u202e", "日本\xe9", "'; rm -rf ."} {
		f.Add(name, 60)
	}
	f.Fuzz(func(t *testing.T, name string, width int) {
		one := *trees()["odd"]
		one.Root.Class, one.Root.Type, one.Root.Path = name, name, name
		one.Root.Children = append([]tree.TreeNode{{Label: name, Path: name, ID: name, Class: name, Count: 2}}, one.Root.Children...)
		for _, format := range Formats() {
			var out bytes.Buffer
			if err := Tree(&out, &one, Options{Format: format, Width: width % 300}); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			switch {
			case !clean(out.Bytes()):
				t.Errorf("%s: %q", format, out.Bytes())
			case format == CSV:
				checkCSV(t, out.Bytes())
			case format == JSON && !ascii(out.Bytes()):
				t.Errorf("not ASCII: %q", out.Bytes())
			}
		}
	})
}
