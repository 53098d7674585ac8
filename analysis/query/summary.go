package query

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/dump"
	"memtrail/internal/column"
)

// SummarySort is what the rows of a summary are sorted by.
type SummarySort string

// The orders of a summary: name ascends, the others descend. The last two take
// a summary that has these sizes.
const (
	SortCount     SummarySort = "count"
	SortSize      SummarySort = "size"
	SortName      SummarySort = "name"
	SortAllocated SummarySort = "allocated"
	SortRetained  SummarySort = "retained"
)

// SummaryOptions says what to count, and how to show it.
type SummaryOptions struct {
	By      Grouping    // ByClass if empty; not ByFrame
	Sort    SummarySort // SortCount if empty
	Limit   int         // rows to keep; 0: all
	Shapes  bool        // split arrays and stdClass by their keys
	Workers int
}

// Summarize counts a dump's items in groups, in one pass. Its memory grows
// with the number of groups only. What PHP's allocator spent depends on what
// an item's children are, which a single pass does not know:
// [Retention.Summarize] has that.
func Summarize(in *dump.Input, o SummaryOptions) (*Summary, error) {
	total := newTallies(maphash.MakeSeed())
	recycle := make(chan *summarySink, 16) // merged sinks, to be filled again
	newSink := func() *summarySink {
		select {
		case s := <-recycle:
			s.tallies.reset() // here, where it is filled again: in the cache of that core
			return s
		default:
			return &summarySink{tallies: newTallies(total.seed), by: o.By, shapes: o.Shapes}
		}
	}
	info, err := dump.Each(in, dump.Options{Children: o.Shapes, Workers: o.Workers}, newSink, func(s *summarySink) error {
		total.add(s.tallies)
		select {
		case recycle <- s:
		default:
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return summaryOf(&info, total, o), nil
}

func summaryOf(info *dump.Info, total *tallies, o SummaryOptions) *Summary {
	s := &Summary{Source: analysis.SourceOf(info), GroupedBy: cmp.Or(o.By, ByClass)}
	if o.Sort == SortName {
		s.Groups = total.groups(nil)
		s.arrange(o.Sort, o.Limit)
		return s
	}
	order := orderOf(total.count, o.Sort, func(i int) Group {
		c := total.at(uint32(i))
		return Group{Count: c.count, ReportedBytes: c.bytes, AllocatedBytes: c.allocated}
	})
	if o.Limit > 0 && len(order) > o.Limit {
		s.Cut = len(order) - o.Limit
		order = order[:o.Limit]
	}
	s.Groups = total.groups(order)
	return s
}

// arrange sorts the groups and cuts them to a limit. Groups that the order
// does not tell apart stay in the order in which the dump has them first.
func (s *Summary) arrange(by SummarySort, limit int) {
	if by == SortName {
		slices.SortStableFunc(s.Groups, func(a, b Group) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
		})
	} else if order := orderOf(len(s.Groups), by, func(i int) Group { return s.Groups[i] }); !slices.IsSorted(order) {
		sorted := make([]Group, len(order))
		for i, from := range order {
			sorted[i] = s.Groups[from]
		}
		s.Groups = sorted
	}
	if limit > 0 && len(s.Groups) > limit {
		s.Cut = len(s.Groups) - limit
		s.Groups = s.Groups[:limit]
	}
}

// orderOf sorts n groups by numbers, and gives them by their place. It sorts what it
// needs of them, as there may be a million.
func orderOf(n int, by SummarySort, group func(i int) Group) []uint32 {
	type key struct {
		first, second uint64
		at            uint32 // in which it is unique, so the order is stable
	}
	keys := column.Room[key](n)
	for i := range n {
		g, k := group(i), key{at: uint32(i)}
		switch by {
		case SortSize:
			k.first, k.second = g.ReportedBytes, g.Count
		case SortAllocated:
			k.first, k.second = g.AllocatedBytes, g.Count
		case SortRetained:
			k.first, k.second = g.RetainedBytes, g.Count
		default:
			k.first, k.second = g.Count, g.ReportedBytes
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int { // descending
		switch {
		case a.first != b.first:
			return cmp.Compare(b.first, a.first)
		case a.second != b.second:
			return cmp.Compare(b.second, a.second)
		}
		if by == SortAllocated || by == SortRetained {
			if x, y := group(int(a.at)), group(int(b.at)); x.ReportedBytes != y.ReportedBytes {
				return cmp.Compare(y.ReportedBytes, x.ReportedBytes)
			}
		}
		return cmp.Compare(a.at, b.at)
	})
	order := column.Room[uint32](n)
	for i := range keys {
		order = append(order, keys[i].at)
	}
	return order
}

// summarySink counts the items of one stretch.
type summarySink struct {
	*tallies
	by     Grouping
	shapes bool
	shape  paths.KeySet
}

var (
	typeNone    = []byte(analysis.NoType)
	noNamespace = []byte("(no namespace)")
)

// Item implements dump.Sink.
func (s *summarySink) Item(it *dump.Item) {
	if s.shapes {
		s.shape.Add(it)
	}
	if it.More {
		return
	}
	if !it.Broken {
		t := s.at(s.tallyOf(s.group(it)))
		t.count++
		t.bytes += it.Size
	}
	s.shape.Reset()
}

// group gives the group of an item: its name and kind, and of the name the
// part before a key set, see tally.
func (s *summarySink) group(it *dump.Item) (name, kind []byte, stem int) {
	kind = it.Type
	if !it.Has(dump.HasType) {
		kind = typeNone
	}
	name = kind
	if it.Has(dump.HasClass) && string(it.Type) == "object" {
		switch s.by {
		case ByType:
		case ByNamespace:
			name = noNamespace
			if i := bytes.LastIndexByte(it.Class, '\\'); i > 0 {
				name = it.Class[:i]
			}
		default:
			name = it.Class
		}
	}
	if s.shapes && s.by != ByNamespace && hasShape(it) {
		stem = len(name)
		name = s.shape.Name(name)
		if name[len(name)-1] != '}' { // a list or a map, of which there is but one
			stem = 0
		}
	}
	return name, kind, stem
}

// hasShape reports whether an item is grouped by its keys.
func hasShape(it *dump.Item) bool {
	return string(it.Type) == "array" || string(it.Class) == "stdClass"
}
