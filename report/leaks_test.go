package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"memtrail/analysis"
)

// bindLeaks is bind for a page that names its dump.
func bindLeaks(l *analysis.Leaks, dump string) writer {
	return func(w io.Writer, o Options) error { return Leaks(w, l, dump, o) }
}

// leaksOf are the suspects of a sound dump of 48 MB.
func leaksOf(suspects ...analysis.Suspect) *analysis.Leaks {
	return &analysis.Leaks{
		Source:    analysis.Source{Header: &analysis.Header{MemoryUsage: 50_000_000}, Items: 400_000, Roots: 11, Complete: true, EndsAt: 1 << 26},
		Doubt:     analysis.Doubt{Explained: 48_000_000},
		Threshold: 4_800_000,
		Suspects:  suspects,
	}
}

func place(path string, it analysis.Item, retained uint64) analysis.Place {
	return analysis.Place{Path: path, Item: it, Retained: retained}
}

func pathStep(label string, it analysis.Item, retained uint64) analysis.PathStep {
	return analysis.PathStep{Label: label, Item: it, Retained: retained}
}

// userCache is a cache that nothing ever leaves.
func userCache() analysis.Suspect {
	const class = `App\Entity\User`
	cache := array("0x7f0000000400", 100_000)
	return analysis.Suspect{
		Fingerprint: "a3f9c1e2", Kind: analysis.SingleSuspect,
		At: place("$userService->cache->cache", cache, 46_560_000),
		Holds: analysis.Holding{Type: "object", Class: class, Count: 100_000, Bytes: 46_000_000, Others: 3,
			Keys: analysis.KeyPattern{Kind: analysis.ListKeys, First: "0", Last: "99999"}},
		Member: &analysis.Member{
			Place: place("$userService->cache->cache[501]", object("0x7f0000000500", class, "501"), 460),
			Content: []analysis.Content{
				{Type: "array", Count: 1, Bytes: 216}, {Type: "string", Count: 3, Bytes: 120}, {Type: "object", Class: class, Count: 1, Bytes: 96},
				{Type: "object", Class: `App\Tag`, Count: 1, Bytes: 16}, {Type: "object", Class: `App\Ref`, Count: 1, Bytes: 12},
				{Type: "int", Count: 7},
			},
		},
		Retained: 46_560_000, Share: 0.97, OfExplained: 0.97, Confidence: analysis.High,
		Reasons: []analysis.Reason{
			{Kind: analysis.ReasonShare, Bytes: 46_560_000, Share: 0.97},
			{Kind: analysis.ReasonMany, Count: 100_000, Bytes: 460},
			{Kind: analysis.ReasonAppended, Count: 100_000},
			{Kind: analysis.ReasonAllOf, Count: 100_000, Share: 1},
			{Kind: analysis.ReasonPeak, Bytes: 50_000_000, Share: 1},
			{Kind: analysis.ReasonEvicted, Count: 12, Share: 0.9},
		},
		Path: []analysis.PathStep{
			pathStep("$userService", global(object("0x7f0000000300", `App\UserService`, "1"), "userService"), 46_700_000),
			pathStep("->cache", object("0x7f0000000310", `App\Cache\ArrayCache`, "2"), 46_560_100),
			pathStep("->cache", cache, 46_560_000),
		},
	}
}

// selfHeld is a WeakMap whose values hold their keys.
func selfHeld() analysis.Suspect {
	s := userCache()
	weakMap := object("0x7f0000000400", "WeakMap", "3")
	s.At = place("Adapter::$loops", weakMap, 46_560_000)
	s.Holds.Keys = analysis.KeyPattern{Kind: analysis.ObjectKeys, Pattern: `App\Driver`}
	s.Member.Path = "Adapter::$loops[501]"
	s.Reasons = []analysis.Reason{
		{Kind: analysis.ReasonShare, Bytes: 46_560_000, Share: 0.97}, {Kind: analysis.ReasonMany, Count: 100_000, Bytes: 460},
		{Kind: analysis.ReasonSelfHeld, Count: 99_000, Of: 100_000},
	}
	s.Path = []analysis.PathStep{pathStep("Adapter::$loops", statik(weakMap, "Adapter::loops"), 46_560_000)}
	return s
}

