package heapsnapshot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"memtrail/analysis/inventory"
	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/report"
	"memtrail/zend"
)

func of(t *testing.T, text []byte) *inventory.Inventory {
	t.Helper()
	g, info := dumptest.Build(t, text)
	return inventory.Of(g, info, zend.Auto)
}

func written(t *testing.T, v *inventory.Inventory) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// file is a snapshot as any reader of JSON finds it.
type file struct {
	Snapshot struct {
		Meta struct {
			NodeFields []string `json:"node_fields"`
			EdgeFields []string `json:"edge_fields"`
			NodeTypes  []any    `json:"node_types"`
			EdgeTypes  []any    `json:"edge_types"`
		} `json:"meta"`
		NodeCount int `json:"node_count"`
		EdgeCount int `json:"edge_count"`
	} `json:"snapshot"`
	Nodes   []uint64 `json:"nodes"`
	Edges   []uint64 `json:"edges"`
	Strings []string `json:"strings"`
}

// node and edge are what a file says of one.
type node struct {
	typ, name string
	id, size  uint64
	edges     []edge
}

type edge struct {
	typ, name string // the number, where it has no name
	to        int
}

// read reads a file by its own account of its fields, and fails where it
// contradicts itself.
func read(t *testing.T, text string) []node {
	t.Helper()
	var f file
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	m := f.Snapshot.Meta
	field := func(fields []string, name string) int {
		i := slices.Index(fields, name)
		if i < 0 {
			t.Fatalf("no field %s", name)
		}
		return i
	}
	typ := func(types []any, fields []string, n uint64) string {
		return types[field(fields, "type")].([]any)[n].(string)
	}
	perNode, perEdge := len(m.NodeFields), len(m.EdgeFields)
	if len(f.Nodes) != perNode*f.Snapshot.NodeCount || len(f.Edges) != perEdge*f.Snapshot.EdgeCount {
		t.Fatalf("%d numbers of %d nodes, %d of %d edges", len(f.Nodes), f.Snapshot.NodeCount, len(f.Edges), f.Snapshot.EdgeCount)
	}
	nodes := make([]node, f.Snapshot.NodeCount)
	next := 0
	ids := map[uint64]bool{}
	for i := range nodes {
		row := f.Nodes[i*perNode:]
		n := &nodes[i]
		n.typ, n.name = typ(m.NodeTypes, m.NodeFields, row[field(m.NodeFields, "type")]), f.Strings[row[field(m.NodeFields, "name")]]
		n.id, n.size = row[field(m.NodeFields, "id")], row[field(m.NodeFields, "self_size")]
		if ids[n.id] || n.id == 0 || n.id >= 1<<31 {
			t.Fatalf("node %d has the id %d", i, n.id)
		}
		ids[n.id] = true
		for range row[field(m.NodeFields, "edge_count")] {
			row := f.Edges[next*perEdge:]
			next++
			e := edge{typ: typ(m.EdgeTypes, m.EdgeFields, row[field(m.EdgeFields, "type")])}
			e.name = fmt.Sprint(row[field(m.EdgeFields, "name_or_index")])
			if e.typ != "element" && e.typ != "hidden" {
				e.name = f.Strings[row[field(m.EdgeFields, "name_or_index")]]
			}
			to := row[field(m.EdgeFields, "to_node")]
			if e.to = int(to) / perNode; to%uint64(perNode) != 0 || e.to >= len(nodes) {
				t.Fatalf("an edge leads to %d", to)
			}
			n.edges = append(n.edges, e)
		}
	}
	if next != f.Snapshot.EdgeCount {
		t.Fatalf("%d edges have a node, of %d", next, f.Snapshot.EdgeCount)
	}
	return nodes
}

// unreachable has items that no root leads to, and from which references lead to
// some that a root does.
func unreachable() []byte {
	b := dumpbuild.New().NoHeader()
	b.Item(0x1000, "array").Size(72).Root("<GLOBAL>", "a").Child("0", 0x1020).Child("k", 0x1040)
	b.Item(0x1020, "string").Size(100)
	b.Item(0x1040, "object").Class("A").Handle(1).Size(72).NoChildren()
	b.Item(0x2000, "object").Class("B").Handle(2).Size(72).Child("p", 0x2040).Child("q", 0x1040)
	b.Item(0x2040, "array").Size(72).Child("7", 0x1020).Child("8", 0x2000).Child("9", 0x3000)
	return b.Dump().PrintUsual()
}

