package lost_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/lost"
	"memtrail/dump"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// reli prints a dump as reli exports one: in one line, with fields of its own.
func reli(b *dumpbuild.Builder) []byte {
	d := b.Dump()
	for i := range d.Items {
		d.Items[i].Fields = append(d.Items[i].Fields, dumpbuild.Member{Name: "#reli_node_id", Value: dumpbuild.Bare(fmt.Sprint(i))})
	}
	return dumpbuild.Minified().Print(d)
}

func find(t *testing.T, b *dumpbuild.Builder) lost.Found {
	t.Helper()
	g, _ := dumptest.Build(t, reli(b))
	return lost.Items(g, lost.Reported(g))
}

// text writes what was found in short.
func text(f lost.Found) []string {
	var list []string
	for _, x := range f.Lost {
		list = append(list, fmt.Sprintf("%s %d × %d %s", x.How, x.Blocks, x.Size, x.Shape))
	}
	if f.Reachable.Blocks > 0 {
		list = append(list, fmt.Sprintf("reachable %d, %d B", f.Reachable.Blocks, f.Reachable.Bytes))
	}
	return list
}

func TestItems(t *testing.T) {
	object, array := dumpbuild.NewObject, dumpbuild.NewArray
	number := func(i uint64) *dumpbuild.Node { return dumpbuild.NewScalar("int").At(0x1000000000000000 + i) }
	app := func() *dumpbuild.Builder {
		return dumpbuild.New().Global("app", object("App", dumpbuild.To("n", number(1))))
	}
	for name, c := range map[string]struct {
		build func(*dumpbuild.Builder)
		want  []string
	}{
		"nothing": {func(*dumpbuild.Builder) {}, nil},
		"an object that nothing holds": {func(b *dumpbuild.Builder) {
			b.Unreached(object("Job", dumpbuild.To("n", number(2))))
		}, []string{"definitely 1 × 72 object of Job"}},
		"with what it holds": {func(b *dumpbuild.Builder) {
			b.Unreached(object("Job", dumpbuild.To("list", array(dumpbuild.To("0", dumpbuild.NewString(84)), dumpbuild.To("1", number(2))))))
		}, []string{"indirectly 1 × 100 string", "definitely 1 × 72 object of Job", "indirectly 1 × 72 array"}},
		"a ring": {func(b *dumpbuild.Builder) {
			first := object("Node")
			b.Unreached(first.Add("next", object("Node").Add("next", object("Node").Add("next", first))))
		}, []string{"indirectly 2 × 72 object of Node", "definitely 1 × 72 object of Node"}},
		"a ring that another leads to, written before it": {func(b *dumpbuild.Builder) {
			inner, outer := object("Inner"), object("Outer")
			inner.Add("self", inner)
			outer.Add("self", outer).Add("inner", inner)
			b.Unreached(inner).Unreached(outer)
		}, []string{"definitely 1 × 72 object of Outer", "indirectly 1 × 72 object of Inner"}},
		"two rings": {func(b *dumpbuild.Builder) {
			for range 2 {
				n := object("Node")
				b.Unreached(n.Add("peer", object("Peer").Add("peer", n)))
			}
		}, []string{"definitely 2 × 72 object of Node", "indirectly 2 × 72 object of Peer"}},
		"what leads to something reachable": {func(b *dumpbuild.Builder) {
			shared := object("Shared")
			b.Global("shared", shared).Unreached(object("Job", dumpbuild.To("shared", shared)))
		}, []string{"definitely 1 × 72 object of Job"}},
		"a WeakMap keeps its value": {func(b *dumpbuild.Builder) {
			key := object("Key")
			b.Global("key", key).Global("map", dumpbuild.NewWeakMap().Put(key, object("Value")))
		}, nil},
	} {
		b := app()
		c.build(b)
		if got := text(find(t, b)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}

// Of old versions no dump tells roots: nothing is called lost.
func TestNoRoots(t *testing.T) {
	g, _ := dumptest.Build(t, reli(dumpbuild.New().Unreached(dumpbuild.NewObject("Job"))))
	if f := lost.Items(g, lost.Reported(g)); f.Lost != nil || f.Reachable.Blocks > 0 {
		t.Errorf("%+v", f)
	}
}

// naive classifies by definition: a node is led to by another where a path leads from
// there, over all pairs.
func naive(n int, roots []int, edges [][2]int) (how []string) {
	leads := make([][]bool, n)
	for i := range leads {
		leads[i] = make([]bool, n)
		leads[i][i] = true
	}
	for _, e := range edges {
		leads[e[0]][e[1]] = true
	}
	for k := range n {
		for i := range n {
			for j := range n {
				leads[i][j] = leads[i][j] || leads[i][k] && leads[k][j]
			}
		}
	}
	how = make([]string, n)
	led := map[int]bool{} // rings with a leader, by their least node
	for i := range n {
		if slices.ContainsFunc(roots, func(r int) bool { return leads[r][i] }) {
			continue
		}
		top, least := true, i
		for j := range n {
			if leads[j][i] {
				top = top && leads[i][j]
				if leads[i][j] {
					least = min(least, j)
				}
			}
		}
		how[i] = dump.Indirectly
		if top && !led[least] {
			how[i], led[least] = dump.Definitely, true
		}
	}
	return how
}

// Of random graphs as many items are lost of each kind as the definition says: which
// one of a ring leads is left open.
func TestAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for round := range 300 {
		n := 2 + r.IntN(12)
		nodes := make([]*dumpbuild.Node, n)
		for i := range nodes {
			nodes[i] = dumpbuild.NewObject("C")
		}
		var edges [][2]int
		for range r.IntN(2 * n) {
			from, to := r.IntN(n), r.IntN(n)
			edges = append(edges, [2]int{from, to})
			nodes[from].Add(fmt.Sprint("p", len(edges)), nodes[to])
		}
		b := dumpbuild.New().Global("zero", nodes[0])
		for _, x := range nodes {
			b.Unreached(x)
		}
		want := map[string]uint64{}
		for _, how := range naive(n, []int{0}, edges) {
			if how != "" {
				want[how]++
			}
		}
		got := map[string]uint64{}
		for _, x := range find(t, b).Lost {
			got[x.How] += x.Blocks
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("round %d, %d nodes, %v: %v, not %v", round, n, edges, got, want)
		}
	}
}

// A reference that may be false makes what it leads to possibly lost, and what hangs on
// that; a dump that roots lead through for sure is not walked.
func TestDoubtful(t *testing.T) {
	g, info := dumptest.Build(t, dumptest.Load(t, "closure-address-reuse.json"))
	if g.Counts().Unreliable == 0 {
		t.Fatal("no reference may be false")
	}
	source := analysis.GraphSource(g, info)
	if lost.Whole(&source, g, info) {
		t.Error("all of it is whole")
	}
	for _, x := range lost.Items(g, lost.Reported(g)).Lost {
		if x.How != dump.Possibly {
			t.Errorf("%+v", x)
		}
	}
	g, info = dumptest.Build(t, dumptest.Load(t, "talk-1k.json.gz"))
	source = analysis.GraphSource(g, info)
	if f := lost.Items(g, lost.Reported(g)); !lost.Whole(&source, g, info) || f.Lost != nil {
		t.Errorf("lost: %+v", f)
	}
	if l := lost.Of(&source, g, info, lost.Reported(g), lost.Nothing); !l.None() {
		t.Errorf("lost: %+v", l)
	}
}
