package query

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/dump"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// naiveGroup is the group of an item: its name and kind.
func naiveGroup(it *dumpbuild.Item, by Grouping, shapes bool) (name, kind string) {
	kind = it.Type()
	if _, ok := it.Field("type"); !ok {
		kind = analysis.NoType
	}
	name = kind
	if _, ok := it.Field("class"); ok && kind == "object" && by != ByType {
		name = it.Class()
		if by == ByNamespace {
			i := strings.LastIndex(name, `\`)
			if i <= 0 {
				return "(no namespace)", kind
			}
			name = name[:i]
		}
	}
	if shapes && by != ByNamespace && (kind == "array" || it.Class() == "stdClass") {
		name += naiveShape(it.Children())
	}
	return name, kind
}

func naiveShape(children []dumpbuild.Member) string {
	keys, texts, ints := map[string]bool{}, 0, false
	for _, c := range children {
		if n, err := strconv.ParseInt(c.Name, 10, 64); err == nil && strconv.FormatInt(n, 10) == c.Name {
			ints = true
		} else {
			keys[c.Name] = true
			texts++
		}
	}
	var list []string
	for k := range keys {
		list = append(list, k)
	}
	slices.Sort(list)
	switch {
	case texts > 32:
		return "<string>"
	case texts == 0 && ints:
		return "<int>"
	case ints:
		list = append(list, "<int>")
	}
	return "{" + strings.Join(list, ", ") + "}"
}

func naiveSummary(d *dumpbuild.Dump, o SummaryOptions) []Group {
	var groups []Group
	index := map[[2]string]int{}
	for i := range d.Items {
		it := &d.Items[i]
		name, kind := naiveGroup(it, o.By, o.Shapes)
		n, ok := index[[2]string{name, kind}]
		if !ok {
			n = len(groups)
			index[[2]string{name, kind}] = n
			groups = append(groups, Group{Name: name, Kind: kind})
		}
		groups[n].Count++
		groups[n].ReportedBytes += it.Size()
	}
	slices.SortStableFunc(groups, func(a, b Group) int {
		switch o.Sort {
		case SortName:
			return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Kind, b.Kind))
		case SortSize:
			return cmp.Or(-cmp.Compare(a.ReportedBytes, b.ReportedBytes), -cmp.Compare(a.Count, b.Count))
		}
		return cmp.Or(-cmp.Compare(a.Count, b.Count), -cmp.Compare(a.ReportedBytes, b.ReportedBytes))
	})
	return groups
}

func TestSummarize(t *testing.T) {
	texts := map[string][]byte{}
	for _, name := range dumptest.Some(10) {
		texts[name] = dumptest.Load(t, name)
	}
	texts["minified"] = dumpbuild.Minified().Print(dumptest.Read(texts["weird.json.gz"]))
	texts["simulated"], _ = dumptest.Simulate(t, 10_000)
	for seed, name := range slices.Sorted(maps.Keys(texts)) {
		text := texts[name]
		t.Run(name, func(t *testing.T) {
			d, in := dumptest.Read(text), dumptest.File(t, text)
			for _, by := range cases.Sample([]Grouping{"", ByClass, ByType, ByNamespace}, 1, seed) {
				for _, shapes := range []bool{false, true} {
					for _, i := range cases.Sample([]int{0, 1, 2, 3}, 2, seed+len(by)) {
						sort := []SummarySort{"", SortCount, SortSize, SortName}[i]
						o := SummaryOptions{By: by, Sort: sort, Shapes: shapes, Workers: []int{1, 2, 4, 0}[i]}
						want := naiveSummary(d, o)
						s, err := Summarize(in, o)
						if err != nil {
							t.Fatal(err)
						}
						if !slices.Equal(s.Groups, want) || s.Cut != 0 || s.GroupedBy != cmp.Or(by, ByClass) || s.Items != uint64(len(d.Items)) {
							t.Fatalf("%+v: got %d groups of %d items\n%+v\nwant\n%+v", o, len(s.Groups), s.Items, s.Groups, want)
						}
						o.Limit = 3
						if s, err = Summarize(in, o); err != nil {
							t.Fatal(err)
						}
						if n := min(3, len(want)); !slices.Equal(s.Groups, want[:n]) || s.Cut != len(want)-n {
							t.Errorf("%+v: got %+v and %d cut", o, s.Groups, s.Cut)
						}
					}
				}
			}
		})
	}
}

func TestSummarizeSimulated(t *testing.T) {
	text, truth := dumptest.Simulate(t, 20_000)
	in := dumptest.File(t, text)
	for _, workers := range []int{1, 2, 4} {
		s, err := Summarize(in, SummaryOptions{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]Group{}
		for _, g := range s.Groups {
			got[g.Kind+" "+g.Name] = g
		}
		for _, want := range truth.Tallies {
			g := got[want.Type+" "+cmp.Or(want.Class, want.Type)]
			if g.Count != uint64(want.Count) || g.ReportedBytes != want.Size {
				t.Errorf("workers %d: got %+v, want %+v", workers, g, want)
			}
		}
		if len(got) != len(truth.Tallies) || s.Items != uint64(truth.Items) || s.Roots != uint64(truth.Roots) || !s.Complete {
			t.Errorf("workers %d: got %d groups, %+v", workers, len(got), s.Source)
		}
		if h := s.Header; h == nil || h.MemoryUsage != truth.Header.MemoryUsage || h.PeakMemoryUsageReal != truth.Header.PeakMemoryUsageReal {
			t.Errorf("header %+v, want %+v", h, truth.Header)
		}
	}
}

func TestShapes(t *testing.T) {
	many := make([]string, 33)
	for i := range many {
		many[i] = fmt.Sprintf("key%02d", i)
	}
	tests := []struct {
		keys []string
		want string
	}{
		{nil, "array{}"},
		{[]string{"name", "id"}, "array{id, name}"},
		{[]string{"id", "name"}, "array{id, name}"},
		{[]string{"id", "id"}, "array{id}"},
		{[]string{"0", "1"}, "array<int>"},
		{[]string{"-5"}, "array<int>"},
		{[]string{"9223372036854775807", "-9223372036854775808"}, "array<int>"},
		{[]string{"9223372036854775808"}, "array{9223372036854775808}"},
		{[]string{"-9223372036854775809"}, "array{-9223372036854775809}"},
		{[]string{"007", "-0", "+1", "1.5", "-", ""}, "array{, +1, -, -0, 007, 1.5}"},
		{[]string{"3", "id"}, "array{id, <int>}"},
		{many[:32], "array{" + strings.Join(many[:32], ", ") + "}"},
		{many, "array<string>"},
		{append([]string{"1"}, many...), "array<string>"},
		{[]string{"a+", "+"}, "array{+, a+}"},
		{[]string{"1:a"}, "array{1:a}"},
		{[]string{"\xff\x00"}, "array{\xff\x00}"},
	}
	b := dumpbuild.New()
	for i, test := range tests {
		it := b.Item(0x1000+0x40*uint64(i), "array")
		for _, k := range test.keys {
			it.Child(k, 0x1000)
		}
	}
	b.Item(0x9000, "object").Class("stdClass").Child("y", 0x1000).Child("x", 0x1000)
	b.Item(0x9040, "object").Class("Other").Child("y", 0x1000)
	want := map[string]uint64{"stdClass{x, y}": 1, "Other": 1}
	for _, test := range tests {
		want[test.want]++
	}
	s, err := Summarize(dumptest.File(t, b.Dump().PrintUsual()), SummaryOptions{Shapes: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range s.Groups {
		if want[g.Name] != g.Count {
			t.Errorf("%q: got %d, want %d", g.Name, g.Count, want[g.Name])
		}
		delete(want, g.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

// A list of children that comes in pieces has one shape, and a broken one has
// none.
func TestShapeOfPieces(t *testing.T) {
	piece := func(more, broken bool, keys ...string) *dump.Item {
		it := &dump.Item{ID: []byte("0x1"), Type: []byte("array"), Fields: dump.HasType | dump.HasChildren, More: more, Broken: broken}
		for _, k := range keys {
			it.Children = append(it.Children, dump.Child{Key: []byte(k)})
		}
		return it
	}
	s := &summarySink{tallies: newTallies(maphash.MakeSeed()), shapes: true}
	for _, it := range []*dump.Item{
		piece(true, false, "a"), piece(false, true), // broken
		piece(true, false, "b"), piece(true, false, "1"), piece(false, false, "a"),
		piece(false, false),
	} {
		s.Item(it)
	}
	var got []string
	for _, g := range s.groups(nil) {
		got = append(got, g.Name)
	}
	if want := []string{"array{a, b, <int>}", "array{}"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// More shapes than anybody reads end in one group; names that only look like
// shapes do not.
func TestTooManyShapes(t *testing.T) {
	b := dumpbuild.New()
	for i := range paths.MaxShapes + 50 {
		b.Item(0x100000+0x40*uint64(2*i), "array").Child("key"+strconv.Itoa(i), 0x1000)
		b.Item(0x100000+0x40*uint64(2*i+1), "object").Class("class@anonymous{" + strconv.Itoa(i) + "}")
	}
	b.Item(0x1000, "number}")
	b.Item(0x1040, "array").Child("key1", 0x1000)
	text := b.Dump().PrintUsual()
	var first []Group
	for _, workers := range []int{1, 2, 4} {
		s, err := Summarize(dumptest.File(t, text), SummaryOptions{Shapes: true, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]uint64{}
		for _, g := range s.Groups {
			count[g.Name] = g.Count
		}
		other := paths.MaxShapes + 50 - paths.MaxShapes/2
		if count["array{…}"] != uint64(other) || count["array{key1}"] != 2 || count["number}"] != 1 || count["class@anonymous{10049}"] != 1 ||
			len(s.Groups) != paths.MaxShapes/2+1+paths.MaxShapes+50+1 {
			t.Errorf("workers %d: %d groups, %d others, %d of key1", workers, len(s.Groups), count["array{…}"], count["array{key1}"])
		}
		if first == nil {
			first = s.Groups
		} else if !slices.Equal(first, s.Groups) {
			t.Errorf("workers %d: other groups", workers)
		}
	}
}

func TestSummarizeUnreadable(t *testing.T) {
	in, err := dump.FromReader("test", bytes.NewReader([]byte("no dump at all")))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Summarize(in, SummaryOptions{}); err == nil {
		t.Errorf("got %+v", s)
	}
}
