package simshape

import (
	"bytes"
	"testing"

	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// A shape and its twin have as many items and references, those of variables
// counted, and nearly as many
// bytes; only one of them is extreme.
func TestTwins(t *testing.T) {
	const items = 6000
	type figures struct{ bytes, items, references, roots, classes int }
	measure := func(o Options) figures {
		var text bytes.Buffer
		if err := Write(&text, o); err != nil {
			t.Fatal(err)
		}
		g, info := dumptest.Build(t, text.Bytes())
		if !info.Closed || len(info.Defects.List()) > 0 || g.Len() > g.Items() {
			t.Errorf("%v: %+v, %d children are missing", o, info, g.Len()-g.Items())
		}
		// The reader of tests agrees that it is JSON as php-meminfo writes it.
		d, err := dumpbuild.Read(text.Bytes())
		if err != nil || len(d.Items) != g.Items() || !bytes.Equal(d.PrintUsual(), text.Bytes()) {
			t.Errorf("%v: %v, %d items, %d nodes", o, err, len(d.Items), g.Items())
		}
		return figures{text.Len(), g.Items(), g.Edges(), len(g.Roots()), len(g.Kinds())}
	}
	for _, shape := range All() {
		extreme, ordinary := measure(Options{Shape: shape, Items: items}), measure(Options{Shape: shape, Items: items, Ordinary: true})
		near := func(a, b int) bool { return a*10 >= b*9 && b*10 >= a*9 }
		if !near(extreme.items, items) || !near(ordinary.items, extreme.items) || !near(ordinary.references+ordinary.roots, extreme.references+extreme.roots) || !near(ordinary.bytes, extreme.bytes) {
			t.Errorf("%v has %+v, its twin %+v", shape, extreme, ordinary)
		}
		if many := shape == Roots; ordinary.roots != 1 || many != (extreme.roots == items/2) {
			t.Errorf("%v: %d roots, its twin %d", shape, extreme.roots, ordinary.roots)
		}
		if many := shape == Classes; ordinary.classes > 4 || many != (extreme.classes > items/2) {
			t.Errorf("%v: %d classes, its twin %d", shape, extreme.classes, ordinary.classes)
		}
	}
}

func TestParse(t *testing.T) {
	for _, shape := range All() {
		if got, err := Parse(shape.String()); err != nil || got != shape {
			t.Errorf("%v: %v, %v", shape, got, err)
		}
	}
	if _, err := Parse("ring"); err == nil {
		t.Error("ring is a shape")
	}
}
