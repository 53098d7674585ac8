package growth_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis/growth"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// A madeRoot is one root of a made program, by dump.
type madeRoot struct {
	name string
	make func(at int) *dumpbuild.Node
}

// process are variables of a program of which some grow, each in another way, and
// some do not.
func process() []madeRoot {
	list := []madeRoot{
		{"queue", func(at int) *dumpbuild.Node {
			return dumptest.Object("Queue", dumptest.To("jobs", dumptest.ListOf(40+30*at, dumptest.User)))
		}},
		{"buffer", func(at int) *dumpbuild.Node {
			return dumptest.Object("Log", dumptest.To("text", dumptest.Text(uint64(20_000+9000*at))))
		}},
		{"seen", func(at int) *dumpbuild.Node {
			return dumptest.Keyed(10+8*at, func(i int) string { return strings.Repeat("k", 900) + fmt.Sprint(i) }, func(int) *dumpbuild.Node { return dumptest.Scalar("bool") })
		}},
	}
	for i := range 12 {
		name := "idle" + string(rune('A'+i))
		list = append(list, madeRoot{name, func(int) *dumpbuild.Node {
			return dumptest.Object("Idle"+name, dumptest.To("x", dumptest.Text(uint64(30+i))), dumptest.To("list", dumptest.ListOf(i, dumptest.User)))
		}})
	}
	return list
}

// runProcess dumps the variables three times in the order of a permutation.
func runProcess(t *testing.T, list []madeRoot, order []int, usage func(at int) uint64) *growth.Growth {
	t.Helper()
	s := growth.NewSeries(growth.SeriesOptions{})
	for at := range 3 {
		b := dumpbuild.New().Memory(usage(at), 64<<20, usage(at), 64<<20)
		for _, i := range order {
			b.Global(list[i].name, list[i].make(at))
		}
		growth.AddDump(t, s, at, b.Dump().PrintUsual())
	}
	return s.Growth(growth.DefaultGrowth)
}

// What grows, and what it takes, does not depend on the order of variables that
// have nothing to do with each other.
func TestOrderOfVariablesDoesNotMatter(t *testing.T) {
	list := process()
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	usage := func(at int) uint64 { return uint64(1_000_000 + 50_000*at) }
	first := runProcess(t, list, order, usage)
	growth.CheckBalance(t, first)
	if len(first.Growing) != 3 {
		t.Fatalf("%q", growth.GrowthLines(first))
	}
	for seed := range uint64(5) {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		again := runProcess(t, list, order, usage)
		growth.CheckBalance(t, again)
		if got, want := growth.GrowthLines(again), growth.GrowthLines(first); !slices.Equal(got, want) {
			t.Errorf("seed %d: %q, not %q", seed, got, want)
		}
		if again.Balance != first.Balance {
			t.Errorf("seed %d: %+v, not %+v", seed, again.Balance, first.Balance)
		}
	}
}

// What memory_usage has more and no item shows is unexplained, byte for byte,
// and changes no other part.
func TestMoreMemoryIsUnexplained(t *testing.T) {
	list := process()
	order := []int{0, 1, 2, 3, 4, 5}
	base := runProcess(t, list, order, func(at int) uint64 { return uint64(1_000_000 + 50_000*at) })
	for _, more := range []uint64{1, 777, 300_000} {
		g := runProcess(t, list, order, func(at int) uint64 { return uint64(1_000_000+50_000*at) + more*uint64(at) })
		growth.CheckBalance(t, g)
		want := base.Balance
		want.MemoryUsage += 2 * int64(more)
		want.Unexplained += 2 * int64(more)
		if g.Balance != want {
			t.Errorf("%d more: %+v, want %+v", more, g.Balance, want)
		}
		if got, want := growth.GrowthLines(g), growth.GrowthLines(base); !slices.Equal(got, want) {
			t.Errorf("%d more: %q, want %q", more, got, want)
		}
		if g.Unexplained.Grows != (more == 300_000) {
			t.Errorf("%d more: %+v", more, g.Unexplained)
		}
	}
}

// Memory that no root leads to is a part of its own.
func TestUnreachableIsBalanced(t *testing.T) {
	s := growth.NewSeries(growth.SeriesOptions{})
	for at := range 3 {
		u := uint64(900_000 + 40_000*at)
		b := dumpbuild.New().Memory(u, 8<<20, u, 8<<20)
		b.Global("app", dumptest.Object("App", dumptest.To("list", dumptest.ListOf(40, dumptest.User))))
		b.Global("other", dumptest.Object("Other"))
		const size = 4000
		for i := range 3 + at { // what a dumper shows beside its roots
			b.Item(uint64(0x7f0020000000+i*0x2000), "string").Size(size)
		}
		growth.AddDump(t, s, at, b.Dump().PrintUsual())
	}
	g := s.Growth(growth.DefaultGrowth)
	growth.CheckBalance(t, g)
	if g.Balance.Unreachable <= 0 && g.Balance.Growing <= 0 {
		t.Errorf("%+v, growing %q", g.Balance, growth.GrowthLines(g))
	}
	if g.Balance.Other != 0 {
		t.Errorf("what no root leads to is in another part: %+v", g.Balance)
	}
}
