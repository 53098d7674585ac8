package growth

import (
	"testing"

	"memtrail/analysis/leaks"
	"memtrail/analysis/retain"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
	"memtrail/zend"
)

// A function that calls itself is named, in one dump too.
func TestFramesInOneDump(t *testing.T) {
	const frames = 400
	b := dumpbuild.New().NoHeader()
	b.Global("app", dumptest.Object("App"))
	for range frames {
		b.Frame("Consumer->wait()", "message", dumptest.Object("Message", dumptest.To("body", dumptest.Text(900))))
		b.Frame("Consumer->wait()", "timeout", dumptest.Scalar("int"))
	}
	l := leaks.Find(retaintest.Measured(t, b.Dump().PrintUsual()), leaks.Options{Threshold: 0.1})
	if len(l.Suspects) == 0 || l.Suspects[0].Frame != "Consumer->wait()" || l.Suspects[0].Holds.Count != frames {
		t.Fatalf("%+v", l.Suspects)
	}
	// The same in a series.
	s := NewSeries(SeriesOptions{})
	for at := range 3 {
		b := dumpbuild.New().NoHeader().Global("app", dumptest.Object("App"))
		for range frames / 2 * (at + 1) {
			b.Frame("Consumer->wait()", "message", dumptest.Object("Message", dumptest.To("body", dumptest.Text(900))))
			b.Frame("Consumer->wait()", "timeout", dumptest.Scalar("int"))
		}
		AddDump(t, s, at, b.Dump().PrintUsual())
	}
	g := s.Growth(DefaultGrowth)
	if len(g.Growing) != 1 || g.Growing[0].Fingerprint != l.Suspects[0].Fingerprint {
		t.Errorf("%q, but %s in one dump", GrowthLines(g), l.Suspects[0].Fingerprint)
	}
}

// checkSameMarks checks that suspects of the last dump have the fingerprint of the
// place that grows at the same path. It returns how many it compared.
func checkSameMarks(t *testing.T, g *Growth, last []byte) (compared int) {
	t.Helper()
	graph, info := dumptest.Build(t, last)
	l := leaks.Find(retain.Retain(graph, info, retain.RetentionOptions{PHP: zend.Auto, Retained: true}), leaks.Options{Threshold: 0.02})
	for i := range l.Suspects {
		for j := range g.Growing {
			x, w := &l.Suspects[i], &g.Growing[j]
			if AnyKey(x.At.Path) != AnyKey(w.Path) || x.At.Path != w.Path && (x.At.Item.Type != w.Type || x.At.Item.Class != w.Class) {
				continue // other elements of one array
			}
			if compared++; x.Fingerprint != w.Fingerprint {
				t.Errorf("%s is %s in leaks, %s in growth", w.Path, x.Fingerprint, w.Fingerprint)
			}
		}
	}
	return compared
}