// TestFile: every item and every reference is there, under the name it has.
func TestFile(t *testing.T) {
	texts := map[string][]byte{"unreachable": unreachable(), "hostile": hostileDump()}
	for _, name := range []string{"talk-1k.json.gz", "weird.json.gz", "closure-address-reuse.json", "fibers.json", "series/weak_map-3.json.gz",
		"truncated-deep-list.json.gz"} {
		texts[name] = dumptest.Load(t, name)
	}
	for seed := range uint64(20) {
		texts[fmt.Sprint("random ", seed)] = dumpbuild.RandomGraph{Seed: seed, Nodes: 60, Edges: 90, Roots: 4, WeakMaps: 1}.Dump().PrintUsual()
	}
	for name, text := range texts {
		v := of(t, text)
		g := v.Retention.Graph
		nodes := read(t, written(t, v))
		above := len(nodes) - g.Len()
		for n := range graph.NodeID(g.Len()) {
			got, kind := &nodes[above+int(n)], g.Kind(n)
			want := g.Name(kind.Type)
			if g.IsObject(n) {
				want = g.Name(kind.Class)
			}
			if got.name != shown(want) || got.size != v.Retention.Allocated(n) {
				t.Fatalf("%s: %s is %s of %d bytes, want %s of %d", name, g.ID(n), got.name, got.size, want, v.Retention.Allocated(n))
			}
			from, to := g.Held(n)
			if len(got.edges) != int(to-from) {
				t.Fatalf("%s: %s has %d edges, want %d", name, g.ID(n), len(got.edges), to-from)
			}
			for i, e := range got.edges {
				l := g.Label(from + graph.EdgeID(i))
				if e.to != above+int(g.Target(from+graph.EdgeID(i))) || e.name != shown(g.Key(l)) {
					t.Fatalf("%s: edge %d of %s is %+v, want %q", name, i, g.ID(n), e, g.Key(l))
				}
				if (l.Weak() || l.Unreliable()) && e.typ != "weak" {
					t.Errorf("%s: edge %d of %s is %+v: it keeps nothing alive", name, i, g.ID(n), e)
				}
			}
		}
		variables := 0
		for _, n := range nodes[1:above] {
			for _, e := range n.edges {
				if e.typ == "property" {
					variables++
				}
			}
		}
		if variables != len(g.Roots()) {
			t.Errorf("%s: %d variables, want %d", name, variables, len(g.Roots()))
		}
	}
}

// TestIDs: an address has the same id in all dumps, and no two nodes of one have the
// same, wherever they lie.
func TestIDs(t *testing.T) {
	ids := map[string]uint64{}
	same, all := 0, 0
	for i := 1; i <= 3; i++ {
		v := of(t, dumptest.Load(t, fmt.Sprintf("series/cache_service-%d.json.gz", i)))
		g := v.Retention.Graph
		nodes := read(t, written(t, v))
		above := len(nodes) - g.Len()
		for n := range graph.NodeID(g.Len()) {
			if id, ok := ids[g.ID(n)]; ok {
				all++
				if id == nodes[above+int(n)].id {
					same++
				}
			}
			ids[g.ID(n)] = nodes[above+int(n)].id
		}
	}
	if same < all*999/1000 || all == 0 {
		t.Errorf("%d of %d items have the id that they had", same, all)
	}
	var s idSet
	taken := map[uint32]bool{}
	for _, address := range []uint64{0, 8, 16, 24, 1 << 34, 1 << 40, 1<<34 - 8, 1<<34 - 16, 1<<63 | 5, 1<<63 | 6, 0, 0} {
		id := s.take(address)
		if taken[id] || id%2 == 0 || id >= 1<<31 {
			t.Errorf("%#x: id %d", address, id)
		}
		taken[id] = true
	}
}

var hostile = []string{"\x1b[31mred", "a\u202eb", "<img src=x onerror=alert(1)>", "\xff\xfe", "a\x00b", `a"b\c`, "line\nline", `"quoted"`, `{"nodes":[]}`, "constructor", "__proto__"}

func hostileDump() []byte {
	b := dumpbuild.New().Memory(10<<20, 12<<20, 10<<20, 12<<20)
	for _, name := range hostile {
		b.Global(name, dumpbuild.NewObject(name, dumpbuild.To(name, dumpbuild.NewArray(dumpbuild.To(name, dumpbuild.NewString(5000))))))
	}
	return b.Dump().PrintUsual()
}

// TestHostileNames: a snapshot has nothing that a viewer would obey, and names that
// differ stay different.
func TestHostileNames(t *testing.T) {
	nodes := read(t, written(t, of(t, hostileDump())))
	classes := map[string]bool{}
	for _, n := range nodes {
		if n.typ == "object" {
			classes[n.name] = true
		}
		if report.Printable(n.name) != n.name {
			t.Errorf("%q cannot be printed", n.name)
		}
		for _, e := range n.edges {
			if report.Printable(e.name) != e.name {
				t.Errorf("%q cannot be printed", e.name)
			}
		}
	}
	if len(classes) != len(hostile) {
		t.Errorf("%d classes of %d: %v", len(classes), len(hostile), classes)
	}
}
