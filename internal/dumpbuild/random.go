package dumpbuild

import (
	"math/rand/v2"
	"strconv"
)

// RandomGraph describes a dump that no walk has ordered: with unreachable
// parts, cycles, loops, edges that occur twice, and items in any order.
type RandomGraph struct {
	Seed  uint64
	Nodes int // without those of the weak maps
	Edges int // between the nodes, if any of them can have children
	Roots int // at most; every root is another node
	// WeakMaps is how many WeakMap objects there are, each reachable from a
	// random container and with up to three pairs of random nodes.
	WeakMaps int
	// Dangling is how many edges lead to ids that no item has.
	Dangling int
}

// Dump makes the dump. Equal descriptions give equal dumps.
func (g RandomGraph) Dump() *Dump {
	r := rand.New(rand.NewPCG(g.Seed, uint64(g.Nodes)))
	b := New()
	ids := make([]uint64, g.Nodes)
	for i, place := range r.Perm(g.Nodes) {
		ids[i] = 0x7f00_0000_0000 + uint64(place)*0x40
	}
	var containers []*ItemBuilder
	for i := range ids {
		switch r.IntN(5) {
		case 0:
			b.Item(ids[i], [...]string{"int", "null", "float", "bool", "number"}[r.IntN(5)])
			continue
		case 1:
			b.Item(ids[i], "string").Size(16 + r.Uint64N(100))
			continue
		case 2:
			b.Item(ids[i], "array")
		default:
			b.Item(ids[i], "object").Class(`App\C` + strconv.Itoa(r.IntN(6))).Handle(i + 1)
		}
		containers = append(containers, b.items[i])
	}
	g.connect(r, b, ids, containers)

	frames := [...]string{"<GLOBAL>", "<CLASS_STATIC_MEMBER>", `App\Worker->run()`}
	for i, n := range r.Perm(g.Nodes)[:min(g.Roots, g.Nodes)] {
		frame := frames[r.IntN(len(frames))]
		symbol := "v" + strconv.Itoa(i)
		if frame == "<CLASS_STATIC_MEMBER>" {
			symbol = `App\C::` + symbol
		}
		b.items[n].Root(frame, symbol)
	}
	r.Shuffle(len(b.items), func(i, j int) { b.items[i], b.items[j] = b.items[j], b.items[i] })
	return b.Dump()
}

func (g RandomGraph) connect(r *rand.Rand, b *Builder, ids []uint64, containers []*ItemBuilder) {
	if len(containers) == 0 {
		return
	}
	// A small choice of keys, so that some occur twice in one item.
	key := func() string {
		if r.IntN(2) == 0 {
			return strconv.Itoa(r.IntN(8))
		}
		return "p" + strconv.Itoa(r.IntN(8))
	}
	container := func() *ItemBuilder { return containers[r.IntN(len(containers))] }
	for range g.Edges {
		container().Child(key(), ids[r.IntN(len(ids))])
	}
	for i := range g.Dangling {
		container().Child(key(), 0x7fee_0000_0000+uint64(i)*0x40)
	}
	for i := range g.WeakMaps {
		at := 0x7ff0_0000_0000 + uint64(i)*0x1000
		weak := b.Item(at, "object").Class("WeakMap").Handle(len(ids) + i + 1)
		container().Child(key(), at)
		for k := range r.IntN(4) {
			pair := at + uint64(k+1)*0x40
			weak.Child(strconv.Itoa(k), pair)
			b.Item(pair, "array").
				Child("key", ids[r.IntN(len(ids))]).
				Child("value", ids[r.IntN(len(ids))])
		}
	}
}
