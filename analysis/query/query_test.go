package query

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

func compareItems(t *testing.T, what string, got, want []analysis.Item) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %d items, want %d", what, len(got), len(want))
	}
	for i := range got {
		a, b := got[i], want[i]
		same := slices.Equal(a.Children, b.Children) && (a.Children == nil) == (b.Children == nil)
		a.Children, b.Children = nil, nil // they are many, and DeepEqual is slow
		if !same || !reflect.DeepEqual(a, b) {
			t.Fatalf("%s: got %+v\nwant %+v", what, got[i], want[i])
		}
	}
}

// naiveItem is an item of the naive reader as a result has it.
func naiveItem(it *dumpbuild.Item) analysis.Item {
	v := analysis.Item{
		ID: it.ID, Type: it.Type(), Class: it.Class(), Handle: it.Handle(), Size: it.Size(),
		IsRoot: it.IsRoot(), Frame: it.Frame(), Symbol: it.Symbol(),
	}
	_, v.HasClass = it.Field("class")
	if _, v.HasChildren = it.Field("children"); v.HasChildren {
		v.Children = []analysis.Child{}
	}
	for _, c := range it.Children() {
		v.Children = append(v.Children, analysis.Child{Key: c.Name, ID: c.Value.Text, Reliable: true, Weak: v.Class == "WeakMap"})
	}
	v.ChildrenCount = uint64(len(v.Children))
	return v
}

func TestSearch(t *testing.T) {
	texts := map[string][]byte{}
	for _, name := range dumptest.Some(6) {
		texts[name] = dumptest.Load(t, name)
	}
	texts["simulated"], _ = dumptest.Simulate(t, 10_000)
	object, err := ParseFilter("type=object")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			in := dumptest.File(t, text)
			var want []analysis.Item
			d := dumptest.Read(text)
			for i := range d.Items {
				if d.Items[i].Type() == "object" {
					want = append(want, naiveItem(&d.Items[i]))
				}
			}
			for i, limit := range []int{0, 1, 7, len(want), len(want) + 1} {
				o := SearchOptions{Filters: []Filter{object}, Limit: limit, Children: true, Workers: []int{1, 2, 4}[i%3]}
				q, err := Search(in, o)
				if err != nil {
					t.Fatal(err)
				}
				n := len(want)
				if limit > 0 {
					n = min(n, limit)
				}
				if q.Matched != uint64(len(want)) {
					t.Errorf("limit %d: %d matched, want %d", limit, q.Matched, len(want))
				}
				compareItems(t, "Search", q.Items, want[:n])
				o.Children = false
				if q, err = Search(in, o); err != nil || len(q.Items) != n || n > 0 && (q.Items[n-1].Children != nil || q.Items[n-1].ChildrenCount != want[n-1].ChildrenCount) {
					t.Errorf("limit %d, without children: %v, %d items", limit, err, len(q.Items))
				}
			}
		})
	}
}

// However the graph comes to be known, the children are judged alike, and
// where no graph is needed it tells nothing new.
func TestJudge(t *testing.T) {
	for _, name := range dumptest.Some(7) {
		if strings.HasPrefix(name, "truncated") {
			continue // large, and nothing in it is in doubt
		}
		t.Run(name, func(t *testing.T) {
			text := dumptest.Load(t, name)
			in := dumptest.File(t, text)
			for _, filters := range [][]string{nil, {"type=object"}, {"class=WeakMap"}, {"class=Closure"}, {"type=array", "children>1"}, {"type=int"}} {
				o := SearchOptions{Filters: parseFilters(t, filters...), Children: true}
				q, err := Search(in, o)
				if err != nil {
					t.Fatal(err)
				}
				before, doubtful := clone(q.Items), q.Doubtful()
				once, g, err := SearchGraph(in, o)
				if err != nil {
					t.Fatal(err)
				}
				compareItems(t, "SearchGraph", once.Items, before)
				if q.Matched != once.Matched {
					t.Errorf("%d matched, %d in a graph", q.Matched, once.Matched)
				}
				q.Judge(g)
				once.Judge(g)
				compareItems(t, "Judge", q.Items, once.Items)
				if !doubtful {
					compareItems(t, "without doubt", q.Items, before)
				}
				for i := range q.Items {
					it := &q.Items[i]
					n, _ := g.Find(it.ID)
					from, _ := g.Children(n)
					for k, c := range it.Children {
						if l := g.Label(from); c.Key != g.Key(l) || c.Reliable == l.Unreliable() || c.Weak != l.Weak() {
							t.Fatalf("child %d of %s: %+v", k, it.ID, c)
						}
						from++
					}
				}
			}
		})
	}
}

