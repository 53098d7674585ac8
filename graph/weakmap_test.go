package graph

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
)

// keepersOf writes the entries of a graph as "key=>value keeper", nodes by the
// class of objects.
func keepersOf(g *Graph) []string {
	name := func(n NodeID) string {
		if n == None {
			return "?"
		}
		return g.Name(g.Kind(n).Class)
	}
	var list []string
	for _, e := range g.Entries() {
		list = append(list, name(e.Key)+"=>"+name(e.Value)+" "+[]string{"nobody", "key", "value", "map"}[e.Keeper])
	}
	return list
}

func TestKeepers(t *testing.T) {
	to, array, weak := dumpbuild.To, dumpbuild.NewArray, dumpbuild.NewWeakMap
	object := func(class string, held ...*dumpbuild.Node) *dumpbuild.Node {
		n := dumpbuild.NewObject(class)
		for i, h := range held {
			n.Add(fmt.Sprint("p", i), h)
		}
		return n
	}
	tests := map[string]struct {
		fill func(b *dumpbuild.Builder)
		want []string
	}{
		"a root holds the key": {func(b *dumpbuild.Builder) {
			k := object("K")
			b.Global("k", k).Global("m", weak().Put(k, object("V")))
		}, []string{"K=>V key"}},
		"the map was printed first": {func(b *dumpbuild.Builder) {
			k := object("K")
			b.Global("m", weak().Put(k, object("V"))).Global("list", array(to("0", k)))
		}, []string{"K=>V key"}},
		"nothing leads to the key": {func(b *dumpbuild.Builder) {
			b.Global("m", weak().Put(object("K"), object("V")))
		}, []string{"K=>V map"}},
		"the value is the key": {func(b *dumpbuild.Builder) {
			k := object("K")
			b.Global("m", weak().Put(k, k))
		}, []string{"K=>K value"}},
		"the value holds the key, over some others": {func(b *dumpbuild.Builder) {
			k := object("K")
			b.Global("m", weak().Put(k, object("V", object("X", k))))
		}, []string{"K=>V value"}},
		"the value holds the key, and so does a root": {func(b *dumpbuild.Builder) {
			k := object("K")
			b.Global("k", k).Global("m", weak().Put(k, object("V", k)))
		}, []string{"K=>V key"}},
		"two values hold each other's keys": {func(b *dumpbuild.Builder) {
			j, k := object("J"), object("K")
			b.Global("m", weak().Put(j, object("V", k)).Put(k, object("W", j)))
		}, []string{"J=>V value", "K=>W value"}},
		"a self-held value leads to another's key": {func(b *dumpbuild.Builder) {
			j, k := object("J"), object("K")
			b.Global("m", weak().Put(k, object("W")).Put(j, object("V", j, k)))
		}, []string{"K=>W key", "J=>V value"}},
		"a chain of keys and values": {func(b *dumpbuild.Builder) {
			i, j, k := object("I"), object("J"), object("K")
			b.Global("i", i).Global("m", weak().Put(k, object("X")).Put(j, k).Put(i, j))
		}, []string{"K=>X key", "J=>K key", "I=>J key"}},
		"each self-held value leads to the next key": {func(b *dumpbuild.Builder) {
			i, j, k := object("I"), object("J"), object("K")
			b.Global("m", weak().Put(k, object("X", k)).Put(j, object("W", j, k)).Put(i, object("V", i, j)))
		}, []string{"K=>X value", "J=>W value", "I=>V value"}},
		"a map in a value": {func(b *dumpbuild.Builder) {
			i, k := object("I"), object("K")
			b.Global("i", i).Global("k", k).Global("m", weak().Put(i, object("V", weak().Put(k, object("W")))))
		}, []string{"I=>V key", "K=>W key"}},
		"a map in a self-held value": {func(b *dumpbuild.Builder) {
			i, k := object("I"), object("K")
			b.Global("k", k).Global("m", weak().Put(i, object("V", i, weak().Put(k, object("W")).Put(object("L"), object("X")))))
		}, []string{"I=>V value", "K=>W key", "L=>X map"}},
		"a map in a value, whose value leads to the first key": {func(b *dumpbuild.Builder) {
			i := object("I")
			b.Global("m", weak().Put(i, object("V", weak().Put(object("L"), object("X", i)))))
		}, []string{"I=>V value", "L=>X map"}},
		"a map that nothing leads to": {func(b *dumpbuild.Builder) {
			k := object("K")
			b.Global("k", k)
			b.Item(0x5000, "object").Class("WeakMap").Child("0", 0x5040)
			b.Item(0x5040, "array").Child("key", b.ID(k)).Child("value", 0x5080)
			b.Item(0x5080, "object").Class("V")
		}, []string{"K=>V nobody"}},
		"a key that is not in the dump": {func(b *dumpbuild.Builder) {
			b.Item(0x5000, "object").Class("WeakMap").Root("<GLOBAL>", "m").Child("0", 0x5040)
			b.Item(0x5040, "array").Child("key", 0x6000).Child("value", 0x5080)
			b.Item(0x5080, "object").Class("V")
		}, []string{"=>V map"}},
		"entries that are none": {func(b *dumpbuild.Builder) {
			k, v := object("K"), object("V")
			b.Global("m", dumpbuild.NewObject("WeakMap", to("0", array(to("key", k))), to("x", array(to("key", k), to("value", v))),
				to("2", array(to("key", k), to("value", v), to("more", v))), to("3", v), to("4", array(to("value", v), to("key", k)))))
		}, nil},
		"a class of that name elsewhere": {func(b *dumpbuild.Builder) {
			b.Global("m", dumpbuild.NewObject(`App\WeakMap`).Put(object("K"), object("V")))
		}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := dumpbuild.New()
			test.fill(b)
			g := build(t, b.Dump().PrintUsual())
			if got := keepersOf(g); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			check(t, g, b.Dump())
			checkEntries(t, g)
		})
	}
}

