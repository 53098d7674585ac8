package query

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"testing"
)

// Groups are counted as in a map, over stretches, in the order in which they come.
func TestTallies(t *testing.T) {
	type key struct{ name, kind string }
	rng := rand.New(rand.NewPCG(1, 2))
	total := newTallies(maphash.MakeSeed())
	stretch := newTallies(total.seed)
	place := map[key]int{}
	var want []Group
	for range 8 {
		stretch.reset()
		for range rng.IntN(3 * blockOf) {
			k := key{fmt.Sprint("Class", rng.IntN(3*blockOf)), "object"}
			if rng.IntN(4) == 0 {
				k = key{k.name[4:], k.name[:4]} // the two are not taken for one text
			}
			i, ok := place[k]
			if !ok {
				i = len(want)
				place[k] = i
				want = append(want, Group{Name: k.name, Kind: k.kind})
			}
			size := rng.Uint64N(100)
			want[i].Count++
			want[i].ReportedBytes += size
			c := stretch.at(stretch.tallyOf([]byte(k.name), []byte(k.kind), 0))
			c.count++
			c.bytes += size
		}
		total.add(stretch)
	}
	if got := total.groups(nil); !slices.Equal(got, want) {
		t.Errorf("%d groups differ from the %d of a map", len(got), len(want))
	}
}

// Groups that an order does not tell apart stay as they are.
func TestOrderOf(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	groups := make([]Group, 500)
	for i := range groups {
		number := func() uint64 { return rng.Uint64N(4) }
		groups[i] = Group{Name: fmt.Sprint(i), Count: number(), ReportedBytes: number(), AllocatedBytes: number(), RetainedBytes: number()}
	}
	numbers := map[SummarySort]func(*Group) []uint64{
		SortCount:     func(g *Group) []uint64 { return []uint64{g.Count, g.ReportedBytes} },
		SortSize:      func(g *Group) []uint64 { return []uint64{g.ReportedBytes, g.Count} },
		SortAllocated: func(g *Group) []uint64 { return []uint64{g.AllocatedBytes, g.Count, g.ReportedBytes} },
		SortRetained:  func(g *Group) []uint64 { return []uint64{g.RetainedBytes, g.Count, g.ReportedBytes} },
	}
	for by, of := range numbers {
		want := slices.Clone(groups)
		slices.SortStableFunc(want, func(a, b Group) int { return slices.Compare(of(&b), of(&a)) })
		s := Summary{Groups: slices.Clone(groups)}
		s.arrange(by, 100)
		if !slices.Equal(s.Groups, want[:100]) || s.Cut != 400 {
			t.Errorf("%s: got %v, want %v", by, s.Groups[:5], want[:5])
		}
	}
}
