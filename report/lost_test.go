package report

import (
	"bytes"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
	"memtrail/dump"
)

// What nothing holds is told in one vocabulary; leaks passes over the few blocks that
// any process loses.
func TestLostWords(t *testing.T) {
	lost := analysis.LostOf([]dump.Lost{
		{How: dump.Definitely, Size: 72, Shape: "object of \x1b[31mJob", Amount: dump.Amount{Blocks: 3, Bytes: 216}},
		{How: dump.Indirectly, Size: 40, Shape: "string", Amount: dump.Amount{Blocks: 1, Bytes: 40}},
		{How: dump.Possibly, Size: 64, Shape: "data", Amount: dump.Amount{Blocks: 2, Bytes: 128}},
		{How: dump.Definitely, Size: 8, Shape: "zeros", Amount: dump.Amount{Blocks: 1, Bytes: 8}},
	}, func(l *dump.Lost) bool { return l.Shape == "zeros" })
	lost.Reachable.Add(dump.Amount{Blocks: 1, Bytes: 32})
	const items = "Items that no root leads to: definitely lost 216 B in 3 items, indirectly lost 40 B in 1 item, " +
		"possibly lost 128 B in 2 items, still reachable 32 B in 1 item, suppressed 8 B in 1 item."
	if got := lostWords(&lost, false); got != items {
		t.Errorf("%q", got)
	}
	if got := lostWords(&lost, true); !strings.HasPrefix(got, "Blocks that no value has: definitely lost 216 B in 3 blocks") {
		t.Errorf("%q", got)
	}
	if got := lostWords(&analysis.Lost{Reachable: dump.Amount{Blocks: 1, Bytes: 9}}, true); got != "" {
		t.Errorf("nothing is lost: %q", got)
	}
	for _, c := range []struct {
		capture   *dump.Capture
		explained uint64
		told      bool
	}{{nil, 1 << 20, true}, {&dump.Capture{}, 1 << 20, false}, {&dump.Capture{}, 38_400, true}} {
		l := &leaks.Leaks{Lost: lost, Caveats: analysis.Caveats{Explained: c.explained}}
		l.Capture, l.Complete = c.capture, true
		var out bytes.Buffer
		if err := Leaks(&out, l, "dump.json", Options{Width: 200}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "definitely lost"); got != c.told {
			t.Errorf("%d bytes explained: told %t\n%s", c.explained, got, out.String())
		}
	}
	if d := encodeLostBlocks(&lost); len(d.Groups) != 3 || d.Groups[0].Raw {
		t.Errorf("%+v", d)
	}
	lost.Groups[0].Shape = "object of Caf\xe9"
	if d := encodeLostBlocks(&lost); !d.Groups[0].Raw {
		t.Errorf("bytes that are no UTF-8: %+v", d.Groups[0])
	}
}

// The class of a lost object is from the heap: it drives no terminal and no Markdown.
func TestLostShapesAreEscaped(t *testing.T) {
	const hostile = "object of <b>`|\x1b[31mJob\u202e"
	c := checks()["sound"]
	c.Blocks = analysis.LostOf([]dump.Lost{{How: dump.Definitely, Size: 72, Shape: hostile, Amount: dump.Amount{Blocks: 3, Bytes: 216}}}, func(*dump.Lost) bool { return false })
	for _, format := range []Format{Table, Markdown} {
		var out bytes.Buffer
		if err := Check(&out, c, Options{Format: format}); err != nil {
			t.Fatal(err)
		}
		if text := out.String(); !strings.Contains(text, "216 B in 3 items") || strings.ContainsAny(text, "\x1b\u202e") || format == Markdown && strings.Contains(text, " <b>") {
			t.Errorf("%v: %q", format, text)
		}
	}
}