// identityMap is a group that several containers hold, with more of them than
// fit.
func identityMap() analysis.Suspect {
	s := userCache()
	s.Kind, s.Confidence, s.Unreliable, s.Share = analysis.GroupSuspect, analysis.Medium, 1_499, 0.5
	s.Holds.Keys = analysis.KeyPattern{Kind: analysis.NumberedKeys, First: "user_1", Last: "user_100000", Pattern: "user_#"}
	for i, name := range []string{"originalData", "states", "updates"} {
		s.Also = append(s.Also, place("$em->unitOfWork->"+name, array(fmt.Sprintf("0x7f000000060%d", i), 100_000), 4_000_000))
	}
	s.Reasons = []analysis.Reason{
		{Kind: analysis.ReasonNumbered, Count: 100_000},
		{Kind: analysis.ReasonParallel, Count: 4},
		{Kind: analysis.ReasonAllOf, Count: 120_000, Share: 0.8333},
		{Kind: analysis.ReasonUnreliable, Against: true, Count: 1_499},
		{Kind: analysis.ReasonUnknown, Against: true, Share: 0.4},
		{Kind: analysis.ReasonOneDump, Against: true},
	}
	return s
}

// scattered are objects that stand at alike places, but in no one container.
func scattered(pattern string) analysis.Suspect {
	member := place("$server->conns[7]->onClose", object("0x7f0000000777", "Closure", "77"), 760)
	if pattern == "" {
		member.Path = ""
	}
	return analysis.Suspect{
		Fingerprint: "0000beef", Kind: analysis.GroupSuspect,
		At:     analysis.Place{Path: pattern, Retained: 9_000_000},
		Holds:  analysis.Holding{Type: "object", Class: "Closure", Count: 12_000, Bytes: 9_120_000},
		Member: &analysis.Member{Place: member}, Retained: 9_120_000, Share: 0.19, OfExplained: 0.19, Confidence: analysis.Low,
		Reasons: []analysis.Reason{{Kind: analysis.ReasonMany, Count: 12_000, Bytes: 760}},
	}
}

// nowhere are objects without anything in common but their class.
func nowhere() analysis.Suspect {
	s := scattered("")
	s.Member.Path = "$a->b"
	return s
}

func history() analysis.Suspect {
	node := size(object("0x7f0000000a00", "Node", "9"), 2)
	s := analysis.Suspect{
		Fingerprint: "824b9927", Kind: analysis.ChainSuspect,
		At:       place("main() $editor->a->b->c->d->e->f->undo->head", node, 30_000_000),
		Holds:    analysis.Holding{Type: "object", Class: "Node", Count: 30_000, Bytes: 30_000_000},
		Member:   &analysis.Member{Place: place("", node, 12_000), Content: []analysis.Content{{Type: "object", Class: "Node", Count: 1, Bytes: 80}}},
		Retained: 30_000_000, Share: 0.625, OfExplained: 0.625, Confidence: analysis.High,
		Reasons: []analysis.Reason{{Kind: analysis.ReasonChain, Count: 30_000, Bytes: 30_000_000}},
	}
	for i, label := range []string{"main() $editor", "->a", "->b", "->c", "->d", "->e", "->f", "->undo", "->head"} {
		s.Path = append(s.Path, pathStep(label, object(fmt.Sprintf("0x7f0000000b%02d", i), "Part"+strings.TrimLeft(label, "->main() $"), ""), 31_000_000))
	}
	return s
}

func buffer() analysis.Suspect {
	it := scalar("0x7f0000000c00", "string", 12<<20)
	return analysis.Suspect{
		Fingerprint: "2f50386d", Kind: analysis.SingleSuspect, At: place("$log->buffer", it, 12<<20),
		Holds: analysis.Holding{Type: "string", Count: 1, Bytes: 12 << 20}, Retained: 12 << 20, Share: 0.26, Confidence: analysis.Medium,
		Reasons: []analysis.Reason{{Kind: analysis.ReasonShare, Bytes: 12 << 20, Share: 0.26}, {Kind: analysis.ReasonHuge, Bytes: 12 << 20}},
		Path: []analysis.PathStep{
			pathStep("$log", global(object("0x7f0000000c10", "Log", "3"), "log"), 12<<20+80), pathStep("->buffer", it, 12<<20)},
	}
}

