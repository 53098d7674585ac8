package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/check"
	"memtrail/analysis/growth"
	"memtrail/analysis/paths"
	"memtrail/dump"
)

const today = "2026-11-22"

// growing is a place that grows by count items and as many times size bytes.
func growing(fingerprint, path, class string, count, size float64) growth.GrowingPlace {
	return growth.GrowingPlace{
		Fingerprint: fingerprint, Path: path, Kind: analysis.Kind{Type: "array"}, Holds: analysis.Kind{Type: "object", Class: class}, Places: 1,
		PerInterval: growth.Rate{Count: count, Bytes: count * size}, GrewIn: 4, Confidence: analysis.High,
	}
}

func leaking(list ...growth.GrowingPlace) *growth.Growth {
	g := &growth.Growth{Intervals: 4, Verdict: growth.CleanSeries, Growing: list}
	if len(list) > 0 {
		g.Verdict = growth.Leaking
	}
	return g
}

// briefly writes a gate in short: its verdict, whether it fails, what it
// found of which status, and in () what is ignored.
func briefly(g *Gate) string {
	words := []string{string(g.Verdict)}
	if g.Failed {
		words = append(words, "fails")
	}
	for _, w := range g.Growing {
		words = append(words, w.Path+"="+string(w.Status))
	}
	for _, w := range g.Ignored {
		words = append(words, "("+w.Path+": "+w.Reason+")")
	}
	for _, e := range g.Stale {
		words = append(words, "stale "+e.Fingerprint)
	}
	for _, e := range g.Expired {
		words = append(words, "expired "+e.Fingerprint)
	}
	return strings.Join(words, " ")
}

