package dump

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"memtrail/internal/cases"
)

// TestLastItem cuts before the last line on which an item starts, in every
// layout that has lines.
func TestLastItem(t *testing.T) {
	rest := strings.Repeat("x", lookahead)
	for _, c := range []struct {
		text string
		want string // what follows the cut; empty: there is none
	}{
		{"},\n\"0x7f12\":{\"type\":\"int\"" + rest, "\n\"0x7f12\""},
		{"},\n\"0x1\":{},\n\"0x2\":{\"type\":\"int\"" + rest, "\n\"0x2\""},
		{"},\n    \"0x7f12\" : {\n        \"type\" : \"int\",\n" + rest, "\n    \"0x7f12\""},
		{"},\n    \"0x7f12\" : {\n            \"0x5\":\"0x7f13\",\n" + rest, "\n    \"0x7f12\""},
		{"}\n\"0x1\" is no item" + rest, ""},
		{"\n\"0x7f12\":{\"type\":\"int\"" + rest, ""}, // nothing before it
		{"},\n\"0x7f12\":{\"type\":\"int\"", ""},      // too near to the end to tell
		{"{\"0x1\":{},\"0x2\":{}" + rest, ""},
		{"", ""},
	} {
		cut, item := lastItem([]byte(c.text))
		if c.want == "" {
			if cut >= 0 {
				t.Errorf("%q is cut before %q", c.text, c.text[cut:])
			}
			continue
		}
		if cut < 0 || !strings.HasPrefix(c.text[cut:], c.want) || !strings.HasPrefix(c.text[item:], "\"0x") {
			t.Errorf("%q: cut at %d, item at %d, want %q", c.text, cut, item, c.want)
		}
	}
}

// TestSections has workers read most of a stream, or one scan where the cuts
// are wrong. What is too long for a window, or for all, stays so in a section.
func TestSections(t *testing.T) {
	lines, _ := captured(rand.New(rand.NewPCG(4, 9)), 1500, 4)
	replaced := func(old, new string) string {
		if !bytes.Contains(lines, []byte(old)) {
			t.Fatalf("%q is nowhere", old)
		}
		return strings.ReplaceAll(string(lines), old, new)
	}
	for name, text := range map[string]string{
		"lines": string(lines),
		"usual": string(simulated()[:cases.Number(1<<18, 1<<20)]),
		// A key on a line of its own, behind which an item's brace comes soon.
		"misleading lines": replaced(`"children":{"`, "\"children\":{\n\"0x12\":\"0x7f0000000000\",\""),
		"blanks":           replaced(`"is_root":true`, `"is_root":`+strings.Repeat(" ", 1200)+"true"),
		"long names":       replaced(`"class":"x y"`, `"class":"`+strings.Repeat("long ", 80)+`"`),
		"longer names":     replaced(`"frame":"x y"`, `"frame":"`+strings.Repeat("long ", 110)+`"`),
		"endless names":    replaced(`"x y1":`, `"`+strings.Repeat("long ", 250)+`":`),
		"two lists":        replaced(`"0x7f0000008000":`, `"0x1":{"type":"int"}}},`+"\n"+`"0x7f0000008000":`),
	} {
		tunings := []tuning{{block: 200}, {block: 5000}, {block: 100_000}, {window: 512, piece: 512, block: 3000}, {window: 512, piece: 1024, block: 900}}
		for _, tune := range cases.Sample(tunings, 1, len(name)) {
			want := scanAll(t, strings.NewReader(text), everything(tune))
			in, err := FromReader(name, strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			o := everything(tune)
			o.Workers = 3
			if d := differ(eachAll(t, in, o), want); d != "" {
				t.Errorf("%s, with %+v: %s", name, tune, d)
			}
		}
	}
}

// TestPushback gives back what was taken, the last first.
func TestPushback(t *testing.T) {
	p := pushback{src: strings.NewReader("defgh")}
	p.unread([]byte("c"))
	p.unread([]byte("ab"))
	var all bytes.Buffer
	for b := make([]byte, 2); ; {
		n, err := p.Read(b)
		if all.Write(b[:n]); err != nil {
			break
		}
	}
	if got := all.String(); got != "abcdefgh" {
		t.Error(got)
	}
}
