package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
	"memtrail/internal/cases"
)

// bindLeaks is bind for a page that names its dump.
func bindLeaks(l *leaks.Leaks, dump string) writer {
	return func(w io.Writer, o Options) error { return Leaks(w, l, dump, o) }
}

// leaksOf are the suspects of a sound dump of 48 MB.
func leaksOf(suspects ...leaks.Suspect) *leaks.Leaks {
	return &leaks.Leaks{
		Source:    analysis.Source{Header: &analysis.Header{MemoryUsage: 50_000_000}, Items: 400_000, Roots: 11, Complete: true, EndsAt: 1 << 26},
		Caveats:   analysis.Caveats{Explained: 48_000_000},
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
func userCache() leaks.Suspect {
	const class = `App\Entity\User`
	cache := array("0x7f0000000400", 100_000)
	return leaks.Suspect{
		Fingerprint: "a3f9c1e2", Kind: leaks.SingleSuspect,
		At: place("$userService->cache->cache", cache, 46_560_000),
		Holds: leaks.Holding{Type: "object", Class: class, Count: 100_000, Bytes: 46_000_000, Others: 3,
			Keys: leaks.KeyPattern{Kind: leaks.ListKeys, First: "0", Last: "99999"}},
		Member: &leaks.Member{
			Place: place("$userService->cache->cache[501]", object("0x7f0000000500", class, "501"), 460),
			Content: []leaks.Content{
				{Type: "array", Count: 1, Bytes: 216}, {Type: "string", Count: 3, Bytes: 120}, {Type: "object", Class: class, Count: 1, Bytes: 96},
				{Type: "object", Class: `App\Tag`, Count: 1, Bytes: 16}, {Type: "object", Class: `App\Ref`, Count: 1, Bytes: 12},
				{Type: "int", Count: 7},
			},
		},
		Retained: 46_560_000, Share: 0.97, OfExplained: 0.97, Confidence: analysis.High,
		Reasons: []leaks.Reason{
			{Kind: leaks.ReasonShare, Bytes: 46_560_000, Share: 0.97},
			{Kind: leaks.ReasonMany, Count: 100_000, Bytes: 460},
			{Kind: leaks.ReasonAppended, Count: 100_000},
			{Kind: leaks.ReasonAllOf, Count: 100_000, Share: 1},
			{Kind: leaks.ReasonPeak, Bytes: 50_000_000, Share: 1},
			{Kind: leaks.ReasonEvicted, Count: 12, Share: 0.9},
		},
		Path: []analysis.PathStep{
			pathStep("$userService", global(object("0x7f0000000300", `App\UserService`, "1"), "userService"), 46_700_000),
			pathStep("->cache", object("0x7f0000000310", `App\Cache\ArrayCache`, "2"), 46_560_100),
			pathStep("->cache", cache, 46_560_000),
		},
	}
}

// selfHeld is a WeakMap whose values hold their keys.
func selfHeld() leaks.Suspect {
	s := userCache()
	weakMap := object("0x7f0000000400", "WeakMap", "3")
	s.At = place("Adapter::$loops", weakMap, 46_560_000)
	s.Holds.Keys = leaks.KeyPattern{Kind: leaks.ObjectKeys, Pattern: `App\Driver`}
	s.Member.Path = "Adapter::$loops[501]"
	s.Reasons = []leaks.Reason{
		{Kind: leaks.ReasonShare, Bytes: 46_560_000, Share: 0.97}, {Kind: leaks.ReasonMany, Count: 100_000, Bytes: 460},
		{Kind: leaks.ReasonSelfHeld, Count: 99_000, Of: 100_000},
	}
	s.Path = []analysis.PathStep{pathStep("Adapter::$loops", statik(weakMap, "Adapter::loops"), 46_560_000)}
	return s
}

// identityMap is a group that several containers hold, with more of them than
// fit.
func identityMap() leaks.Suspect {
	s := userCache()
	s.Kind, s.Confidence, s.Unreliable, s.Share = leaks.GroupSuspect, analysis.Medium, 1_499, 0.5
	s.Holds.Keys = leaks.KeyPattern{Kind: leaks.NumberedKeys, First: "user_1", Last: "user_100000", Pattern: "user_#"}
	for i, name := range []string{"originalData", "states", "updates"} {
		s.Also = append(s.Also, place("$em->unitOfWork->"+name, array(fmt.Sprintf("0x7f000000060%d", i), 100_000), 4_000_000))
	}
	s.Reasons = []leaks.Reason{
		{Kind: leaks.ReasonNumbered, Count: 100_000},
		{Kind: leaks.ReasonParallel, Count: 4},
		{Kind: leaks.ReasonAllOf, Count: 120_000, Share: 0.8333},
		{Kind: leaks.ReasonUnreliable, Against: true, Count: 1_499},
		{Kind: leaks.ReasonUnknown, Against: true, Share: 0.4},
		{Kind: leaks.ReasonOneDump, Against: true},
	}
	return s
}

// scattered are objects that stand at alike places, but in no one container.
func scattered(pattern string) leaks.Suspect {
	member := place("$server->conns[7]->onClose", object("0x7f0000000777", "Closure", "77"), 760)
	if pattern == "" {
		member.Path = ""
	}
	return leaks.Suspect{
		Fingerprint: "0000beef", Kind: leaks.GroupSuspect,
		At:     analysis.Place{Path: pattern, Retained: 9_000_000},
		Holds:  leaks.Holding{Type: "object", Class: "Closure", Count: 12_000, Bytes: 9_120_000},
		Member: &leaks.Member{Place: member}, Retained: 9_120_000, Share: 0.19, OfExplained: 0.19, Confidence: analysis.Low,
		Reasons: []leaks.Reason{{Kind: leaks.ReasonMany, Count: 12_000, Bytes: 760}},
	}
}

// nowhere are objects without anything in common but their class.
func nowhere() leaks.Suspect {
	s := scattered("")
	s.Member.Path = "$a->b"
	return s
}

func history() leaks.Suspect {
	node := size(object("0x7f0000000a00", "Node", "9"), 2)
	s := leaks.Suspect{
		Fingerprint: "824b9927", Kind: leaks.ChainSuspect,
		At:       place("main() $editor->a->b->c->d->e->f->undo->head", node, 30_000_000),
		Holds:    leaks.Holding{Type: "object", Class: "Node", Count: 30_000, Bytes: 30_000_000},
		Member:   &leaks.Member{Place: place("", node, 12_000), Content: []leaks.Content{{Type: "object", Class: "Node", Count: 1, Bytes: 80}}},
		Retained: 30_000_000, Share: 0.625, OfExplained: 0.625, Confidence: analysis.High,
		Reasons: []leaks.Reason{{Kind: leaks.ReasonChain, Count: 30_000, Bytes: 30_000_000}},
	}
	for i, label := range []string{"main() $editor", "->a", "->b", "->c", "->d", "->e", "->f", "->undo", "->head"} {
		s.Path = append(s.Path, pathStep(label, object(fmt.Sprintf("0x7f0000000b%02d", i), "Part"+strings.TrimLeft(label, "->main() $"), ""), 31_000_000))
	}
	return s
}

func buffer() leaks.Suspect {
	it := scalar("0x7f0000000c00", "string", 12<<20)
	return leaks.Suspect{
		Fingerprint: "2f50386d", Kind: leaks.SingleSuspect, At: place("$log->buffer", it, 12<<20),
		Holds: leaks.Holding{Type: "string", Count: 1, Bytes: 12 << 20}, Retained: 12 << 20, Share: 0.26, Confidence: analysis.Medium,
		Reasons: []leaks.Reason{{Kind: leaks.ReasonShare, Bytes: 12 << 20, Share: 0.26}, {Kind: leaks.ReasonHuge, Bytes: 12 << 20}},
		Path: []analysis.PathStep{
			pathStep("$log", global(object("0x7f0000000c10", "Log", "3"), "log"), 12<<20+80), pathStep("->buffer", it, 12<<20)},
	}
}

// table is large and harmless.
func table(path string, as leaks.Innocence) leaks.Suspect {
	return leaks.Suspect{
		Fingerprint: "00c0ffee", Kind: leaks.SingleSuspect, At: place(path, array("0x7f0000000d00", 4_000), 6_000_000),
		Holds:    leaks.Holding{Type: "string", Count: 4_000, Bytes: 5_000_000, Keys: leaks.KeyPattern{Kind: leaks.NameKeys, First: "a.b", Last: "z"}},
		Member:   &leaks.Member{Place: place(path+`["a.b"]`, scalar("0x7f0000000d10", "string", 40), 56)},
		Retained: 6_000_000, Share: 0.125, OfExplained: 0.125, Confidence: analysis.Low, Innocent: as,
		Reasons: []leaks.Reason{{Kind: leaks.ReasonScalars, Against: true, Count: 4_000}},
	}
}

// garbage is a suspect that no root reaches, and one that is no item either.
func garbage() []leaks.Suspect {
	top := scattered("")
	top.Kind, top.At.Item = leaks.SingleSuspect, object("0x7f0000000e00", `App\Cycle`, "4")
	return []leaks.Suspect{top, scattered("")}
}

// odd has names that try to get out.
func odd() leaks.Suspect {
	s := userCache()
	const bad = "a\x1b[2J`|<b>\xff"
	s.At = place("$x->{\"it's `$HOME`\"}", object("0x7f0000000f00", bad, "5"), 1)
	s.Holds = leaks.Holding{Type: "num\xffber", Count: 2, Bytes: 3, Through: bad,
		Keys: leaks.KeyPattern{Kind: leaks.MixedKeys, First: "``", Last: "\n# h"}}
	s.Member.Content = []leaks.Content{{Type: "object", Class: "class@anonymous\x00/srv/a b.php:3$0", Count: 1, Bytes: 1}}
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
	truncated.Suspects[0].Reasons = append(truncated.Suspects[0].Reasons, leaks.Reason{Kind: leaks.ReasonIncomplete, Against: true},
		leaks.Reason{Kind: leaks.ReasonFew, Against: true, Count: 12})
	over := leaksOf(userCache(), table(`$router->routes`, leaks.Routes), table(`$app->config`, leaks.Config))
	over.Header.MemoryUsage = 47_000_000
	over.Cut = 1

	return map[string]writer{
		"single":    bindLeaks(leaksOf(userCache()), "dump.json"),
		"weak-map":  bindLeaks(leaksOf(selfHeld()), "dump.json"),
		"group":     bindLeaks(leaksOf(identityMap(), scattered("$server->conns[*]->onClose")), "-"),
		"many":      bindLeaks(many, "it's a dump.json"),
		"innocent":  bindLeaks(over, "-v.json"),
		"tables":    bindLeaks(leaksOf(table(`Composer\Autoload\ClassLoader::$classMap`, leaks.ClassMap), table(`$t->messages`, leaks.Translations)), "d.json"),
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
	seen := map[string]leaks.ReasonKind{}
	for _, kind := range []leaks.ReasonKind{leaks.ReasonShare, leaks.ReasonMany, leaks.ReasonAppended, leaks.ReasonNumbered,
		leaks.ReasonChain, leaks.ReasonHuge, leaks.ReasonParallel, leaks.ReasonAllOf, leaks.ReasonPeak, leaks.ReasonEvicted,
		leaks.ReasonFew, leaks.ReasonScalars, leaks.ReasonUnreliable, leaks.ReasonIncomplete, leaks.ReasonUnknown, leaks.ReasonOneDump,
		leaks.ReasonNamed, leaks.ReasonBelowPeak} {
		text := reason(&s, &leaks.Reason{Kind: kind, Count: 2, Bytes: 3, Share: 0.5}).plain()
		if text == strings.ReplaceAll(string(kind), "_", " ") || seen[text] != "" {
			t.Errorf("%s is said to be %q, as is %q", kind, text, seen[text])
		}
		seen[text] = kind
	}
	if got := reason(&s, &leaks.Reason{Kind: "brand_new"}).plain(); got != "brand new" {
		t.Errorf("an unknown reason is %q", got)
	}
	for _, c := range []analysis.Confidence{analysis.High, analysis.Medium, analysis.Low} {
		if confidences[c] == "" {
			t.Errorf("%s has no words", c)
		}
	}
	for _, i := range []leaks.Innocence{leaks.Routes, leaks.Translations, leaks.ClassMap, leaks.Config, leaks.Services, leaks.LoadedCode} {
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
		keys leaks.KeyPattern
		want string
	}{
		{leaks.KeyPattern{}, ""},
		{leaks.KeyPattern{Kind: leaks.ListKeys, First: "0", Last: "0"}, "keys 0"},
		{leaks.KeyPattern{Kind: leaks.IntKeys, First: "-5", Last: "12345"}, "keys -5 … 12,345"},
		{leaks.KeyPattern{Kind: leaks.IntKeys, First: "007", Last: "99999999999999999999"}, `keys 007 … 99999999999999999999`},
		{leaks.KeyPattern{Kind: leaks.HashKeys, First: "a94f", Last: "bb"}, `keys are hashes, "a94f" … "bb"`},
		{leaks.KeyPattern{Kind: leaks.NameKeys, First: "", Last: "b"}, `keys "" … "b"`},
		{leaks.KeyPattern{Kind: leaks.PathKeys, First: "/" + strings.Repeat("x", 50), Last: "/y"}, `keys are paths, "/xxxxxxxxxxxxxxxxxxx…xxxxxxxxxxx" … "/y"`},
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
	steps := cases.Number(20_000, 100_000)
	for len(s.Path) < steps {
		s.Path = append(s.Path, step)
	}
	s.At.Path = "$l" + strings.Repeat("->next", len(s.Path))
	for _, o := range []Options{{}, {Verbose: true}, {Format: Markdown}, {Format: Markdown, Verbose: true}} {
		var out bytes.Buffer
		if err := Leaks(&out, leaksOf(s), "dump.json", o); err != nil {
			t.Fatal(err)
		}
		if limit := 300 * steps; out.Len() > limit || !o.Verbose && out.Len() > 5_000 {
			t.Errorf("%+v: %d bytes", o, out.Len())
		}
		if got := strings.Count(out.String(), "->a  ") + strings.Count(out.String(), "| ->a |"); o.Verbose != (got > steps*9/10) {
			t.Errorf("%+v: %d steps", o, got)
		}
		if strings.Contains(out.String(), "--from '$l->next") {
			t.Errorf("%+v: an endless command", o)
		}
	}
}

func TestLeaksColor(t *testing.T) {
	var out bytes.Buffer
	if err := Leaks(&out, leaksOf(userCache(), table("$routes", leaks.Routes)), "dump.json", Options{Color: true}); err != nil {
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
		s.Holds = leaks.Holding{Type: a, Class: b, Count: 2, Through: b, Keys: leaks.KeyPattern{Kind: leaks.NumberedKeys, First: a, Last: b, Pattern: a}}
		s.Member = &leaks.Member{Place: place(a, it, 1), Content: []leaks.Content{{Type: a, Class: b}, {Type: b}}}
		s.Path = []analysis.PathStep{pathStep(a, it, 1), pathStep(b, it, 1)}
		single := s
		single.Kind = leaks.SingleSuspect
		known := s
		known.Innocent = leaks.Innocence(a)
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
