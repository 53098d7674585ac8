package growth

import (
	"slices"
	"testing"

	"memtrail/dump"
)

// captureSeries is a series of captures with nothing in it but what the process
// has, and its objects.
func captureSeries(malloc []uint64, emptyChunks []int, elements []uint64) *steps {
	s := NewSeries(SeriesOptions{})
	for i := range malloc {
		c := &dump.Capture{Process: []dump.Owner{{Name: dump.ProcessMalloc, Amount: dump.Amount{Bytes: malloc[i]}}, {Name: dump.ProcessFiles, Amount: dump.Amount{Bytes: uint64(i) << 24}}}}
		c.Sources = []dump.SourceFile{{File: "a.php", Symbols: []dump.Symbol{{Name: "Row", Line: 3, End: 4}}}}
		for range emptyChunks[i] {
			c.Heap.Chunks = append(c.Heap.Chunks, dump.ChunkUse{Bytes: 4 << 10, KeptBy: []dump.Kept{{Type: "object", Class: "Mark", Items: 2, Bytes: 4 << 10}, {Owner: "code", Bytes: 32}}})
		}
		c.Heap.Chunks = append(c.Heap.Chunks, dump.ChunkUse{Bytes: 1 << 20})
		for _, class := range []string{"DOMElement", "Row", "PDO"} {
			s.shapes.All.Number("object", class)
		}
		p := &profile{kinds: []Amount{{Count: elements[i], Bytes: 56 * elements[i]}, {Count: elements[i]}, {Count: 1}}}
		p.Capture = c
		s.dumps = append(s.dumps, p)
	}
	return newSteps(s, 0, Options{})
}

func TestProcessPlaces(t *testing.T) {
	const mib = 1 << 20
	none := []int{1, 1, 1, 1}
	for _, c := range []struct {
		name   string
		malloc []uint64
		chunks []int
		want   []string
	}{
		{"nothing grows", []uint64{4 * mib, 4 * mib, 4 * mib, 4 * mib}, none, nil},
		{"malloc grows in each interval", []uint64{4 * mib, 5 * mib, 6 * mib, 7 * mib}, none, []string{OutsidePlace}},
		{"malloc fills up", []uint64{4 * mib, 7 * mib, 7 * mib, 7 * mib}, none, nil},
		{"malloc grows by little", []uint64{4 * mib, 4*mib + 9000, 4*mib + 18000, 4*mib + 27000}, none, nil},
		{"chunks", []uint64{4 * mib, 4 * mib, 4 * mib, 4 * mib}, []int{1, 4, 7, 9}, []string{PinnedPlace}},
		{"a chunk more or less", []uint64{4 * mib, 4 * mib, 4 * mib, 4 * mib}, []int{1, 2, 3, 4}, nil},
	} {
		var got []string
		for _, w := range captureSeries(c.malloc, c.chunks, []uint64{10, 50, 90, 130}).processPlaces() {
			got = append(got, w.Path)
			switch w.Path {
			case OutsidePlace:
				if len(w.PerClass) != 1 || w.PerClass[0].Class != "DOMElement" || w.PerClass[0].PerInterval.Count != 40 {
					t.Errorf("%s: beside it grow %+v, want DOMElement", c.name, w.PerClass)
				}
			case PinnedPlace:
				if len(w.PerClass) != 1 || w.PerClass[0].Class != "Mark" || !slices.Equal(w.PerClass[0].Counts, []uint64{2, 8, 14, 18}) {
					t.Errorf("%s: kept by %+v, want Mark", c.name, w.PerClass)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := captureSeries([]uint64{mib, 9 * mib}, []int{1, 1}, []uint64{1, 2}).processPlaces(); len(got) > 0 {
		t.Errorf("two dumps tell %q", got[0].Path)
	}
}
