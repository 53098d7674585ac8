package leaks

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

// suspectLine writes what the cases compare.
func suspectLine(s *Suspect) string {
	name := s.Holds.Class
	if name == "" {
		name = s.Holds.Type
	}
	out := fmt.Sprintf("%s %d×%s %s", s.Kind, s.Holds.Count, name, s.At.Path)
	for _, p := range s.Also {
		out += " = " + p.Path
	}
	if s.Innocent != "" {
		out += " (" + string(s.Innocent) + ")"
	}
	return out
}

func TestLeaks(t *testing.T) {
	for _, c := range cases.Sample(leakCases, len(leakCases)/2, 0) {
		t.Run(c.name, func(t *testing.T) {
			b := dumpbuild.New()
			c.build(b)
			l := Find(retaintest.Measured(t, b.Dump().PrintUsual()), Options{Threshold: 0.1})
			var got []string
			for i := range l.Suspects {
				got = append(got, suspectLine(&l.Suspects[i]))
				checkSuspect(t, l, &l.Suspects[i])
			}
			if c.more && len(got) > len(c.want) {
				got = got[:len(c.want)]
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
			}
		})
	}
}

func TestShapeFoldsWhatRepeats(t *testing.T) {
	shapeAt := func(depth int) string {
		leaf := dumptest.Array(dumptest.To("0", dumptest.Array(dumptest.To("x", dumptest.Text(5)))))
		n := dumptest.Object("Node", dumptest.To("value", leaf))
		for range depth {
			n = dumptest.Object("Node", dumptest.To("kids", dumptest.Array(dumptest.To("7", n))))
		}
		r := retaintest.Measured(t, dumpbuild.New().Global("top", n).Dump().PrintUsual())
		return paths.RootPaths(r.Graph).Shape(graph.NodeID(r.Graph.Items() - 1))
	}
	want := "$top|object|Node|->kids|array||[*]|object|Node|->value|array||[*]|array||[*]|string||"
	for _, depth := range []int{1, 2, 7} {
		if got := shapeAt(depth); got != want {
			t.Errorf("%d deep: %s, want %s", depth, got, want)
		}
	}
}

