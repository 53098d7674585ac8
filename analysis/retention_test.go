package analysis

import (
	"fmt"
	"slices"
	"testing"

	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/zend"
)

// retain builds a graph and computes its sizes.
func retain(t testing.TB, text []byte) *Retention {
	t.Helper()
	g, info := build(t, text)
	return Retain(g, info, RetentionOptions{PHP: zend.PHP82, Retained: true})
}

// naiveRetained is what would be freed if a node were gone: what is reached
// from the roots with it, but not without it.
func naiveRetained(g *graph.Graph, weight func(graph.NodeID) uint64, without graph.NodeID) uint64 {
	reach := func(skip graph.NodeID) map[graph.NodeID]bool {
		seen := map[graph.NodeID]bool{}
		var visit func(n graph.NodeID)
		visit = func(n graph.NodeID) {
			if n == skip || seen[n] {
				return
			}
			seen[n] = true
			from, to := g.Held(n)
			for e := from; e < to; e++ {
				if l := g.Label(e); !l.Weak() && !l.Unreliable() {
					visit(g.Target(e))
				}
			}
		}
		for _, r := range g.Roots() {
			visit(r.Node)
		}
		return seen
	}
	all, rest := reach(graph.None), reach(without)
	var sum uint64
	for n := range all {
		if !rest[n] {
			sum += weight(n)
		}
	}
	return sum
}

// A cache holds three users, of which a second list holds one too. Properties
// lie where declared ones do, 40 bytes into their object.
func sharedCache() []byte {
	user := func(at, length uint64) *dumpbuild.Node {
		return dumpbuild.NewObject(`App\User`, dumpbuild.To("name", dumpbuild.NewString(length).At(at+40))).At(at)
	}
	both := user(0x7f0000003000, 30)
	cache := dumpbuild.NewArray(
		dumpbuild.To("0", user(0x7f0000001000, 10)), dumpbuild.To("1", user(0x7f0000002000, 20)), dumpbuild.To("2", both))
	service := dumpbuild.NewObject("Service", dumpbuild.To("cache", cache.At(0x7f0000004028))).At(0x7f0000004000)
	return dumpbuild.New().Global("service", service).Global("admins", dumpbuild.NewArray(dumpbuild.To("0", both))).
		Static("Registry::all", dumpbuild.NewArray()).Dump().PrintUsual()
}

func TestRetainedOfEveryItem(t *testing.T) {
	texts := map[string][]byte{"shared": sharedCache()}
	for _, name := range []string{"statics.json", "closure-address-reuse.json", "fibers.json"} {
		texts[name] = load(t, name)
	}
	for seed := range uint64(20) {
		texts[fmt.Sprint("random ", seed)] = dumpbuild.RandomGraph{Seed: seed, Nodes: 30, Edges: 45, Roots: 3, WeakMaps: 1}.Dump().PrintUsual()
	}
	for name, text := range texts {
		r := retain(t, text)
		for n := range graph.NodeID(r.g.Items()) {
			if !r.dominators.Reachable(n) {
				continue
			}
			if got, want := r.of(n), naiveRetained(r.g, r.sizes.Of, n); got != want {
				t.Errorf("%s: %s retains %d, want %d", name, r.g.ID(n), got, want)
			}
		}
	}
}

func TestSummarizeRetained(t *testing.T) {
	r := retain(t, sharedCache())
	s := r.Summarize(SummaryOptions{Sort: SortRetained})
	if !s.Allocated || !s.Retained {
		t.Fatalf("columns %+v", s.Columns)
	}
	rows := map[string]Group{}
	for _, g := range s.Groups {
		rows[g.Name] = g
	}
	// An object with one declared property takes 56 bytes, its string 24 + n + 1
	// rounded up: 40, 48 and 56.
	users := rows[`App\User`]
	if users.Count != 3 || users.AllocatedBytes != 3*56 || users.RetainedBytes != 3*56+40+48+56 {
		t.Errorf("users: %+v", users)
	}
	// The service does not keep the third user alive, the lists share it.
	service := rows["Service"]
	if want := uint64(56) + 56 + 8*16 + 8 + 24 + 2*56 + 40 + 48; service.RetainedBytes != want {
		t.Errorf("service retains %d, want %d", service.RetainedBytes, want)
	}
	if !slices.IsSortedFunc(s.Groups, func(a, b Group) int { return int(b.RetainedBytes) - int(a.RetainedBytes) }) {
		t.Errorf("not sorted: %+v", s.Groups)
	}
}