// table is large and harmless.
func table(path string, as analysis.Innocence) analysis.Suspect {
	return analysis.Suspect{
		Fingerprint: "00c0ffee", Kind: analysis.SingleSuspect, At: place(path, array("0x7f0000000d00", 4_000), 6_000_000),
		Holds:    analysis.Holding{Type: "string", Count: 4_000, Bytes: 5_000_000, Keys: analysis.KeyPattern{Kind: analysis.NameKeys, First: "a.b", Last: "z"}},
		Member:   &analysis.Member{Place: place(path+`["a.b"]`, scalar("0x7f0000000d10", "string", 40), 56)},
		Retained: 6_000_000, Share: 0.125, OfExplained: 0.125, Confidence: analysis.Low, Innocent: as,
		Reasons: []analysis.Reason{{Kind: analysis.ReasonScalars, Against: true, Count: 4_000}},
	}
}

// garbage is a suspect that no root reaches, and one that is no item either.
func garbage() []analysis.Suspect {
	top := scattered("")
	top.Kind, top.At.Item = analysis.SingleSuspect, object("0x7f0000000e00", `App\Cycle`, "4")
	return []analysis.Suspect{top, scattered("")}
}

// odd has names that try to get out.
func odd() analysis.Suspect {
	s := userCache()
	const bad = "a\x1b[2J`|<b>\xff"
	s.At = place("$x->{\"it's `$HOME`\"}", object("0x7f0000000f00", bad, "5"), 1)
	s.Holds = analysis.Holding{Type: "num\xffber", Count: 2, Bytes: 3, Through: bad,
		Keys: analysis.KeyPattern{Kind: analysis.MixedKeys, First: "``", Last: "\n# h"}}
	s.Member.Content = []analysis.Content{{Type: "object", Class: "class@anonymous\x00/srv/a b.php:3$0", Count: 1, Bytes: 1}}
	s.Path = []analysis.PathStep{pathStep("$x", object("0x7f0000000f10", bad, ""), 5), pathStep("->\u202e", object("0x7f0000000f00", "`", ""), 5)}
	return s
}

// leaksResults are hand-made answers of every kind.
func leaksResults() map[string]writer {
	many := leaksOf(history(), buffer(), nowhere())
	many.Cut = 2
	hidden := leaksOf()
	hidden.Explained, hidden.Threshold = 390_000, 39_000
	hidden.Header.MemoryUsage = 2_600_000
	truncated := leaksOf(identityMap())
	truncated.Complete, truncated.EndsAt, truncated.Header, truncated.Reported = false, 8_427_845, nil, true
	truncated.Unreliable, truncated.Unreachable = 2_398, 224_000
	truncated.Suspects[0].Reasons = append(truncated.Suspects[0].Reasons, analysis.Reason{Kind: analysis.ReasonIncomplete, Against: true},
		analysis.Reason{Kind: analysis.ReasonFew, Against: true, Count: 12})
	over := leaksOf(userCache(), table(`$router->routes`, analysis.Routes), table(`$app->config`, analysis.Config))
	over.Header.MemoryUsage = 47_000_000
	over.Cut = 1

	return map[string]writer{
		"single":    bindLeaks(leaksOf(userCache()), "dump.json"),
		"weak-map":  bindLeaks(leaksOf(selfHeld()), "dump.json"),
		"group":     bindLeaks(leaksOf(identityMap(), scattered("$server->conns[*]->onClose")), "-"),
		"many":      bindLeaks(many, "it's a dump.json"),
		"innocent":  bindLeaks(over, "-v.json"),
		"tables":    bindLeaks(leaksOf(table(`Composer\Autoload\ClassLoader::$classMap`, analysis.ClassMap), table(`$t->messages`, analysis.Translations)), "d.json"),
		"none":      bindLeaks(leaksOf(), "dump.json"),
		"hidden":    bindLeaks(hidden, ""),
		"truncated": bindLeaks(truncated, "dump\n.json"),
		"garbage":   bindLeaks(leaksOf(garbage()...), "dump.json"),
		"odd":       bindLeaks(leaksOf(odd()), "dump.json"),
	}
}

func TestLeaksGolden(t *testing.T) {
	for name, write := range leaksResults() {
		t.Run(name, func(t *testing.T) { golden(t, "leaks-"+name, everyFormat(t, write)) })
	}
}

