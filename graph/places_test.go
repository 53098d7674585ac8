package graph

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"memtrail/dump"
)

// Edges find by places what they find by addresses of any kind: in one chunk and in
// many, where items share addresses, where there are some that are no places, and where
// edges lead to what there is not.
func TestPlaces(t *testing.T) {
	const heap = dump.Address(0x7f1234000000)
	in := func(chunks, slots int) func(*rand.Rand) dump.Address {
		return func(r *rand.Rand) dump.Address {
			return heap + dump.Address(r.IntN(chunks))<<chunkBits + dump.Address(r.IntN(slots))*8
		}
	}
	for name, tt := range map[string]struct {
		nodes, edges int
		item, target func(*rand.Rand) dump.Address
	}{
		"one chunk":       {5000, 9000, in(1, 1<<placeBits), in(1, 1<<placeBits)},
		"a full chunk":    {200_000, 9000, in(1, 1<<placeBits), in(1, 1<<placeBits)},
		"full chunks":     {600_000, 9000, in(16, 1<<placeBits), in(18, 1<<placeBits)},
		"many chunks":     {5000, 9000, in(700, 100), in(700, 100)},
		"elsewhere":       {5000, 9000, in(7, 1000), in(9, 1000)},
		"all of one item": {50, 9000, in(1, 1), in(1, 2)},
		"no edges":        {5000, 0, in(3, 1000), nil},
		"no nodes":        {0, 90, nil, in(3, 1000)},
		"odd": {5000, 9000, in(3, 1000), func(r *rand.Rand) dump.Address {
			return in(4, 1000)(r) + dump.Address(r.IntN(2))
		}},
		"odd items": {5000, 9000, func(r *rand.Rand) dump.Address {
			return in(3, 300)(r) + dump.Address(r.IntN(10)/9)
		}, func(r *rand.Rand) dump.Address { return in(3, 300)(r) + dump.Address(r.IntN(2)) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			g := &Graph{target: make([]NodeID, tt.edges)}
			for range tt.nodes {
				g.address.add(tt.item(r))
			}
			if g.address.wide != nil {
				t.Fatal("no chunks")
			}
			edges := make([]pending, tt.edges)
			for i, e := range r.Perm(tt.edges) {
				edges[i] = pending{tt.target(r), EdgeID(e)}
			}
			find := func(resolve func() [][]sharedItem) ([]NodeID, map[dump.Address]NodeID) {
				for e := range g.target {
					g.target[e] = None
				}
				first := firstOf(resolve())
				return slices.Clone(g.target), first
			}
			want, wantFirst := naiveResolve(g, edges)
			for name, resolve := range map[string]func() [][]sharedItem{
				"places": func() [][]sharedItem { return g.resolvePlaces(edges) },
				"any": func() [][]sharedItem {
					return [][]sharedItem{g.resolveAny(backward(tt.nodes), tt.nodes, edges)}
				},
			} {
				got, first := find(resolve)
				if !slices.Equal(got, want) {
					t.Errorf("%s: targets differ", name)
				}
				if !maps.Equal(first, wantFirst) {
					t.Errorf("%s: %d shared addresses, want %d", name, len(first), len(wantFirst))
				}
			}
		})
	}
}

// naiveResolve finds targets and shared addresses by maps.
func naiveResolve(g *Graph, edges []pending) (targets []NodeID, shared map[dump.Address]NodeID) {
	first := map[dump.Address]NodeID{}
	shared = map[dump.Address]NodeID{}
	for n := range NodeID(g.address.len()) {
		a := g.address.at(n)
		if f, ok := first[a]; ok {
			shared[a] = f
		} else {
			first[a] = n
		}
	}
	targets = slices.Repeat([]NodeID{None}, len(g.target))
	for _, d := range edges {
		if n, ok := first[d.address]; ok {
			targets[d.edge] = n
		}
	}
	return targets, shared
}

// A builder finds targets however the addresses lie, and numbers what is missing in the
// order of the edges.
func TestResolveLarge(t *testing.T) {
	const heap, nodes, late = dump.Address(0x7f1234000000), placesFrom + 1000, 3000
	for name, tt := range map[string]struct {
		item func(i int) dump.Address
		wide bool
	}{
		"full chunks":      {func(i int) dump.Address { return heap + dump.Address(i)*16 }, false},
		"too many chunks":  {func(i int) dump.Address { return heap + dump.Address(i)<<chunkBits }, true},
		"numbers":          {func(i int) dump.Address { return dump.Address(i + 1) }, true},
		"odd from some on": {func(i int) dump.Address { return heap + dump.Address(i*8+i/10_000) }, true},
		"a few odd": {func(i int) dump.Address {
			return heap + dump.Address(i*8) + dump.Address((i%200)/199)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			b := NewBuilder(&dump.Input{})
			g := b.g
			for i := range nodes {
				if r.IntN(50) == 0 {
					i = r.IntN(i + 1) // another has the address
				}
				g.address.add(tt.item(i))
				g.kind, g.size, g.first = append(g.kind, 0), append(g.size, 0), append(g.first, 0)
				g.handle.add(noHandle)
			}
			if (g.address.wide != nil) != tt.wide {
				t.Fatalf("8 bytes each: %t", g.address.wide != nil)
			}
			for e := range EdgeID(late) {
				a := tt.item(r.IntN(nodes))
				if r.IntN(10) == 0 {
					a = heap + dump.Address(r.IntN(20))<<40 + 4
				}
				g.target = append(g.target, None)
				b.deferred = append(b.deferred, pending{a, e})
			}
			r.Shuffle(late, func(i, j int) { b.deferred[i], b.deferred[j] = b.deferred[j], b.deferred[i] })
			want, wantFirst := naiveResolve(g, b.deferred)
			missing := map[dump.Address]NodeID{}
			address := make([]dump.Address, late)
			for _, d := range b.deferred {
				address[d.edge] = d.address
			}
			for e, n := range want {
				if n == None {
					if _, ok := missing[address[e]]; !ok {
						missing[address[e]] = NodeID(nodes + len(missing))
					}
					want[e] = missing[address[e]]
				}
			}
			shared, err := b.resolve()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(g.target, want) || len(missing) == 0 {
				t.Errorf("targets differ, %d of them missing", len(missing))
			}
			if first := firstOf(shared); !maps.Equal(first, wantFirst) {
				t.Errorf("%d shared addresses, want %d", len(first), len(wantFirst))
			}
		})
	}
}
