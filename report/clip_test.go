package report

import (
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
	"memtrail/analysis/query"
)

func TestClip(t *testing.T) {
	long := strings.Repeat("a", 150) + strings.Repeat("z", 150)
	cut := strings.Repeat("a", 133) + "…" + strings.Repeat("z", 64)
	for text, want := range map[string]string{
		"": "", "key": "key", long[:200]: long[:200], long: cut,
	} {
		var c clipper
		if got := c.name(text); got != want || c.cut != (text != want) {
			t.Errorf("%q: %q, cut %v", text, got, c.cut)
		}
	}
	for text, want := range map[string]string{
		`$a["` + long + `"]->b`:                `$a["` + cut + `"]->b`,
		`$a->` + long + `[0]`:                  `$a->` + cut + `[0]`,
		`$a["` + long + `"]["` + long + `"]`:   `$a["` + cut + `"]["` + cut + `"]`,
		`$a["\"` + long + `"]`:                 `$a["\"` + long[:131] + `…` + long[236:] + `"]`,
		`C::$` + long + `{"x"}`:                `C::$` + cut + `{"x"}`,
		`$a["` + long:                          `$a["` + cut,
		strings.Repeat(`["key"]->value`, 1000): strings.Repeat(`["key"]->value`, 1000),
	} {
		if got := (&clipper{}).expression(text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
		if got := (&clipper{full: true}).expression(text); got != text {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// FuzzClip: what is left of a name is no longer than it may be, and no
// character is cut in two.
func FuzzClip(f *testing.F) {
	f.Add(strings.Repeat("日本", 100))
	f.Add(`$a["` + strings.Repeat(`\"`, 300) + `"]`)
	f.Add(strings.Repeat("\xff", 500))
	f.Fuzz(func(t *testing.T, text string) {
		got := (&clipper{}).name(text)
		if len(got) > longName || utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("%q: %q", text, got)
		}
		if short := (&clipper{}).expression(text); utf8.ValidString(text) && !utf8.ValidString(short) {
			t.Errorf("%q: %q", text, short)
		}
	})
}

// Of names of any length a page shows so much, and all of it only if asked.
func TestFull(t *testing.T) {
	key := strings.Repeat("k", 150) + strings.Repeat("\x1b", 60_000)
	s := history()
	s.At.Path = `$a["` + key + `"]`
	s.Path[0].Label = s.At.Path
	paths := leakyCache()
	paths.Paths[0].Expression = s.At.Path
	paths.Paths[0].Steps[1].Key = key
	item := withChild(array("0x7f0000000001", 1), key, "0x7f0000000002")
	for name, write := range map[string]writer{
		"leaks":    bind(func(w io.Writer, l *leaks.Leaks, o Options) error { return Leaks(w, l, "d.json", o) }, leaksOf(s)),
		"ref-path": bind(RefPaths, paths),
		"query":    bind(Query, &query.Query{Matched: 1, Items: []analysis.Item{item}}),
	} {
		for _, format := range []Format{Table, Markdown} {
			var short, full strings.Builder
			for b, o := range map[*strings.Builder]Options{&short: {Format: format, Verbose: true}, &full: {Format: format, Verbose: true, Full: true}} {
				if err := write(b, o); err != nil {
					t.Fatal(err)
				}
			}
			if longest := longestLine(short.String()); longest > 3000 {
				t.Errorf("%s, %s: a line of %d bytes", name, format, longest)
			}
			if !strings.Contains(full.String(), strings.Repeat(`\x1B`, 60_000)) && !strings.Contains(full.String(), strings.Repeat("\\\\x1B", 60_000)) {
				t.Errorf("%s, %s: --full cuts", name, format)
			}
		}
	}
}

func longestLine(text string) int {
	longest := 0
	for line := range strings.Lines(text) {
		longest = max(longest, len(line))
	}
	return longest
}