func TestLeaksSchema(t *testing.T) {
	schema := map[string][]string{
		"": {"suspects", "explained_bytes", "complete", "threshold_bytes", "sizes", "header"},
		"suspects[]": {"fingerprint", "kind", "accumulation_point", "holds", "retained_bytes", "share", "confidence", "reasons", "innocent",
			"path", "also", "member", "evidence", "next"},
		"suspects[].accumulation_point": {"path", "id", "type", "class"},
		"suspects[].holds":              {"type", "class", "count", "bytes", "keys"},
		"suspects[].path[]":             {"label", "id", "type", "class", "retained_bytes"},
		"suspects[].member.content[]":   {"type", "class", "count", "bytes"},
		"suspects[].evidence[]":         {"kind", "against", "count", "bytes", "share"},
	}
	for name, write := range leaksResults() {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out, Options{Format: JSON}); err != nil {
				t.Fatal(err)
			}
			checkSchema(t, schema, "", decoded(t, out.Bytes()))
			if !ascii(out.Bytes()) {
				t.Errorf("not ASCII: %q", out.Bytes())
			}
		})
	}
}

// Each reason, each degree of confidence and each innocent shape has its words.
func TestLeaksTexts(t *testing.T) {
	s := userCache()
	seen := map[string]analysis.ReasonKind{}
	for _, kind := range []analysis.ReasonKind{analysis.ReasonShare, analysis.ReasonMany, analysis.ReasonAppended, analysis.ReasonNumbered,
		analysis.ReasonChain, analysis.ReasonHuge, analysis.ReasonParallel, analysis.ReasonAllOf, analysis.ReasonPeak, analysis.ReasonEvicted,
		analysis.ReasonFew, analysis.ReasonScalars, analysis.ReasonUnreliable, analysis.ReasonIncomplete, analysis.ReasonUnknown, analysis.ReasonOneDump,
		analysis.ReasonNamed, analysis.ReasonBelowPeak} {
		text := reason(&s, &analysis.Reason{Kind: kind, Count: 2, Bytes: 3, Share: 0.5}).plain()
		if text == strings.ReplaceAll(string(kind), "_", " ") || seen[text] != "" {
			t.Errorf("%s is said to be %q, as is %q", kind, text, seen[text])
		}
		seen[text] = kind
	}
	if got := reason(&s, &analysis.Reason{Kind: "brand_new"}).plain(); got != "brand new" {
		t.Errorf("an unknown reason is %q", got)
	}
	for _, c := range []analysis.Confidence{analysis.High, analysis.Medium, analysis.Low} {
		if confidences[c] == "" {
			t.Errorf("%s has no words", c)
		}
	}
	for _, i := range []analysis.Innocence{analysis.Routes, analysis.Translations, analysis.ClassMap, analysis.Config, analysis.Services} {
		if innocences[i] == "" {
			t.Errorf("%s has no words", i)
		}
	}
	if innocent("") != "" || !strings.Contains(innocent("brand_new"), "brand new") {
		t.Errorf("innocent: %q, %q", innocent(""), innocent("brand_new"))
	}
}

func TestKeyWords(t *testing.T) {
	for _, test := range []struct {
		keys analysis.KeyPattern
		want string
	}{
		{analysis.KeyPattern{}, ""},
		{analysis.KeyPattern{Kind: analysis.ListKeys, First: "0", Last: "0"}, "keys 0"},
		{analysis.KeyPattern{Kind: analysis.IntKeys, First: "-5", Last: "12345"}, "keys -5 … 12,345"},
		{analysis.KeyPattern{Kind: analysis.IntKeys, First: "007", Last: "99999999999999999999"}, `keys 007 … 99999999999999999999`},
		{analysis.KeyPattern{Kind: analysis.HashKeys, First: "a94f", Last: "bb"}, `keys are hashes, "a94f" … "bb"`},
		{analysis.KeyPattern{Kind: analysis.NameKeys, First: "", Last: "b"}, `keys "" … "b"`},
		{analysis.KeyPattern{Kind: analysis.PathKeys, First: "/" + strings.Repeat("x", 50), Last: "/y"}, `keys are paths, "/xxxxxxxxxxxxxxxxxxx…xxxxxxxxxxx" … "/y"`},
	} {
		if got := keys(&test.keys).plain(); got != test.want {
			t.Errorf("%+v: %q, want %q", test.keys, got, test.want)
		}
	}
}

