package growth

import (
	"bytes"
	"testing"
	"time"

	"memtrail/analysis/paths"
	"memtrail/internal/cases"
	"memtrail/internal/dumptest"
	"memtrail/internal/simshape"
)

// Time is in proportion to the number of classes, and of roots, whether each has a
// name of its own or not.
func TestManyOfAll(t *testing.T) {
	for _, shape := range []simshape.Shape{simshape.Classes, simshape.Roots} {
		items := cases.Number(4000, 400_000)
		var text bytes.Buffer
		if err := simshape.Write(&text, simshape.Options{Shape: shape, Items: items}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		s := NewSeries(SeriesOptions{})
		for range 3 {
			g, info := dumptest.Build(t, text.Bytes())
			s.Add("", g, info)
		}
		if g := s.Growth(Options{}); len(g.Growing) > 0 {
			t.Errorf("%v: equal dumps grow: %+v", shape, g.Growing)
		}
		if d := s.Diff(DiffOptions{}); len(d.Classes)+len(d.Paths) > 0 {
			t.Errorf("%v: equal dumps differ: %d classes, %d paths", shape, len(d.Classes), len(d.Paths))
		}
		// 20,000 of either took a minute, and four times as many 16 times as long.
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%v: took %v", shape, d)
		}
		if n := len(s.shapes.Nodes); n > 5*(1<<16) || items < 1<<16 && n < items/2 {
			t.Errorf("%v: %d shapes", shape, n)
		}
		for id := range s.shapes.Nodes {
			s.shapes.Path(paths.ShapeID(id))
		}
	}
}
