package growth

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// growingProgram makes a program by chance: services that hold arrays, objects
// and strings, of which some grow, share members, or fill up. The same seed makes
// the same program, later.
func growingProgram(seed uint64, b *dumpbuild.Builder, at int) {
	r := rand.New(rand.NewPCG(seed, 9))
	pool := dumptest.Users(40 + 50*at)
	var grow func(depth int) *dumpbuild.Node
	grow = func(depth int) *dumpbuild.Node {
		n, more, kind := r.IntN(30), 0, r.IntN(9)
		if r.IntN(3) == 0 {
			more = r.IntN(40)
		}
		n += more * at
		sub := r.Uint64()
		switch {
		case depth == 0 || kind == 0:
			return dumptest.Text(uint64(20 + 500*more*at))
		case kind == 1:
			return dumptest.ListOf(n, dumptest.User)
		case kind == 2:
			return dumptest.Keyed(n, dumptest.Numbered("key-%012d"), func(int) *dumpbuild.Node { return dumptest.Scalar("int") })
		case kind == 3:
			return dumptest.ListOf(min(len(pool), n+more*at), func(i int) *dumpbuild.Node { return pool[i] })
		case kind == 4: // classes by turns
			return dumptest.ListOf(n, func(i int) *dumpbuild.Node { return entity(fmt.Sprintf("Kind%c", 'A'+i%3)) })
		case kind == 5: // a chain
			head := dumptest.Object("Link")
			for range n {
				head = dumptest.Object("Link", dumptest.To("next", head), dumptest.To("v", dumptest.Text(30)))
			}
			return head
		case kind == 6: // slots that are filled
			return dumptest.ListOf(200, func(i int) *dumpbuild.Node {
				if i < n%200 {
					return dumptest.Object("Slot", dumptest.To("v", dumptest.User(i)))
				}
				return dumptest.Object("Slot", dumptest.To("v", dumptest.Scalar("null")))
			})
		case kind == 7:
			return dumptest.Array(dumptest.To("a", grow(depth-1)), dumptest.To("b", grow(depth-1)))
		}
		return dumptest.Object(fmt.Sprintf("Service%d", sub%50), dumptest.To("one", grow(depth-1)), dumptest.To("two", grow(depth-1)), dumptest.To("three", grow(depth-1)))
	}
	b.Global("pool", dumptest.ListOf(len(pool), func(i int) *dumpbuild.Node { return pool[i] }))
	for i := range 4 {
		b.Global("v"+string(rune('a'+i)), grow(4))
	}
}

// TestGrowthOfAnyProgram checks what is true of any series: parts add up, rates
// belong to their series, places are told once, and each has the fingerprint of
// its path in the last dump.
func TestGrowthOfAnyProgram(t *testing.T) {
	seeds := uint64(cases.Number(8, 40))
	found := 0
	for seed := range seeds {
		s := NewSeries(SeriesOptions{})
		var last []byte
		dumps := 3 + int(seed%3)
		for at := range dumps {
			u := uint64(2_000_000 + 30_000*at)
			b := dumpbuild.New().Memory(u, 64<<20, u, 64<<20)
			growingProgram(seed, b, at)
			last = b.Dump().PrintUsual()
			AddDump(t, s, at, last)
		}
		g := s.Growth(DefaultGrowth)
		found += len(g.Growing)
		for _, problem := range unbalanced(g) {
			t.Errorf("seed %d: %s", seed, problem)
		}
		told := map[string]bool{}
		for i := range g.Growing {
			w := &g.Growing[i]
			for _, path := range append([]string{w.Path}, w.Also...) {
				if told[path] {
					t.Errorf("seed %d: %s is told twice: %q", seed, path, GrowthLines(g))
				}
				told[path] = true
			}
			if w.PerInterval.Bytes <= 0 && w.PerInterval.Count <= 0 {
				t.Errorf("seed %d: %s grows by %+v", seed, w.Path, w.PerInterval)
			}
			for _, c := range w.PerClass {
				if !slices.ContainsFunc(c.Counts, func(n uint64) bool { return n > 0 }) {
					t.Errorf("seed %d: %s has no %v", seed, w.Path, c.Kind)
				}
			}
		}
		checkSameMarks(t, g, last)
	}
	if found < int(seeds) {
		t.Errorf("%d places of %d programs", found, seeds)
	}
}