// A page of three suspects is a screen, and a terminal's width is kept but by
// what is to be copied.
func TestLeaksFit(t *testing.T) {
	group := identityMap()
	group.Path = append(group.Path, history().Path...)
	l := leaksOf(userCache(), history(), group)
	l.Unreliable = 1_499
	for _, width := range []int{0, 20, 80, 100, 500} {
		var out bytes.Buffer
		if err := Leaks(&out, l, "dump.json", Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if most := map[int]int{0: 62, 20: 1000, 80: 62, 100: 52, 500: 48}[width]; len(lines) > most {
			t.Errorf("width %d: %d lines:\n%s", width, len(lines), &out)
		}
		most := max(Options{Width: width}.columns(), 56) // which a path needs
		for _, line := range lines {
			if w := textWidth(line); w > most && !strings.HasPrefix(strings.TrimSpace(line), "analyzer ") {
				t.Errorf("width %d: %d columns: %s", width, w, line)
			}
		}
	}
}

// A path of a million steps is drawn in lines that do not grow with it.
func TestLeaksLongPath(t *testing.T) {
	s := history()
	step := s.Path[1]
	for len(s.Path) < 100_000 {
		s.Path = append(s.Path, step)
	}
	s.At.Path = "$l" + strings.Repeat("->next", len(s.Path))
	for _, o := range []Options{{}, {Verbose: true}, {Format: Markdown}, {Format: Markdown, Verbose: true}} {
		var out bytes.Buffer
		if err := Leaks(&out, leaksOf(s), "dump.json", o); err != nil {
			t.Fatal(err)
		}
		if limit := 30_000_000; out.Len() > limit || !o.Verbose && out.Len() > 5_000 {
			t.Errorf("%+v: %d bytes", o, out.Len())
		}
		if got := strings.Count(out.String(), "->a  ") + strings.Count(out.String(), "| ->a |"); o.Verbose != (got > 90_000) {
			t.Errorf("%+v: %d steps", o, got)
		}
		if strings.Contains(out.String(), "--from '$l->next") {
			t.Errorf("%+v: an endless command", o)
		}
	}
}

func TestLeaksColor(t *testing.T) {
	var out bytes.Buffer
	if err := Leaks(&out, leaksOf(userCache(), table("$routes", analysis.Routes)), "dump.json", Options{Color: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "leaks-color", out.Bytes())
}

// FuzzLeaks puts any bytes where a dump's names go.
func FuzzLeaks(f *testing.F) {
	for _, name := range []string{"", "A\\B", "\x1b]0;x\a", "\xff\xfe", "a\nb\r\n", "=1", "|`<b>", "`` ` ", "\u202e", "日本\xe9", "'; rm -rf .", "-"} {
		f.Add(name, name)
		f.Add(name, "array")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		it := analysis.Item{ID: b, Type: a, Class: b, HasClass: true}
		s := identityMap()
		s.Fingerprint = "x"
		s.At, s.Also = place(a, it, 5), []analysis.Place{place(b, it, 6), place("", it, 7)}
		s.Holds = analysis.Holding{Type: a, Class: b, Count: 2, Through: b, Keys: analysis.KeyPattern{Kind: analysis.NumberedKeys, First: a, Last: b, Pattern: a}}
		s.Member = &analysis.Member{Place: place(a, it, 1), Content: []analysis.Content{{Type: a, Class: b}, {Type: b}}}
		s.Path = []analysis.PathStep{pathStep(a, it, 1), pathStep(b, it, 1)}
		single := s
		single.Kind = analysis.SingleSuspect
		known := s
		known.Innocent = analysis.Innocence(a)
		l := leaksOf(s, single, known)
		for _, o := range []Options{{}, {Verbose: true}, {Width: 1}} {
			for _, o.Format = range Formats() {
				var out bytes.Buffer
				if err := Leaks(&out, l, a, o); err != nil {
					t.Fatalf("%+v: %v", o, err)
				}
				if !clean(out.Bytes()) {
					t.Errorf("%+v: %q", o, out.Bytes())
				}
				switch o.Format {
				case CSV:
					checkCSV(t, out.Bytes())
				case JSON:
					decoded(t, out.Bytes())
					if !ascii(out.Bytes()) {
						t.Errorf("not ASCII: %q", out.Bytes())
					}
				}
			}
		}
	})
}
