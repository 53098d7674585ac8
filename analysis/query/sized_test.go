package query

import (
	"slices"
	"testing"

	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

func TestSummarizeRetained(t *testing.T) {
	r := retaintest.Measured(t, retaintest.SharedCache())
	s := SummarizeSized(r, SummaryOptions{Sort: SortRetained})
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
	for _, name := range dumptest.Some(8) {
		r := retaintest.Measured(t, dumptest.Load(t, name))
		s := SummarizeVariables(r, SortRetained, 0)
		var count, allocated, retained uint64
		for _, g := range s.Groups {
			count += g.Count
			allocated += g.AllocatedBytes
			retained += g.RetainedBytes
		}
		if total := r.Sizes.ByKind.Total(); count != uint64(r.Graph.Items()) || allocated != total || retained != total {
			t.Errorf("%s: %d items, %d allocated, %d retained; want %d and %d", name, count, allocated, retained, r.Graph.Items(), total)
		}
	}
	r := retaintest.Measured(t, retaintest.SharedCache())
	rows := map[string]Group{}
	for _, g := range SummarizeVariables(r, SortName, 0).Groups {
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
	for _, name := range dumptest.Some(5) {
		text := dumptest.Load(t, name)
		r := retaintest.Measured(t, text)
		filters := []string{"type=array", "class~.", "is_root=1", "size>100", "children_count>2", "children~name", "object_handle<9", "frame=<GLOBAL>"}
		for _, filter := range cases.Sample(filters, 4, len(name)) {
			f, err := ParseFilter(filter)
			if err != nil {
				t.Fatal(err)
			}
			o := SearchOptions{Filters: []Filter{f}}
			want, err := Search(dumptest.File(t, text), o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := SearchSized(r, o, ItemsAsTheyCome)
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
	r := retaintest.Measured(t, retaintest.SharedCache())
	search := func(by ItemSort, filters ...string) *Query {
		t.Helper()
		var o SearchOptions
		for _, text := range filters {
			f, err := ParseFilter(text)
			if err != nil {
				t.Fatal(err)
			}
			o.Filters = append(o.Filters, f)
		}
		q, err := SearchSized(r, o, by)
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
	r := retaintest.Measured(t, retaintest.SharedCache())
	g := r.Graph
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
		p, err := ReferencePathsSized(r, g.ID(users[i]), RefPathOptions{})
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