// An address that was used again need not be the map's entry.
func TestUnreliableEntries(t *testing.T) {
	to, array := dumpbuild.To, dumpbuild.NewArray
	k, v := dumpbuild.NewObject("K"), dumpbuild.NewObject("V")
	pair := array(to("key", k), to("value", v))
	b := dumpbuild.New().Global("k", k).
		Global("first", dumpbuild.NewObject("WeakMap", to("0", pair))).Global("second", dumpbuild.NewObject("WeakMap", to("0", pair)))
	g := build(t, b.Dump().PrintUsual())
	if got, want := keepersOf(g), []string{"K=>V key"}; !slices.Equal(got, want) || g.Counts().Unreliable != 1 {
		t.Errorf("got %q and %d unreliable references, want %q", got, g.Counts().Unreliable, want)
	}
	checkEntries(t, g)
}

// The oracle: what a WeakMap does, by its definition and step by step.

// naiveAlive gives what roots and some other nodes keep alive: a value if its
// map and its key are.
func naiveAlive(g *Graph, starts ...NodeID) []bool {
	for _, r := range g.roots {
		starts = append(starts, r.Node)
	}
	for {
		alive := reachedIn(g, starts)
		before := len(starts)
		for _, e := range g.entries {
			if alive[e.Map] && e.Key != None && alive[e.Key] && !alive[e.Value] {
				starts = append(starts, e.Value)
			}
		}
		if len(starts) == before {
			return alive
		}
	}
}

// reachedIn gives what nodes lead to by the edges of the dump.
func reachedIn(g *Graph, starts []NodeID) []bool {
	seen := make([]bool, g.Len())
	var visit func(n NodeID)
	visit = func(n NodeID) {
		if seen[n] {
			return
		}
		seen[n] = true
		from, to := g.Children(n)
		for e := from; e < to; e++ {
			if l := g.Label(e); !l.Weak() && !l.Unreliable() {
				visit(g.Target(e))
			}
		}
	}
	for _, n := range starts {
		visit(n)
	}
	return seen
}

// naiveKeepers decides for each entry on its own.
func naiveKeepers(g *Graph) []Keeper {
	byKeys := naiveAlive(g)
	all := byKeys
	for grown := true; grown; {
		grown = false
		var kept []NodeID
		for _, e := range g.entries {
			if all[e.Map] {
				kept = append(kept, e.Value)
				grown = grown || !all[e.Value]
			}
		}
		all = naiveAlive(g, kept...)
	}
	// leads reports whether one node leads to another past what is alive anyway.
	leads := func(from, to NodeID) bool {
		seen := map[NodeID]bool{}
		var visit func(n NodeID)
		visit = func(n NodeID) {
			if seen[n] || !all[n] || byKeys[n] {
				return
			}
			seen[n] = true
			a, b := g.Children(n)
			for e := a; e < b; e++ {
				if l := g.Label(e); !l.Weak() && !l.Unreliable() {
					visit(g.Target(e))
				}
			}
			for _, e := range g.entries {
				if e.Map == n || e.Key == n && all[e.Map] {
					visit(e.Value)
				}
			}
		}
		visit(from)
		return seen[to]
	}
	keepers := make([]Keeper, len(g.entries))
	for i, e := range g.entries {
		switch {
		case !all[e.Map]:
			keepers[i] = NotKept
		case e.Key == None || !all[e.Key]:
			keepers[i] = KeptByMap
		case leads(e.Value, e.Key):
			keepers[i] = KeptByValue
		default:
			keepers[i] = KeptByKey
		}
	}
	return keepers
}