func clone(items []analysis.Item) []analysis.Item {
	items = slices.Clone(items)
	for i := range items {
		items[i].Children = slices.Clone(items[i].Children)
	}
	return items
}

// Of items with one id each is judged by its own children.
func TestJudgeDuplicates(t *testing.T) {
	b := dumpbuild.New()
	b.Item(0x1000, "object").Class("Closure").Child("static", 0x1100)
	b.Item(0x1100, "array")
	b.Item(0x1200, "object").Class("Closure").Child("x", 0x1300).Child("static", 0x1100)
	b.Item(0x1300, "object").Class("A")
	b.Item(0x1200, "object").Class("A").Child("x", 0x1300)
	in := dumptest.File(t, b.Dump().PrintUsual())
	for filter, want := range map[string][]bool{"class=Closure": {true, true, false}, "class=A": {true}, "id=0x1200": {true, false, true}} {
		f, err := ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		q, g, err := SearchGraph(in, SearchOptions{Filters: []Filter{f}, Children: true})
		if err != nil {
			t.Fatal(err)
		}
		q.Judge(g)
		var got []bool
		for _, it := range q.Items {
			for _, c := range it.Children {
				got = append(got, c.Reliable)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", filter, got, want)
		}
	}
}

// Giant items that do not match leave nothing behind for those that do.
func TestSearchGiantItems(t *testing.T) {
	b := dumpbuild.New()
	const giants = 3
	width := uint64(cases.Number(12_000, 30_000))
	for i := range uint64(giants) {
		it := b.Item(0x1000+0x40*i, "array")
		for k := range width {
			it.Child("key "+strconv.Itoa(int(k)), 0x100000+(i*width+k)*0x40)
		}
		b.Item(0x8000+0x40*i, "array").Child("only", 0x9000)
	}
	in := dumptest.File(t, b.Dump().PrintUsual())
	d := b.Dump()
	for filter, match := range map[string]func(*dumpbuild.Item) bool{
		"children=0x9000":  func(it *dumpbuild.Item) bool { return len(it.Children()) == 1 },
		"children_count>1": func(it *dumpbuild.Item) bool { return len(it.Children()) > 1 },
		"children_count<2": func(it *dumpbuild.Item) bool { return len(it.Children()) < 2 },
		"children~^key " + strconv.Itoa(int(width-1)) + "$": func(it *dumpbuild.Item) bool { return len(it.Children()) > 1 },
		"id=0x8040": func(it *dumpbuild.Item) bool { return it.ID == "0x8040" },
		"id=0x1040": func(it *dumpbuild.Item) bool { return it.ID == "0x1040" },
		"children=" + dumpbuild.FormatID(0x100000+(2*width-1)*0x40): func(it *dumpbuild.Item) bool { return it.ID == "0x1040" },
	} {
		f, err := ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		var want []analysis.Item
		for i := range d.Items {
			if match(&d.Items[i]) {
				want = append(want, naiveItem(&d.Items[i]))
			}
		}
		for _, workers := range []int{1, 2} {
			q, err := Search(in, SearchOptions{Filters: []Filter{f}, Children: true, Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			compareItems(t, filter, q.Items, want)
		}
	}
}

func TestAllFiltersMustBeMet(t *testing.T) {
	b := dumpbuild.New()
	for i := range uint64(20) {
		b.Item(0x1000+0x40*i, "string").Size(i)
	}
	in := dumptest.File(t, b.Dump().PrintUsual())
	o := SearchOptions{Filters: parseFilters(t, "type=string", "size>=5", "size<8", "id!=0x1180")}
	q, err := Search(in, o)
	if err != nil {
		t.Fatal(err)
	}
	if q.Matched != 2 || q.Items[0].Size != 5 || q.Items[1].Size != 7 {
		t.Errorf("got %+v", q)
	}
}

// parseFilters reads filters that are right.
func parseFilters(t *testing.T, texts ...string) (filters []Filter) {
	t.Helper()
	for _, text := range texts {
		f, err := ParseFilter(text)
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, f)
	}
	return filters
}