func TestJudgeGate(t *testing.T) {
	a := growing("aaaaaaaa", "$a", `App\A`, 1000, 100)
	b := growing("bbbbbbbb", "$b", `App\B`, 10, 100)
	slow := growing("cccccccc", "$c", `App\C`, 2, 10)
	text := growing("dddddddd", "$d", "", 0, 0)
	text.Holds = analysis.Kind{Type: "string"}
	text.PerInterval.Bytes = 50_000
	unexplained := leaking()
	unexplained.Verdict, unexplained.Unexplained = growth.Unexplained, growth.UnexplainedGrowth{Known: true, Grows: true}
	both := leaking(a)
	both.Unexplained = unexplained.Unexplained
	doubtful := leaking(a)
	doubtful.Verdict, doubtful.Caveats = growth.Inconclusive, []growth.Caveat{{Kind: growth.EndsEarly, Name: "x"}}
	entry := func(f string, count, bytes float64, expires string) BaselineEntry {
		return BaselineEntry{Fingerprint: f, Count: count, Bytes: bytes, Reason: "why", Expires: expires}
	}
	allow := func(path, class string) Rule {
		return Rule{Path: paths.Glob(path), Class: paths.Glob(class), Allow: true, Reason: "rule"}
	}
	limited := func(count, bytes float64) Rule {
		return Rule{Path: "$a", Min: &growth.Rate{Count: count, Bytes: bytes}, Reason: "small"}
	}
	tests := []struct {
		name   string
		growth *growth.Growth
		rules  []Rule
		known  []BaselineEntry
		strict bool
		want   string
	}{
		{"nothing", leaking(), nil, nil, false, "clean"},
		{"one", leaking(a), nil, nil, false, "leak fails $a=new"},
		{"two", leaking(a, b), nil, nil, false, "leak fails $a=new $b=new"},
		{"below the limits", leaking(slow), nil, nil, false, "clean"},
		{"a string has no items", leaking(text), nil, nil, false, "leak fails $d=new"},
		{"unexplained", unexplained, nil, nil, false, "unexplained fails"},
		{"explained and unexplained", both, nil, nil, false, "leak fails $a=new"},
		{"unexplained beside what is allowed", both, []Rule{allow("$a", "")}, nil, false, "unexplained fails ($a: rule)"},
		{"unexplained beside what is known", both, nil, []BaselineEntry{entry("aaaaaaaa", 1000, 100_000, "")}, false, "unexplained fails $a=known"},
		{"inconclusive", doubtful, nil, nil, false, "inconclusive $a=new"},
		{"inconclusive, strict", doubtful, nil, []BaselineEntry{entry("eeeeeeee", 0, 0, "")}, true, "inconclusive $a=new"},
		{"inconclusive, all known", doubtful, nil, []BaselineEntry{entry("aaaaaaaa", 1000, 100_000, "")}, false, "inconclusive $a=known"},

		{"rule for a path", leaking(a, b), []Rule{allow("$a", "")}, nil, false, "leak fails $b=new ($a: rule)"},
		{"rule for a class", leaking(a, b), []Rule{allow("", `App\*`)}, nil, false, "clean ($a: rule) ($b: rule)"},
		{"rule for both", leaking(a, b), []Rule{allow("$a", `App\B`)}, nil, false, "leak fails $a=new $b=new"},
		{"rule for a type", leaking(text), []Rule{allow("", "string")}, nil, false, "clean ($d: rule)"},
		{"the first rule", leaking(a), []Rule{{Path: "$a"}, allow("*", "")}, nil, false, "leak fails $a=new"},
		{"rule with limits above", leaking(a), []Rule{limited(1001, 100_001)}, nil, false, "clean ($a: small)"},
		{"rule with limits, one met", leaking(a), []Rule{limited(1001, 100_000)}, nil, false, "leak fails $a=new"},
		{"rule with limits below", leaking(growing("aaaaaaaa", "$a", "", 2, 1)), []Rule{limited(1, Unlimited)}, nil, false, "leak fails $a=new"},
		{"rule with one limit", leaking(a), []Rule{limited(Unlimited, 200_000)}, nil, false, "clean ($a: small)"},

		{"known", leaking(a), nil, []BaselineEntry{entry("aaaaaaaa", 1000, 100_000, "")}, false, "clean $a=known"},
		{"known, and another", leaking(a, b), nil, []BaselineEntry{entry("aaaaaaaa", 1000, 100_000, "")}, false, "leak fails $a=known $b=new"},
		{"nothing allowed", leaking(a), nil, []BaselineEntry{entry("aaaaaaaa", 0, 0, "")}, false, "leak fails $a=worse"},
		{"no bytes allowed", leaking(a), nil, []BaselineEntry{entry("aaaaaaaa", 1000, 0, "")}, false, "leak fails $a=worse"},
		{"no items allowed", leaking(a), nil, []BaselineEntry{entry("aaaaaaaa", 0, 100_000, "")}, false, "leak fails $a=worse"},
		{"known, half as fast again", leaking(a), nil, []BaselineEntry{entry("aaaaaaaa", 667, 66_700, "")}, false, "clean $a=known"},
		{"more items", leaking(a), nil, []BaselineEntry{entry("aaaaaaaa", 600, 100_000, "")}, false, "leak fails $a=worse"},
		{"more bytes", leaking(a), nil, []BaselineEntry{entry("aaaaaaaa", 1000, 60_000, "")}, false, "leak fails $a=worse"},
		{"few items vary", leaking(b), nil, []BaselineEntry{entry("bbbbbbbb", 5, 500, "")}, false, "clean $b=known"},
		{"few items vary so much", leaking(b), nil, []BaselineEntry{entry("bbbbbbbb", 3, 300, "")}, false, "leak fails $b=worse"},
		{"a string", leaking(text), nil, []BaselineEntry{entry("dddddddd", 0, 40_000, "")}, false, "clean $d=known"},
		{"a string, worse", leaking(text), nil, []BaselineEntry{entry("dddddddd", 0, 30_000, "")}, false, "leak fails $d=worse"},
		{"last day", leaking(a), nil, []BaselineEntry{entry("aaaaaaaa", 1000, 100_000, today)}, false, "clean $a=known"},
		{"expired", leaking(a), nil, []BaselineEntry{entry("aaaaaaaa", 0, 0, "2026-11-21")}, false, "leak fails $a=new expired aaaaaaaa"},
		{"expired, of nothing", leaking(), nil, []BaselineEntry{entry("eeeeeeee", 0, 0, "2026-11-21")}, false, "clean expired eeeeeeee"},
		{"expired, strict", leaking(), nil, []BaselineEntry{entry("eeeeeeee", 0, 0, "2026-11-21")}, true, "clean fails expired eeeeeeee"},
		{"stale", leaking(), nil, []BaselineEntry{entry("eeeeeeee", 0, 0, "")}, false, "clean stale eeeeeeee"},
		{"stale, strict", leaking(), nil, []BaselineEntry{entry("eeeeeeee", 0, 0, "")}, true, "clean fails stale eeeeeeee"},
		{"allowed is not stale", leaking(a), []Rule{allow("$a", "")}, []BaselineEntry{entry("aaaaaaaa", 0, 0, "")}, true, "clean ($a: rule)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := DefaultLimits()
			l.Rules = tt.rules
			var known *Baseline
			if tt.known != nil {
				known = &Baseline{Version: 1, Entries: tt.known}
			}
			before := fmt.Sprintf("%+v", *tt.growth)
			got := Judge(tt.growth, l, known, JudgeOptions{Today: today, Strict: tt.strict})
			if got := briefly(got); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if after := fmt.Sprintf("%+v", *tt.growth); after != before {
				t.Errorf("the growth was changed: %s", after)
			}
		})
	}
}