// checkEntries compares the entries of a graph with the oracle, and the edges
// that it has for them with the entries.
func checkEntries(t *testing.T, g *Graph) {
	t.Helper()
	want := naiveKeepers(g)
	edges := map[NodeID][]int{}
	for i, e := range g.entries {
		if e.Keeper != want[i] {
			t.Errorf("entry %d, %+v: want keeper %d", i, e, want[i])
		}
		switch e.Keeper {
		case KeptByKey:
			edges[e.Key] = append(edges[e.Key], i)
		case KeptByValue, KeptByMap:
			edges[e.Map] = append(edges[e.Map], i)
		}
	}
	sum := uint64(0)
	for n := range NodeID(g.Len()) {
		from, at := g.Children(n)
		first, to := g.Held(n)
		if first != from || int(to-at) != len(edges[n]) {
			t.Fatalf("node %d has edges %d–%d and holds %d–%d, want %d more", n, from, at, first, to, len(edges[n]))
		}
		sum += uint64(to - at)
		for e := from; e < at; e++ {
			if _, ok := g.Entry(e); ok {
				t.Errorf("edge %d of the dump is an entry", e)
			}
		}
		for k, i := range edges[n] {
			e := at + EdgeID(k)
			entry, ok := g.Entry(e)
			if !ok || entry != &g.entries[i] || g.Target(e) != entry.Value || g.Source(e) != n {
				t.Fatalf("edge %d: got %+v, want entry %d", e, entry, i)
			}
			l, key := g.Label(e), viaKey
			if entry.Keeper != KeptByKey {
				key = g.Key(entry.Index)
			}
			if l.Weak() || l.Unreliable() || g.Key(l) != key {
				t.Errorf("edge %d has the label %q", e, g.Key(l))
			}
		}
	}
	if g.Counts().Entries != sum {
		t.Errorf("%d entries are counted, want %d", g.Counts().Entries, sum)
	}
	// With them, an ordinary search finds all that lives.
	var roots, kept []NodeID
	for _, r := range g.roots {
		roots = append(roots, r.Node)
	}
	for _, e := range g.entries {
		if e.Keeper != NotKept {
			kept = append(kept, e.Value)
		}
	}
	got, alive := reachedFrom(g, func(NodeID) bool { return true }, None, roots...), naiveAlive(g, kept...)
	if !slices.Equal(got, alive) {
		t.Errorf("the edges reach %v, want %v", got, alive)
	}
}

// weakDump is a dump full of entries of WeakMaps.
func weakDump(r *rand.Rand, seed uint64) *dumpbuild.Dump {
	nodes := 1 + r.IntN(20)
	return dumpbuild.RandomGraph{
		Seed: seed, Nodes: nodes, Edges: r.IntN(2 * nodes), Roots: 1 + r.IntN(3), WeakMaps: r.IntN(10), Dangling: r.IntN(3),
	}.Dump()
}

