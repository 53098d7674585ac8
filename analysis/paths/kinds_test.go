package paths

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"memtrail/analysis"
)

// Kinds have the numbers that a map would give them, and keep their names, which are
// copies.
func TestKindTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var table KindTable
	var list []analysis.Kind
	numbers := map[analysis.Kind]int{}
	var seen []analysis.Kind // what At said at once
	for range 3000 {
		class := fmt.Append(nil, "Class", rng.IntN(700))
		typ := fmt.Append(nil, "type", rng.IntN(3))
		if rng.IntN(9) == 0 {
			class = nil
		}
		k := analysis.Kind{Type: string(typ), Class: string(class)}
		want, ok := numbers[k]
		if !ok {
			want = len(list)
			numbers[k], list = want, append(list, k)
		}
		if got := table.Number(string(typ), string(class)); got != want {
			t.Fatalf("%v has number %d, want %d", k, got, want)
		}
		if !ok {
			seen = append(seen, table.At(want))
		}
	}
	if table.Len() != len(list) {
		t.Errorf("%d kinds, want %d", table.Len(), len(list))
	}
	for i, want := range list {
		if got := table.At(i); got != want || seen[i] != want {
			t.Errorf("kind %d is %v, and was %v, want %v", i, got, seen[i], want)
		}
	}
}