func TestHoldsHash(t *testing.T) {
	for name, want := range map[string]bool{
		"": false, "Service12": false, "Mock_Foo_3fa9c2d1": true, "__TwigTemplate_0af31c": true, "facade": false, "20261122": false, "Decade1": false,
	} {
		if got := HoldsHash(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestFoldName(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "Product": "Product", "Mock_Foo_3fa9c2d1": "Mock_Foo_#", "case-12": "case-#", "v2_item17": "v#_item#",
		"facade": "facade", "0123456789abcdef": "#", "Entity1Meta": "Entity#Meta", "e5": "e#", "123": "#",
	} {
		if got := paths.Fold(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// checkSuspect checks what holds for all suspects.
func checkSuspect(t *testing.T, l *Leaks, s *Suspect) {
	t.Helper()
	if len(s.Fingerprint) != 8 {
		t.Errorf("fingerprint %q", s.Fingerprint)
	}
	if want := float64(s.Retained) / float64(l.Explained); math.Abs(s.OfExplained-want) > 1e-9 || s.OfExplained > 1 {
		t.Errorf("%s: share %v of %d bytes, want %v of what is explained", s.At.Path, s.OfExplained, s.Retained, want)
	}
	want := s.OfExplained
	if h := l.Header; h != nil && !l.Reported {
		want = min(1, float64(s.Retained)/float64(h.MemoryUsage))
	}
	if math.Abs(s.Share-want) > 1e-9 {
		t.Errorf("%s: share %v of %d bytes, want %v", s.At.Path, s.Share, s.Retained, want)
	}
	if s.Holds.Bytes > s.Retained {
		t.Errorf("%s retains %d bytes, and what it holds %d", s.At.Path, s.Retained, s.Holds.Bytes)
	}
	if n := len(s.Path); n > 0 {
		if last := s.Path[n-1]; last.Item.ID != s.At.Item.ID {
			t.Errorf("%s: the path ends at %s", s.At.Path, last.Item.ID)
		}
		var labels strings.Builder
		for _, step := range s.Path {
			labels.WriteString(step.Label)
		}
		if labels.String() != s.At.Path {
			t.Errorf("the path's labels make %s, want %s", labels.String(), s.At.Path)
		}
	}
	if len(s.Reasons) == 0 || s.Reasons[0].Kind != ReasonShare {
		t.Errorf("%s: reasons %v", s.At.Path, s.Reasons)
	}
	if s.Innocent != "" && s.Confidence != analysis.Low {
		t.Errorf("%s: innocent with %s confidence", s.At.Path, s.Confidence)
	}
}

// A program's fingerprints are the same wherever its items lie, and however
// many there are.
func TestFingerprintsAreStable(t *testing.T) {
	prints := func(shift uint64, n int, key string) []string {
		b := dumpbuild.New()
		b.Global("pad", dumptest.Text(shift))
		b.Static(`Gen\Mock_`+key+`::it`, dumptest.Object(`Gen\Mock_`+key, dumptest.To("calls", dumptest.Keyed(n, dumptest.Numbered(key+"-%d"), dumptest.User))))
		b.Global("svc", dumptest.Object("Service", dumptest.To("cache", dumptest.Array(dumptest.To(key, dumptest.ListOf(n, dumptest.User))))))
		var all []string
		for _, s := range Find(retaintest.Measured(t, b.Dump().PrintUsual()), Options{Threshold: 0.1}).Suspects {
			all = append(all, s.Fingerprint)
		}
		slices.Sort(all)
		return all
	}
	a, b := prints(10, 2000, "7fa3c2d1"), prints(90_000, 2500, "00b1e9aa")
	if len(a) != 2 || !slices.Equal(a, b) {
		t.Errorf("fingerprints %v and %v", a, b)
	}
}

func TestLeaksOfAnyGraph(t *testing.T) {
	for seed := range uint64(20) {
		text := dumpbuild.RandomGraph{Seed: seed, Nodes: 200, Edges: 300 + int(seed)*5, Roots: 1 + int(seed)%9, WeakMaps: 2}.Dump().PrintUsual()
		for _, reported := range []bool{false, true} {
			g, info := dumptest.Build(t, text)
			r := retain.Retain(g, info, retain.RetentionOptions{Retained: true, Reported: reported})
			for _, threshold := range []float64{1e-9, 0.001, 0.01, 0.1, 1} {
				l := Find(r, Options{Threshold: threshold})
				for i := range l.Suspects {
					checkSuspect(t, l, &l.Suspects[i])
				}
			}
		}
	}
}

func TestConfidence(t *testing.T) {
	many := func(n int, key func(int) string) func(b *dumpbuild.Builder) {
		return func(b *dumpbuild.Builder) { b.Global("cache", dumptest.Keyed(n, key, dumptest.User)) }
	}
	for _, c := range cases.Sample([]struct {
		name  string
		build func(b *dumpbuild.Builder)
		want  analysis.Confidence
	}{
		{"thousands under running numbers", many(6000, strconv.Itoa), analysis.High},
		{"hundreds", many(900, strconv.Itoa), analysis.Medium},
		{"under names that people gave", many(3000, func(i int) string {
			return strings.Map(func(r rune) rune { return 'k' + r - '0' }, strconv.Itoa(i))
		}), analysis.Low},
		{"texts alone", func(b *dumpbuild.Builder) {
			b.Global("words", dumptest.ListOf(20_000, func(int) *dumpbuild.Node { return dumptest.Text(50) }))
		}, analysis.Medium},
		{"in a collection of the engine's", func(b *dumpbuild.Builder) {
			b.Global("cache", dumptest.Object("SplQueue", dumptest.To("flags", dumptest.Scalar("int")), dumptest.To("dllist", dumptest.ListOf(6000, dumptest.User))))
		}, analysis.Medium},
		{"of which the first are gone", many(6000, func(i int) string { return strconv.Itoa(i + 90_000) }), analysis.Medium},
		{"named with numbers of which the first are gone", many(6000, func(i int) string { return fmt.Sprint("page:", i+90_000) }), analysis.Medium},
		{"of a process that has had more", func(b *dumpbuild.Builder) {
			b.Memory(3_000_000, 8<<20, 6_000_000, 8<<20)
			b.Global("cache", dumptest.ListOf(6000, dumptest.User))
		}, analysis.Medium},
		{"one of many things", func(b *dumpbuild.Builder) {
			b.Global("file", dumptest.Text(1_000_000))
			b.Global("cache", dumptest.ListOf(500, dumptest.User))
		}, analysis.Low},
		{"most memory is not in the dump", func(b *dumpbuild.Builder) {
			b.Memory(90_000_000, 92<<20, 90_000_000, 92<<20)
			b.Global("cache", dumptest.ListOf(5000, dumptest.User))
		}, analysis.Low},
	}, 4, 0) {
		t.Run(c.name, func(t *testing.T) {
			b := dumpbuild.New().NoHeader()
			c.build(b)
			l := Find(retaintest.Measured(t, b.Dump().PrintUsual()), Options{Threshold: 0.1})
			i := slices.IndexFunc(l.Suspects, func(s Suspect) bool { return s.At.Path == "$cache" || s.At.Path == "$words" })
			if i < 0 {
				t.Fatalf("no suspect among %d", len(l.Suspects))
			}
			if got := l.Suspects[i].Confidence; got != c.want {
				t.Errorf("%s confidence, want %s: %v", got, c.want, l.Suspects[i].Reasons)
			}
		})
	}
}

func TestLeaksLimit(t *testing.T) {
	b := dumpbuild.New()
	for _, name := range []string{"a", "b", "c"} {
		b.Global(name, dumptest.Object(strings.ToUpper(name), dumptest.To("list", dumptest.ListOf(1500, dumptest.User))))
	}
	r := retaintest.Measured(t, b.Dump().PrintUsual())
	all := Find(r, Options{Threshold: 0.1})
	two := Find(r, Options{Threshold: 0.1, Limit: 2})
	if len(all.Suspects) != 3 || len(two.Suspects) != 2 || two.Cut != 1 || all.Cut != 0 {
		t.Errorf("%d suspects; with a limit of 2 %d, %d cut", len(all.Suspects), len(two.Suspects), two.Cut)
	}
}
