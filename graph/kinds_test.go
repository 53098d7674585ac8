package graph

import (
	"math/rand/v2"
	"slices"
	"testing"

	"memtrail/dump"
)

// The slots give the numbers that a map would.
func TestKindSlots(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var s kindSlots
	for range 3 {
		s.reset()
		var list, want []Kind
		numbers := map[Kind]KindID{}
		for range 20_000 {
			k := Kind{NameID(rng.IntN(4)), NameID(rng.IntN(6000)), dump.Fields(rng.IntN(3))}
			id, ok := numbers[k]
			if !ok {
				id = KindID(len(want))
				numbers[k], want = id, append(want, k)
			}
			if got := s.id(&list, k); got != id {
				t.Fatalf("%+v has number %d, want %d", k, got, id)
			}
		}
		if !slices.Equal(list, want) {
			t.Fatalf("%d kinds, want %d", len(list), len(want))
		}
	}
}
