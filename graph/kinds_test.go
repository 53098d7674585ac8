package graph

import (
	"math/rand/v2"
	"slices"
	"testing"

	"memtrail/dump"
)

// Kinds have the numbers that a map would give them.
func TestKindNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var s kindNumbers
	for range 3 {
		s.table.Reset()
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

// Kinds are alike that differ in nothing but the fields that the dump has.
func TestKindsAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	g := &Graph{}
	var want []KindID
	first := map[Kind]KindID{}
	for k := range KindID(5000) {
		kind := Kind{NameID(rng.IntN(4)), NameID(rng.IntN(1000)), dump.Fields(rng.IntN(3))}
		g.kinds = append(g.kinds, kind)
		kind.Fields = 0
		if _, ok := first[kind]; !ok {
			first[kind] = k
		}
		want = append(want, first[kind])
	}
	if got := g.KindsAlike(); !slices.Equal(got, want) {
		t.Error("kinds are alike that are not, or the other way round")
	}
}
