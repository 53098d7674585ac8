package query

import (
	"bytes"
	"cmp"
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/dump"
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
	var total tallies
	recycle := make(chan *summarySink, 16) // merged sinks, to be filled again
	newSink := func() *summarySink {
		select {
		case s := <-recycle:
			return s
		default:
			return &summarySink{by: o.By, shapes: o.Shapes}
		}
	}
	info, err := dump.Each(in, dump.Options{Children: o.Shapes, Workers: o.Workers}, newSink, func(s *summarySink) error {
		total.add(&s.tallies)
		s.tallies.reset()
		select {
		case recycle <- s:
		default:
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return summaryOf(&info, &total, o), nil
}

func summaryOf(info *dump.Info, total *tallies, o SummaryOptions) *Summary {
	s := &Summary{Source: analysis.SourceOf(info), GroupedBy: cmp.Or(o.By, ByClass), Groups: total.groups()}
	s.arrange(o.Sort, o.Limit)
	return s
}

// arrange sorts the groups and cuts them to a limit. Groups that the order
// does not tell apart stay in the order in which the dump has them first.
func (s *Summary) arrange(by SummarySort, limit int) {
	slices.SortStableFunc(s.Groups, func(a, b Group) int {
		count, size := cmp.Compare(b.Count, a.Count), cmp.Compare(b.ReportedBytes, a.ReportedBytes)
		switch by {
		case SortName:
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
		case SortSize:
			return cmp.Or(size, count)
		case SortAllocated:
			return cmp.Or(cmp.Compare(b.AllocatedBytes, a.AllocatedBytes), count, size)
		case SortRetained:
			return cmp.Or(cmp.Compare(b.RetainedBytes, a.RetainedBytes), count, size)
		default:
			return cmp.Or(count, size)
		}
	})
	if limit > 0 && len(s.Groups) > limit {
		s.Cut = len(s.Groups) - limit
		s.Groups = s.Groups[:limit]
	}
}

// tally is what is counted of one group. kind is the type of its items. Where
// the name ends in a key set, stem is what stands before that.
type tally struct {
	name, kind   []byte
	stem         int    // 0: no key set
	number       uint32 // in the list
	count, bytes uint64
	allocated    uint64 // over a graph only
}

// tallies holds groups in the order in which they are met. A group is found
// by the name and kind it was met with; the table of recent ones, direct
// mapped, spares most look-ups their hash.
type tallies struct {
	list   []*tally
	byName map[string]*tally // kind, NUL, name
	recent [64]*tally
	key    []byte
}

// tallyOf finds or makes the tally of a group.
func (t *tallies) tallyOf(name, kind []byte, stem int) *tally {
	h := uint(len(name)) * 5
	if n := len(name); n > 0 {
		h += uint(name[n-1]) + uint(name[n/2])*3
	}
	slot := &t.recent[h%uint(len(t.recent))]
	if c := *slot; c != nil && string(c.name) == string(name) && string(c.kind) == string(kind) {
		return c
	}
	t.key = append(append(append(t.key[:0], kind...), 0), name...)
	c, ok := t.byName[string(t.key)]
	if !ok {
		c = &tally{name: bytes.Clone(name), kind: bytes.Clone(kind), stem: stem, number: uint32(len(t.list))}
		if t.byName == nil {
			t.byName = map[string]*tally{}
		}
		t.byName[string(t.key)] = c
		t.list = append(t.list, c)
	}
	*slot = c
	return c
}

// ofShape is tallyOf, as long as there are not too many shapes.
func (t *tallies) ofShape(name, kind []byte, stem int) *tally {
	if stem > 0 && len(t.list) >= paths.MaxShapes {
		t.key = append(append(append(t.key[:0], kind...), 0), name...)
		if _, ok := t.byName[string(t.key)]; !ok {
			name = append(bytes.Clone(name[:stem]), "{…}"...)
		}
	}
	return t.tallyOf(name, kind, stem)
}

func (t *tallies) add(o *tallies) {
	for _, c := range o.list {
		sum := t.ofShape(c.name, c.kind, c.stem)
		sum.count += c.count
		sum.bytes += c.bytes
	}
}

// groups are the tallies that count anything.
func (t *tallies) groups() []Group {
	var list []Group
	for _, c := range t.list {
		list = append(list, Group{
			Name: string(c.name), Kind: string(c.kind), Count: c.count, ReportedBytes: c.bytes, AllocatedBytes: c.allocated,
		})
	}
	return list
}

// reset empties the tallies, keeping their memory.
func (t *tallies) reset() {
	clear(t.byName)
	clear(t.recent[:])
	t.list = t.list[:0]
}

// summarySink counts the items of one stretch.
type summarySink struct {
	tallies
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
		t := s.tallyOf(s.group(it))
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
