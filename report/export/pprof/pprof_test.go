package pprof

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/pprof/profile"

	"memtrail/analysis/inventory"
	"memtrail/analysis/tree"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/report"
	"memtrail/zend"
)

func of(t *testing.T, text []byte) (*inventory.Inventory, *tree.Tree) {
	t.Helper()
	g, info := dumptest.Build(t, text)
	v := inventory.Of(g, info, zend.Auto)
	v.Name = "dump.json"
	return v, v.Tree(inventory.Options{MinShare: 0.0001, Nodes: 20000})
}

// written is a profile as a reader finds it.
func written(t *testing.T, v *inventory.Inventory, tr *tree.Tree) *profile.Profile {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, v, tr); err != nil {
		t.Fatal(err)
	}
	p, err := profile.ParseData(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTotals: the total is memory_usage, and what a variable has with all below it
// is what it keeps alive.
func TestTotals(t *testing.T) {
	for _, name := range cases.Sample([]string{"talk-1k.json.gz", "ast.json.zst", "weird.json.gz", "closure-address-reuse.json", "fibers.json", "phpunit.json.gz",
		"truncated-deep-list.json.gz", "truncated-memory-limit.json.gz", "series/weak_map-3.json.gz", "statics.json"}, 4, 2) {
		v, tr := of(t, dumptest.Load(t, name))
		p := written(t, v, tr)
		want := int64(v.Explained)
		if usage, ok := v.MemoryUsage(); ok {
			want = int64(usage)
		}
		var bytes, objects int64
		cum := map[string]int64{}
		for _, s := range p.Sample {
			objects += s.Value[0]
			bytes += s.Value[1]
			cum[s.Location[len(s.Location)-1].Line[0].Function.Name] += s.Value[1]
		}
		if bytes != want || objects != int64(v.Retention.Graph.Len()) {
			t.Errorf("%s: %d bytes, %d objects; want %d, %d", name, bytes, objects, want, v.Retention.Graph.Len())
		}
		for i := range tr.Root.Children {
			n := &tr.Root.Children[i]
			text := n.Label
			if n.ID != "" {
				text = unshortened(n.Label + " " + n.Class)
				if n.Class == "" {
					text = unshortened(n.Label + " " + n.Type)
				}
			}
			want := uint64(0) // variables of a function that calls itself have one name
			for _, m := range tr.Root.Children {
				if m.Label == n.Label && m.Class == n.Class && m.Type == n.Type {
					want += m.Retained
				}
			}
			if got := cum[text]; got != int64(want) {
				t.Errorf("%s: %s has %d with all below it, want %d", name, text, got, want)
			}
		}
	}
}

// hostile are names that try to be something else.
var hostile = []string{"\x1b[31mred", "a\u202eb", "<script>alert(1)</script>", "=cmd|'/c calc'!A0", "\xff\xfe", "a\x00b", `a"b\c`, "line\nline", `"quoted"`, "std::vector<int>(x)", "/v2/users.list"}

// hostileDump has each of them as a class and as a key.
func hostileDump() []byte {
	b := dumpbuild.New().Memory(10<<20, 12<<20, 10<<20, 12<<20)
	for _, name := range hostile {
		b.Global("g"+name, dumpbuild.NewObject(name, dumpbuild.To(name, dumpbuild.NewArray(dumpbuild.To(name, dumpbuild.NewString(5000))))))
	}
	return b.Dump().PrintUsual()
}

// TestHostileNames: what pprof prints cannot steer a terminal, and names that
// differ stay different.
func TestHostileNames(t *testing.T) {
	v, tr := of(t, hostileDump())
	p := written(t, v, tr)
	classes := map[string]bool{}
	check := func(text string) {
		if report.Printable(text) != text {
			t.Errorf("%q cannot be printed", text)
		}
	}
	for _, f := range p.Function {
		check(f.Name)
		check(f.Filename)
	}
	for _, s := range p.Sample {
		for _, values := range s.Label {
			check(values[0])
		}
		if class := s.Label["class"]; len(class) > 0 && s.Label["type"][0] == "object" {
			classes[class[0]] = true
		}
	}
	for _, c := range p.Comments {
		check(c)
	}
	if len(classes) != len(hostile) {
		t.Errorf("%d classes of %d: %v", len(classes), len(hostile), classes)
	}
}

// pprofTool runs go tool pprof.
func pprofTool(t *testing.T, args ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("go tool pprof is slow")
	}
	cmd := exec.Command("go", append([]string{"tool", "pprof"}, args...)...)
	cmd.Env = append(os.Environ(), "PPROF_TMPDIR="+t.TempDir(), "TZ=UTC")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go tool pprof %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// file writes a dump's profile, and gives its name.
func file(t *testing.T, text []byte, name string) string {
	t.Helper()
	v, tr := of(t, text)
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Write(f, v, tr); err != nil {
		t.Fatal(err)
	}
	return path
}

// rows are the columns flat and cum of pprof's table, in bytes, by name.
func rows(t *testing.T, table string) map[string][2]int64 {
	t.Helper()
	found := map[string][2]int64{}
	row := regexp.MustCompile(`^ *(-?\d+)B? +\S+ +\S+ +(-?\d+)B? +\S+ +(.*)$`)
	for line := range strings.Lines(table) {
		if m := row.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			flat, _ := strconv.ParseInt(m[1], 10, 64)
			cum, _ := strconv.ParseInt(m[2], 10, 64)
			found[m[3]] = [2]int64{flat, cum}
		}
	}
	return found
}