func TestEntriesRandom(t *testing.T) {
	var count [4]int
	seeds := cases.Number(200, 1500)
	for seed := range uint64(seeds) {
		d := weakDump(rand.New(rand.NewPCG(seed, 6)), seed)
		g := build(t, d.PrintUsual())
		checkEntries(t, g)
		if seed%5 == 0 {
			checkTree(t, g.Dominators(), naiveParents(g))
		}
		for _, e := range g.entries {
			count[e.Keeper]++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	for k, n := range count {
		if n < seeds/15 {
			t.Errorf("%d entries have the keeper %d", n, k)
		}
	}
}

// entriesByID writes the entries of a graph by what no order changes.
func entriesByID(g *Graph) []string {
	var list []string
	for _, e := range g.entries {
		key := "?"
		if e.Key != None {
			key = g.ID(e.Key)
		}
		list = append(list, fmt.Sprint(g.ID(e.Map), g.Key(e.Index), key, g.ID(e.Value), e.Keeper))
	}
	slices.Sort(list)
	return list
}

// What keeps a value does not depend on the order of the items; and who becomes
// a root keeps what it is a key of, as long as the map lives.
func TestEntriesMetamorphic(t *testing.T) {
	compared, rooted := 0, 0
	seeds := cases.Number(40, 400)
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 7))
		d := weakDump(r, seed)
		for i := range d.Items { // what addresses are used again depends on the order
			it := &d.Items[i]
			for k, f := range it.Fields {
				if f.Name == "class" && f.Value.Text != "WeakMap" {
					it.Fields[k].Value.Text = "stdClass"
				}
			}
		}
		g := build(t, d.PrintUsual())
		want := entriesByID(g)
		shuffled := d.Clone()
		r.Shuffle(len(shuffled.Items), func(i, j int) {
			shuffled.Items[i], shuffled.Items[j] = shuffled.Items[j], shuffled.Items[i]
		})
		if h := build(t, shuffled.PrintUsual()); g.Counts().Unreliable+h.Counts().Unreliable == 0 {
			compared++
			if got := entriesByID(h); !slices.Equal(got, want) {
				t.Fatalf("seed %d: shuffled, the entries are\n%s\nwant\n%s", seed, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		for _, e := range g.entries {
			if e.Keeper == KeptByKey || e.Keeper == NotKept || e.Key == None || g.Missing(e.Key) {
				continue
			}
			more := d.Clone()
			for i := range more.Items {
				if it := &more.Items[i]; it.ID == g.ID(e.Key) {
					for k, f := range it.Fields {
						if f.Name == "is_root" {
							it.Fields[k].Value = dumpbuild.Bare("true")
						}
					}
					it.Fields = slices.Insert(it.Fields, 0, dumpbuild.Member{Name: "frame", Value: dumpbuild.Text("f()")})
				}
			}
			rooted++
			h := build(t, more.PrintUsual())
			for _, o := range h.entries {
				if o.Map == e.Map && o.Index == e.Index && o.Key == e.Key && o.Keeper != KeptByKey {
					t.Fatalf("seed %d: a root, %s does not keep its value", seed, g.ID(e.Key))
				}
			}
			break
		}
	}
	if compared < seeds/8 || rooted < seeds/4 {
		t.Errorf("%d dumps were compared, %d keys were made roots", compared, rooted)
	}
}

// Components are those that lead to each other.
func TestComponents(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 8))
		n := 1 + r.IntN(12)
		first := []uint32{0}
		var to []uint32
		leads := make([][]bool, n)
		for i := range n {
			leads[i] = make([]bool, n)
			leads[i][i] = true
			for range r.IntN(3) {
				u := uint32(r.IntN(n))
				to = append(to, u)
				leads[i][u] = true
			}
			first = append(first, uint32(len(to)))
		}
		for k := range n {
			for i := range n {
				for j := range n {
					leads[i][j] = leads[i][j] || leads[i][k] && leads[k][j]
				}
			}
		}
		c := components(first, to)
		for i := range n {
			for j := range n {
				if (c[i] == c[j]) != (leads[i][j] && leads[j][i]) || c[i] == 0 {
					t.Fatalf("seed %d: nodes %d and %d are in components %d and %d", seed, i, j, c[i], c[j])
				}
			}
		}
	}
}

// A chain of entries may be as long as a list, each the key of the next.
func TestLongChainOfEntries(t *testing.T) {
	n := cases.Number(20_000, 100_000)
	b := dumpbuild.New()
	at := func(i int) uint64 { return 0x7f00_0000_0000 + uint64(i)*0x40 }
	m := b.Item(0x7e00_0000_0000, "object").Class("WeakMap").Root("<GLOBAL>", "m")
	for i := range n {
		m.Child(fmt.Sprint(i), 0x7d00_0000_0000+uint64(i)*0x40)
		b.Item(0x7d00_0000_0000+uint64(i)*0x40, "array").Child("key", at(i)).Child("value", at((i+1)%n))
		b.Item(at(i), "object").Class("K")
	}
	g := build(t, b.Dump().PrintUsual())
	count := map[Keeper]int{}
	for _, e := range g.entries {
		count[e.Keeper]++
	}
	// It is a ring: every value leads to its own key.
	if count[KeptByValue] != n {
		t.Errorf("got %v, want %d kept by their values", count, n)
	}
}
