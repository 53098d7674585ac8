package growth

import (
	"fmt"
	"slices"
	"testing"

	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// placedObject is an object with a handle at an address, and a string in its first slot.
func placedObject(class string, address uint64, size uint64) *dumpbuild.Node {
	return dumptest.Object(class, dumptest.To("a", dumptest.Text(size).At(address+48))).At(address)
}

// stableProcess has what is in every dump at the same place.
func stableProcess(b *dumpbuild.Builder) {
	for i := range 6 {
		b.Global("g"+string(rune('a'+i)), dumptest.Object("Service"+string(rune('A'+i))).At(uint64(0x7f0000100000+i*0x1000)))
	}
}

// keptOf gives the shares of members that stay of the place that grows; nil if
// that is not known.
func keptOf(t *testing.T, dumps int, build func(b *dumpbuild.Builder, at int)) (*Growth, []float64) {
	t.Helper()
	s := NewSeries(SeriesOptions{})
	for at := range dumps {
		b := dumpbuild.New().NoHeader()
		build(b, at)
		AddDump(t, s, at, b.Dump().PrintUsual())
	}
	g := s.Growth(DefaultGrowth)
	if len(g.Growing) == 0 {
		return g, nil
	}
	return g, g.Growing[0].Evidence.Kept
}

// TestWhoStays: what is known of members by their keys, by handle and address,
// and by what is in them; and what is made of it.
func TestWhoStays(t *testing.T) {
	item := func(i int) *dumpbuild.Node { return placedObject("Item", uint64(0x7f0010000000+i*0x1000), 30) }
	for _, c := range []struct {
		name  string
		build func(b *dumpbuild.Builder, at int)
		leak  bool
		kept  float64 // -1: not known
	}{
		{"objects in a list", func(b *dumpbuild.Builder, at int) {
			stableProcess(b)
			b.Global("list", dumptest.ListOf(50+30*at, item))
		}, true, 1},
		{"others each time in a list", func(b *dumpbuild.Builder, at int) {
			stableProcess(b)
			b.Global("list", dumptest.ListOf(50+30*at, func(i int) *dumpbuild.Node { return item(i + 10_000*at) }))
		}, false, -1},
		{"others at the same addresses, of other content", func(b *dumpbuild.Builder, at int) {
			stableProcess(b)
			b.Global("list", dumptest.ListOf(50+30*at, func(i int) *dumpbuild.Node {
				return placedObject("Item", uint64(0x7f0010000000+i*0x1000), uint64(30+100*at+i))
			}))
		}, false, -1},
		{"string keys that stay", func(b *dumpbuild.Builder, at int) {
			stableProcess(b)
			b.Global("map", dumptest.Keyed(50+30*at, dumptest.Numbered("user-%d"), func(int) *dumpbuild.Node { return dumptest.Scalar("int") }))
		}, true, 1},
		{"string keys that change", func(b *dumpbuild.Builder, at int) {
			stableProcess(b)
			b.Global("map", dumptest.Keyed(50+30*at, func(i int) string { return fmt.Sprintf("user-%d-%d", at, i) }, func(int) *dumpbuild.Node { return dumptest.Scalar("int") }))
		}, false, -1},
		{"integer keys that run on", func(b *dumpbuild.Builder, at int) {
			stableProcess(b)
			b.Global("window", dumptest.Keyed(50+30*at, func(i int) string { return fmt.Sprint(1000*at + i + 7) }, func(int) *dumpbuild.Node { return dumptest.Scalar("int") }))
		}, false, -1},
		{"numbers in a list have no identity", func(b *dumpbuild.Builder, at int) {
			stableProcess(b)
			b.Global("list", dumptest.ListOf(50+30*at, func(int) *dumpbuild.Node { return dumptest.Scalar("int") }))
		}, true, -1},
		{"addresses of another run", func(b *dumpbuild.Builder, at int) {
			for i := range 6 {
				b.Global("g"+string(rune('a'+i)), dumptest.Object("Service"+string(rune('A'+i))).At(uint64(0x7f0000100000+i*0x1000+at*0x100000)))
			}
			b.Global("list", dumptest.ListOf(50+30*at, func(i int) *dumpbuild.Node { return item(i + 10_000*at) }))
		}, true, -1},
		{"too few anchors", func(b *dumpbuild.Builder, at int) {
			b.Global("a", dumptest.Object("A").At(0x7f0000100000))
			b.Global("list", dumptest.ListOf(50+30*at, func(i int) *dumpbuild.Node { return item(i + 10_000*at) }))
		}, true, -1},
		{"under what exchanges its members", func(b *dumpbuild.Builder, at int) {
			stableProcess(b)
			b.Global("jobs", dumptest.ListOf(40, func(i int) *dumpbuild.Node {
				return placedObject("Job", uint64(0x7f0010000000+(i+1000*at)*0x1000), 40).Add("lines", dumptest.ListOf(10+5*at, dumptest.User))
			}))
		}, false, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, dumps := range []int{3, 5} {
				g, kept := keptOf(t, dumps, c.build)
				if (g.Verdict == Leaking) != c.leak {
					t.Errorf("%d dumps: %s, %q", dumps, g.Verdict, GrowthLines(g))
				}
				if c.kept < 0 && kept != nil || c.kept >= 0 && (len(kept) != g.Intervals || slices.Min(kept) != c.kept) {
					t.Errorf("%d dumps: %v stay, want %v", dumps, kept, c.kept)
				}
			}
		})
	}
}

// A place that keeps some of its members, and more of them each time, leaks among
// what comes and goes.
func TestLeakAmongTurnover(t *testing.T) {
	build := func(keep int) func(b *dumpbuild.Builder, at int) {
		return func(b *dumpbuild.Builder, at int) {
			stableProcess(b)
			list := dumptest.Array()
			for i := range keep * (at + 1) {
				list.Add(fmt.Sprintf("kept-%d", i), dumptest.Scalar("int"))
			}
			for i := range 60 + at%2 {
				list.Add(fmt.Sprintf("passing-%d-%d", at, i), dumptest.Scalar("int"))
			}
			b.Global("map", list)
		}
	}
	if g, _ := keptOf(t, 6, build(40)); g.Verdict != Leaking {
		t.Errorf("40 stay each time: %s", g.Verdict)
	}
	if g, _ := keptOf(t, 6, build(0)); g.Verdict != CleanSeries {
		t.Errorf("none stays: %s %q", g.Verdict, GrowthLines(g))
	}
}