// TestRulesFindMore: what any rule fails for must be looked for.
func TestRulesFindMore(t *testing.T) {
	l := DefaultLimits()
	l.Rules = []Rule{{Path: "$a", Min: &growth.Rate{Count: 1, Bytes: Unlimited}}, {Path: "$b", Min: &growth.Rate{Count: 100, Bytes: 100}}, {Path: "$c", Allow: true}}
	l.MinCount, l.MinBytes = 1000, 50_000 // for what is found
	if o := l.Options(5); o.MinCount != 1 || o.MinBytes != 100 || o.MemoryLimit != 5 || o.MaxUnexplained != growth.DefaultMaxUnexplained || o.Explicit {
		t.Errorf("%+v", o)
	}
}

func TestApply(t *testing.T) {
	l := DefaultLimits()
	l.MinCount, l.MinBytes = 100, 1000
	unexplained := leaking(growing("aaaaaaaa", "$few", "A", 99, 1))
	unexplained.Unexplained.Grows = true
	doubtful := leaking(growing("aaaaaaaa", "$few", "A", 99, 1))
	doubtful.Verdict = growth.Inconclusive
	for _, tt := range []struct {
		g    *growth.Growth
		want string
	}{
		{leaking(growing("aaaaaaaa", "$few", "A", 99, 10), growing("bbbbbbbb", "$many", "B", 100, 1), growing("cccccccc", "$large", "C", 10, 100)), "leak $many= $large="},
		{leaking(growing("aaaaaaaa", "$few", "A", 99, 10)), "clean"},
		{unexplained, "unexplained"},
		{doubtful, "inconclusive"},
	} {
		l.Apply(tt.g)
		if got := briefly(&Gate{Growth: *tt.g}); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// TestOwner: a rule may name the class of the object that has an array.
// What a suppression names is let pass: lost blocks if rules name all kinds of
// them that grow.
func TestSuppressions(t *testing.T) {
	kind := func(how, shape string) dump.Lost {
		return dump.Lost{How: how, Size: 8192, Shape: shape, Amount: dump.Amount{Blocks: 9, Bytes: 9 * 8192}}
	}
	one := growing("aaaaaaaa", "lost blocks of 8,192 B", "", 9, 8192)
	one.Lost = []dump.Lost{kind(dump.Definitely, "zeros")}
	two := one
	two.Lost = []dump.Lost{kind(dump.Definitely, "zeros"), kind(dump.Possibly, "text")}
	held := growing("bbbbbbbb", "(native: libx.so.2) errors+16", "", 9, 80)
	held.Holder = "libx.so.2: errors+16"
	other := growing("cccccccc", "$c", `App\C`, 9, 80)
	for _, tt := range []struct {
		rules string
		place growth.GrowingPlace
		by    string // the rule; "" if it fails
	}{
		{"size=8192", one, "size=8192"},
		{"size=8192   shape=zeros", two, ""},
		{"size=8192 shape=zeros\nhow=possibly", two, "how=possibly"},
		{"library=libx*\nsymbol=err*", held, "library=libx*"},
		{"library=liby*\nsize=80", held, ""},
		{"library=*", other, ""},
		{"size=8192", other, ""},
	} {
		rules, err := check.ParseSuppressions(strings.NewReader(tt.rules))
		if err != nil {
			t.Fatal(err)
		}
		l := DefaultLimits()
		l.Suppressions = rules
		wantGate, wantGrowth := "leak fails "+tt.place.Path+"=new", growth.Leaking
		if tt.by != "" {
			wantGate, wantGrowth = "clean ("+tt.place.Path+": suppressed by "+tt.by+")", growth.CleanSeries
		}
		if got := briefly(Judge(leaking(tt.place), l, nil, JudgeOptions{Today: today})); got != wantGate {
			t.Errorf("%q: %s, want %s", tt.rules, got, wantGate)
		}
		g := leaking(tt.place)
		if l.Apply(g); g.Verdict != wantGrowth || len(g.Growing) > 0 != (tt.by == "") {
			t.Errorf("%q: growth is %s with %d places", tt.rules, g.Verdict, len(g.Growing))
		}
	}
}

func TestOwner(t *testing.T) {
	w := growing("aaaaaaaa", "$pool->items", `App\Product`, 1000, 100)
	w.Trace = []analysis.PathStep{{Item: analysis.Item{Class: `App\Kernel`}}, {Item: analysis.Item{Class: `App\Pool`}}, {Item: analysis.Item{Type: "array"}}}
	for class, want := range map[paths.Glob]bool{`App\Pool`: true, `App\Product`: true, `App\Kernel`: false, "array": false} {
		r := Rule{Class: class}
		if got := r.matches(&w); got != want {
			t.Errorf("%s: %v", class, got)
		}
	}
}

// TestPHPUnit: fixtures pass that every test case has, and PHPUnit's records;
// what grows in one case, or in a static, does not.
func TestPHPUnit(t *testing.T) {
	const suite = `PHPUnit\TextUI\TestRunner->run() $suite->tests[*]`
	place := func(path, owner, holds string, places, largest, from, to uint64) growth.GrowingPlace {
		w := growing("aaaaaaaa", path, holds, float64(to-from)/2, 100)
		w.Places, w.Counts, w.Bytes = places, []uint64{from, (from + to) / 2, to}, []uint64{from * 100, 0, to * 100}
		w.Example.Item = analysis.Item{ID: "0x1", Type: "array", ChildrenCount: largest}
		w.Trace = []analysis.PathStep{{Item: analysis.Item{Class: `PHPUnit\Framework\TestSuite`}}, {Item: analysis.Item{Class: owner}}}
		return w
	}
	// In a property of each case stands a string of 100 bytes.
	text := place(suite+"->output", "LeakyTest", "", 30, 0, 200, 200)
	text.Kind, text.Holds = analysis.Kind{Type: "string"}, analysis.Kind{Type: "string"}
	text.Example.Item = analysis.Item{ID: "0x1", Type: "string", Size: 116}
	text.Bytes = []uint64{1000, 2000, 3000}
	text.PerInterval = growth.Rate{Bytes: 100_000}
	oneText := text
	oneText.Bytes, oneText.Example.Item.Size = []uint64{1000, 51_000, 101_000}, 100_000
	// Each case has an object in a property, a kernel say, with an array each.
	own := place(suite+"->kernel->services", `App\Kernel`, "", 30, 40, 10, 30)
	own.Holds = own.Kind
	tests := []struct {
		name string
		w    growth.GrowingPlace
		want bool // allowed
	}{
		{"fixtures", place(suite+"->fixture", "LeakyTest", "ArrayObject", 30, 50, 500, 1500), true},
		{"of suites in suites", place(`PHPUnit\Framework\TestSuite->run() $result->topTestSuite->tests[*]->tests[*]->fixture`, "LeakyTest", "ArrayObject", 30, 50, 500, 1500), true},
		{"below a fixture", own, true},
		{"one case", place(suite+"->kernel->repo->identity", `App\Repo`, `App\Product`, 1, 3000, 1000, 3000), false},
		{"one case of several", place(suite+"->kernel->repo->identity", `App\Repo`, `App\Product`, 200, 2050, 10_000, 12_000), false},
		{"strings", text, true},
		{"one string", oneText, false},
		{"no example", func() growth.GrowingPlace {
			w := place(suite+"->fixture", "LeakyTest", "ArrayObject", 30, 50, 500, 1500)
			w.Example = analysis.Place{}
			return w
		}(), false},
		{"static", place(`LeakyTest::$registry`, "", "LeakyTest", 1, 200, 0, 200), false},
		{"static of many", place(`LeakyTest::$registry[*]->fixture`, "LeakyTest", "ArrayObject", 200, 50, 0, 10_000), false},
		{"running test", place(`PHPUnit\Framework\TestSuite->run() $test->client->history`, `App\Client`, `App\Call`, 1, 3000, 0, 3000), false},
		{"variable of a test", place(`LeakyTest->testPool() $pool->tests[*]->items`, `App\Pool`, `App\Item`, 10, 10, 0, 1000), false},
		{"results", place(`PHPUnit\TextUI\TestRunner->run() $result->passed`, `PHPUnit\Framework\TestResult`, "", 1, 200, 0, 200), true},
		{"annotations", place(`PHPUnit\Util\Annotation\Registry::$instance->methodDocBlocks`, `PHPUnit\Util\Annotation\Registry`, "", 1, 200, 0, 200), true},
		{"listener of the program", place(`PHPUnit\Event\Facade::$instance->subscribers[*]->seen`, `App\Log`, "", 1, 200, 0, 200), false},
	}
	l := DefaultLimits()
	l.Rules = PHPUnitRules()
	for _, tt := range tests {
		g := Judge(leaking(tt.w), l, nil, JudgeOptions{})
		if got := len(g.Ignored) == 1; got != tt.want || g.Failed == tt.want {
			t.Errorf("%s: %s", tt.name, briefly(g))
		}
	}
}

// TestBaselineOf: what was accepted passes, and fails when it grows twice as
// fast; what else grows fails.
func TestBaselineOf(t *testing.T) {
	g := leaking(growing("bbbbbbbb", "$b", "B", 1037.5, 205), growing("aaaaaaaa", "$a", "A", 2, 1), growing("bbbbbbbb", "$b", "B2", 12, 10))
	g.Growing[1].PerInterval = growth.Rate{Count: -3, Bytes: 99_001} // a string instead of items
	b := BaselineOf(g, "because")
	want := []BaselineEntry{
		{Fingerprint: "aaaaaaaa", Path: "$a", Holds: "A", Count: 0, Bytes: 100_000, Reason: "because"},
		{Fingerprint: "bbbbbbbb", Path: "$b", Holds: "B", Count: 1100, Bytes: 220_000, Reason: "because"},
	}
	if !slices.Equal(b.Entries, want) {
		t.Errorf("got  %+v\nwant %+v", b.Entries, want)
	}
	if err := b.Check(); err != nil {
		t.Error(err)
	}
	l := DefaultLimits()
	if g := Judge(g, l, b, JudgeOptions{Strict: true}); g.Failed {
		t.Error(briefly(g))
	}
	g.Growing[0].PerInterval = growth.Rate{Count: 2075, Bytes: 2 * 205 * 1037.5}
	if g := Judge(g, l, b, JudgeOptions{}); !g.Failed {
		t.Error(briefly(g))
	}
}

func TestInherit(t *testing.T) {
	entry := func(f, reason, expires string) BaselineEntry {
		return BaselineEntry{Fingerprint: f, Path: f, Count: 1, Reason: reason, Expires: expires}
	}
	b := &Baseline{Entries: []BaselineEntry{entry("a", "new", ""), entry("b", "new", ""), entry("c", "new", "")}}
	old := &Baseline{Entries: []BaselineEntry{entry("b", "known", "2027-01-31"), entry("c", "known", "2026-01-31"), entry("d", "gone", "")}}
	old.Entries[0].Count = 7
	if gone := b.Inherit(old, today); gone != 1 {
		t.Errorf("%d are gone, not 1", gone)
	}
	want := []BaselineEntry{entry("a", "new", ""), entry("b", "known", "2027-01-31"), entry("c", "new", "")}
	if !slices.Equal(b.Entries, want) {
		t.Errorf("got  %+v\nwant %+v", b.Entries, want)
	}
}

func TestBaselineCheck(t *testing.T) {
	good := BaselineEntry{Fingerprint: "a3f9c1e2", Reason: "why", Count: 1}
	with := func(change func(e *BaselineEntry)) BaselineEntry {
		e := good
		change(&e)
		return e
	}
	tests := []struct {
		version int
		entries []BaselineEntry
		says    string
	}{
		{1, nil, ""},
		{1, []BaselineEntry{good}, ""},
		{1, []BaselineEntry{with(func(e *BaselineEntry) { e.Expires = "2028-02-29" })}, ""},
		{0, nil, "version"},
		{2, nil, "newer"},
		{1, []BaselineEntry{good, good}, "entry 2: fingerprint a3f9c1e2 is there twice"},
		{1, []BaselineEntry{with(func(e *BaselineEntry) { e.Fingerprint = "a3f9c1e" })}, "no fingerprint"},
		{1, []BaselineEntry{with(func(e *BaselineEntry) { e.Fingerprint = "a3f9c1eX" })}, "no fingerprint"},
		{1, []BaselineEntry{with(func(e *BaselineEntry) { e.Reason = " \n" })}, "no reason"},
		{1, []BaselineEntry{with(func(e *BaselineEntry) { e.Expires = "2027-02-30" })}, "no date"},
		{1, []BaselineEntry{with(func(e *BaselineEntry) { e.Count = -1 })}, "rate"},
		{1, []BaselineEntry{with(func(e *BaselineEntry) { e.Bytes = math.Inf(1) })}, "rate"},
	}
	for _, tt := range tests {
		b := &Baseline{tt.version, tt.entries}
		err := b.Check()
		if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%+v: %v, want %q", b, err, tt.says)
		}
	}
}

func TestRoundUp(t *testing.T) {
	for x, want := range map[float64]float64{0: 0, -5: 0, 0.2: 1, 3: 3, 3.1: 4, 99.5: 100, 100: 100, 101: 110, 1000: 1000, 205_312: 210_000, math.Inf(1): 0} {
		if got := roundUp(x); got != want {
			t.Errorf("%v: %v, want %v", x, got, want)
		}
	}
	if got := roundUp(math.NaN()); got != 0 {
		t.Errorf("NaN: %v", got)
	}
}

// TestAllows: rates are measured, so an entry allows a part more, the larger
// the fewer items there are in fewer intervals.
func TestAllows(t *testing.T) {
	tests := []struct {
		allowed   growth.Rate
		intervals int
		most      float64 // items; one more is too many
	}{
		{growth.Rate{Count: 1000, Bytes: 100_000}, 4, 1500},
		{growth.Rate{Count: 1000, Bytes: 100_000}, 1, 1500},
		{growth.Rate{Count: 20, Bytes: 2000}, 1, 38}, // + 3 √(2·20)
		{growth.Rate{Count: 20, Bytes: 2000}, 2, 33}, // + 3 √(2·20/2)
		{growth.Rate{Count: 20, Bytes: 2000}, 9, 30}, // + half
		{growth.Rate{Count: 4, Bytes: 400}, 9, 9},    // + the limit
	}
	for _, tt := range tests {
		e := BaselineEntry{Count: tt.allowed.Count, Bytes: tt.allowed.Bytes}
		limit := growth.Rate{Count: 5, Bytes: 500}
		for more, want := range map[float64]bool{0: true, 1: false} {
			if got := e.allows(growth.Rate{Count: tt.most + more, Bytes: 1}, tt.intervals, limit); got != want {
				t.Errorf("%+v in %d: %v items: %v", tt.allowed, tt.intervals, tt.most+more, got)
			}
			// The same in bytes, at 100 an item.
			if got := e.allows(growth.Rate{Count: 1, Bytes: (tt.most + more) * 100}, tt.intervals, limit); got != want {
				t.Errorf("%+v in %d: %v bytes: %v", tt.allowed, tt.intervals, (tt.most+more)*100, got)
			}
		}
	}
}