// The rows of all variables, of what they share and of the rest add up.
func TestSummarizeVariables(t *testing.T) {
	for _, name := range dumps {
		r := retain(t, load(t, name))
		s := r.SummarizeVariables(SortRetained, 0)
		var count, allocated, retained uint64
		for _, g := range s.Groups {
			count += g.Count
			allocated += g.AllocatedBytes
			retained += g.RetainedBytes
		}
		if total := r.sizes.ByKind.Total(); count != uint64(r.g.Items()) || allocated != total || retained != total {
			t.Errorf("%s: %d items, %d allocated, %d retained; want %d and %d", name, count, allocated, retained, r.g.Items(), total)
		}
	}
	r := retain(t, sharedCache())
	rows := map[string]Group{}
	for _, g := range r.SummarizeVariables(SortName, 0).Groups {
		rows[g.Name] = g
	}
	if g := rows["(shared by several variables)"]; g.Count != 2 || g.RetainedBytes != 56+56 {
		t.Errorf("shared: %+v", g)
	}
	if g := rows["Registry::$all"]; g.Count != 1 || g.Kind != "static" {
		t.Errorf("static: %+v", g)
	}
	if g := rows["$service"]; g.Count != 6 || g.Kind != "variable" {
		t.Errorf("service: %+v", g)
	}
}

// On the graph, a query finds what the streaming one finds.
func TestSearchOnGraph(t *testing.T) {
	for _, name := range dumps {
		text := load(t, name)
		r := retain(t, text)
		for _, filter := range []string{"type=array", "class~.", "is_root=1", "size>100", "children_count>2", "children~name", "object_handle<9", "frame=<GLOBAL>"} {
			f, err := ParseFilter(filter)
			if err != nil {
				t.Fatal(err)
			}
			o := QueryOptions{Filters: []Filter{f}}
			want, err := Search(file(t, text), o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.Search(o, ItemsAsTheyCome)
			if err != nil {
				t.Fatal(err)
			}
			ids := func(q *Query) (ids []string) {
				for _, it := range q.Items {
					ids = append(ids, it.ID)
				}
				return ids
			}
			if !slices.Equal(ids(got), ids(want)) || got.Matched != want.Matched {
				t.Errorf("%s, %s: found %d, want %d", name, filter, got.Matched, want.Matched)
			}
		}
	}
}

func TestSearchBySizes(t *testing.T) {
	r := retain(t, sharedCache())
	search := func(by ItemSort, filters ...string) *Query {
		t.Helper()
		var o QueryOptions
		for _, text := range filters {
			f, err := ParseFilter(text)
			if err != nil {
				t.Fatal(err)
			}
			o.Filters = append(o.Filters, f)
		}
		q, err := r.Search(o, by)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	q := search(ItemsByRetained, `class=App\User`)
	var got []uint64
	for _, it := range q.Items {
		got = append(got, *it.Retained)
	}
	if want := []uint64{112, 104, 96}; !slices.Equal(got, want) {
		t.Errorf("users retain %v, want %v", got, want)
	}
	if q := search(ItemsAsTheyCome, "retained>100", "retained<=112", "type=object"); q.Matched != 2 {
		t.Errorf("%d objects retain more than 100 and up to 112 bytes, want 2", q.Matched)
	}
	if q := search(ItemsAsTheyCome, "allocated=56", "type=object"); q.Matched != 4 {
		t.Errorf("%d objects of 56 bytes, want 4", q.Matched)
	}
}

func TestDominatorsOfPath(t *testing.T) {
	r := retain(t, sharedCache())
	g := r.g
	var users []graph.NodeID
	for n := range graph.NodeID(g.Items()) {
		if g.Name(g.Kind(n).Class) == `App\User` {
			users = append(users, n)
		}
	}
	for i, want := range [][]string{
		{"$service", "$service->cache", "$service->cache[0]"},
		{"$service", "$service->cache", "$service->cache[1]"},
		{"$admins[0]"}, // the lists share it: there is no other single place to cut
	} {
		p, err := r.ReferencePaths(g.ID(users[i]), RefPathOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range p.Dominators {
			got = append(got, d.Expression)
		}
		if !slices.Equal(got, want) {
			t.Errorf("dominators of user %d: %q, want %q", i, got, want)
		}
		if p.Item.Allocated == nil || *p.Item.Allocated != 56 {
			t.Errorf("user %d: allocated %v", i, p.Item.Allocated)
		}
	}
}

// What PHP counted while it built one structure, against what the dump of it
// says that $data retains.
func TestSizesAgainstPHP(t *testing.T) {
	for name, net := range map[string]uint64{
		"packed_ints": 528440, "array_of_small_arrays": 2207224, "objects_8props": 1095224, "stdclass_dynamic": 2375224,
		"linked_list": 560000, "cow_arrays": 14960, "closures": 1556920, "hash_string_keys": 1047416,
		"strings_mixed": 8756080, "strings_huge": 22790480,
	} {
		g, info := build(t, load(t, "sizes/"+name+".json.gz"))
		r := Retain(g, info, RetentionOptions{Retained: true})
		for _, root := range g.Roots() {
			if g.Name(root.Symbol) == "data" {
				if got := float64(r.of(root.Node)) / float64(net); got < 0.99 || got > 1.01 {
					t.Errorf("%s: $data retains %.3f of what PHP counted", name, got)
				}
			}
		}
	}
}
