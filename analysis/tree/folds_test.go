package tree

import (
	"math/rand/v2"
	"slices"
	"testing"

	"memtrail/graph"
)

// Folds are found, and have their items, as in a map of lists; also when the memory
// was used before.
func TestFolds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var f folds
	for range 3 {
		f.reset()
		places := map[hold]uint32{}
		var want [][]graph.NodeID
		n := graph.NodeID(rng.IntN(6 * foldsOf))
		for c := range n {
			h := hold{holdKind(rng.IntN(3)), graph.KindID(rng.IntN(40)), rng.Uint32N(30), graph.NameID(rng.IntN(2))}
			place, ok := places[h]
			if !ok {
				place = uint32(len(want))
				places[h] = place
				want = append(want, nil)
			}
			want[place] = append(want[place], c)
			if got := f.of(h, c); got != place || !f.isAt(got, h) {
				t.Fatalf("%+v has place %d, want %d", h, got, place)
			}
			f.add(f.at(place), c)
		}
		var got [][]graph.NodeID
		for x := range f.all() {
			if items := f.items(x); uint64(len(items)) != x.count || items[0] != x.first {
				t.Errorf("a fold of %d, the first of which is %d, has %d", x.count, x.first, items)
			} else {
				got = append(got, items)
			}
		}
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%d items: the folds have others than the lists", n)
		}
	}
}