// TestTool has go tool pprof read profiles: it shows names whole, and what a
// variable keeps alive.
func TestTool(t *testing.T) {
	text := dumptest.Load(t, "talk-1k.json.gz")
	_, tr := of(t, text)
	table := rows(t, pprofTool(t, "-top", "-cum", "-nodecount=0", "-nodefraction=0", "-unit=B", file(t, text, "heap.pb.gz")))
	for i := range tr.Root.Children {
		if n := &tr.Root.Children[i]; n.Class != "" {
			if got := table[n.Label+" "+n.Class]; got != [2]int64{int64(n.Own), int64(n.Retained)} {
				t.Errorf("%s: %v, want own %d, retained %d; %v", n.Label, got, n.Own, n.Retained, table)
			}
		}
	}
	if !cases.Full() {
		return // each run of pprof takes a fifth of a second
	}
	byClass := pprofTool(t, "-top", "-files", "-nodefraction=0", "-unit=B", file(t, text, "heap.pb.gz"))
	if got := rows(t, byClass)[`Kambo\MemoryLeaks\User`]; got[0] != 96000 {
		t.Errorf("of the class %v: %s", got, byClass)
	}
	if out := pprofTool(t, "-top", "-tagfocus=class=User$", "-nodefraction=0", "-unit=B", file(t, text, "heap.pb.gz")); !strings.Contains(out, `[*] Kambo\MemoryLeaks\User`) {
		t.Errorf("by label: %s", out)
	}
	out := pprofTool(t, "-traces", file(t, hostileDump(), "heap.pb.gz"))
	if strings.ContainsAny(out, "\x1b\x00\u202e") || !strings.Contains(out, `\e[31mred`) || !strings.Contains(out, "std::vector<int>(x)") {
		t.Errorf("hostile names: %q", out)
	}
	dot := pprofTool(t, "-dot", "-nodefraction=0", file(t, hostileDump(), "heap.pb.gz"))
	if !strings.Contains(dot, "v2/users.list") {
		t.Error("pprof shortens the name of a key")
	}
}

// TestDiffBase: of a series that leaks, the difference of two profiles names the
// place that grows, the same as growth does.
func TestDiffBase(t *testing.T) {
	cases.OnlyFull(t, "go tool pprof runs four times")
	for _, c := range []struct {
		first, last, place, member string
		members                    int64
	}{
		{"series/cache_service-1.json.gz", "series/cache_service-3.json.gz", "->identity array", "[*] Product", 2000},
		{"series/static_registry-1.json.gz", "series/static_registry-3.json.gz", `["Invoice"] array`, "[*] Invoice", 600},
	} {
		first, last := file(t, dumptest.Load(t, c.first), "1.pb.gz"), file(t, dumptest.Load(t, c.last), "3.pb.gz")
		all := []string{"-top", "-cum", "-nodecount=0", "-nodefraction=0", "-diff_base=" + first}
		table := rows(t, pprofTool(t, append(all, "-unit=B", last)...))
		var named int64 // what all places have grown by
		for name, row := range table {
			if !strings.HasPrefix(name, "(") {
				named += row[0]
			}
		}
		if got := table[c.place]; named <= 0 || float64(got[1]) < 0.7*float64(named) || got[1] <= got[0] {
			t.Errorf("%s: %s grows by %v of %d", c.last, c.place, got, named)
		}
		counts := rows(t, pprofTool(t, append(all, "-sample_index=inuse_objects", last)...))
		if got := counts[c.member]; got[0] != c.members {
			t.Errorf("%s: %d more %s, want %d; %v", c.last, got[0], c.member, c.members, counts)
		}
	}
}
