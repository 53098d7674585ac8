package check

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/internal/dumptest"
	"memtrail/zend"
)

func checked(t testing.TB, text []byte) *Check {
	t.Helper()
	g, info := dumptest.Build(t, text)
	return Dump(g, info, zend.Auto, nil)
}

// TestCheckDumps has for each dump what a look into it with other tools told.
func TestCheckDumps(t *testing.T) {
	for _, tt := range []struct {
		dump    string
		verdict analysis.Verdict
		php     string
		counts  string // items, roots, edges, weak
		flaws   []string
		lost    string
		share   float64 // at least, and less than a hundredth more
		causes  []CauseKind
	}{
		{dump: "example.json", verdict: analysis.Doubtful, php: "7.4–8.4", counts: "260 13 248 0", share: 1.002},
		{dump: "talk-1k.json.gz", verdict: analysis.Sound, php: "8.2–8.4", counts: "4061 11 4053 0", share: 0.982},
		{dump: "ffi-trailing-comma.json", verdict: analysis.Sound, php: "7.4–8.4", counts: "12 10 2 0", share: 0.996,
			flaws: []string{`trailing_comma 1 1725 "FFI\\CType 0x7f15abc74080"`}},
		{dump: "undef-number-type.json", verdict: analysis.Doubtful, php: "7.4–8.4", counts: "10 9 1 0", share: 1.008,
			flaws: []string{`odd_type 4 1002 "type \"number\" of 0x7f4ed2214070"`}},
		{dump: "closure-address-reuse.json", verdict: analysis.Doubtful, php: "7.4–8.4", counts: "27 16 16 1", share: 0.984,
			flaws: []string{
				`odd_type 2 1002 "type \"number\" of 0x7ff1faa14070"`,
				`address_reuse 5 -1 "Closure 0x7ff1faa89780~>static leads to 0x7ff1faa6a440"`,
			}, lost: "[{ArrayObject 2 2} {SplObjectStorage 2 2} {Closure 1 1}]"},
		{dump: "weird.json.gz", verdict: analysis.Doubtful, php: "8.2–8.4", counts: "3268 54 6292 1", share: 0.992,
			flaws: []string{
				`odd_type 7 1913 "type \"number\" of 0x7f1826c5dae8"`,
				`raw_bytes 3 13920 "\"\\xFF\\xFE\" in array 0x7f1826c03208"`,
				`duplicate_key 3 858 "key \"dup\" of Child 0x7f1826c5daa0"`,
				`address_reuse 64 -1 "Closure 0x7f1826c91780~>static leads to 0x7f1826cd0fc0"`,
			}, lost: "[{Closure 50 50} {ArrayObject 2 2} {SplPriorityQueue 1 3} {SplDoublyLinkedList 1 2} " +
				"{array 0 3} {SplMinHeap 0 2} {Magic 0 1} {SplFixedArray 0 1}]"},
		{dump: "phpunit.json.gz", verdict: analysis.Doubtful, php: "7.4–8.4", counts: "21505 7 31309 0", share: 0.522,
			flaws:  []string{`address_reuse 9800 -1 "ArrayObject 0x7f8d1e14d158~>storage leads to 0x7f8d1e062300"`},
			lost:   "[{ArrayObject 9800 9800}]",
			causes: []CauseKind{LostTables, CompiledCode, PropertyTables, Cycles, HiddenRoots, Extensions}},
		{dump: "truncated-memory-limit.json.gz", verdict: analysis.Incomplete, php: "7.4–8.4", counts: "46705 8 65035 0", share: 0.534,
			flaws: []string{
				`truncated 1 8427845 ""`,
				`dangling_child 18337 -1 "array 0x7f6797213070[11663] leads to 0x7f6797328ae0"`,
			}, causes: []CauseKind{CutOff, CompiledCode, PropertyTables, Cycles, HiddenRoots, Extensions}},
	} {
		t.Run(tt.dump, func(t *testing.T) {
			c := checked(t, dumptest.Load(t, tt.dump))
			if c.Verdict != tt.verdict || c.Producer != "php-meminfo" || c.PHP != tt.php {
				t.Errorf("%s, %s, PHP %s (%s)", c.Verdict, c.Producer, c.PHP, c.PHPWhy)
			}
			if got := fmt.Sprint(c.Items, c.Roots, c.Edges, c.Weak); got != tt.counts {
				t.Errorf("counts %s, want %s", got, tt.counts)
			}
			var flaws []string
			for _, f := range c.Flaws {
				flaws = append(flaws, fmt.Sprintf("%s %d %d %q", f.Kind, f.Count, f.First, f.Example))
			}
			if !slices.Equal(flaws, tt.flaws) {
				t.Errorf("flaws\n%s\nwant\n%s", strings.Join(flaws, "\n"), strings.Join(tt.flaws, "\n"))
			}
			if got := fmt.Sprint(c.Lost); got != tt.lost && (tt.lost != "" || len(c.Lost) > 0) {
				t.Errorf("lost %s, want %s", got, tt.lost)
			}
			b := c.Balance
			if b.Share < tt.share || b.Share >= tt.share+0.01 {
				t.Errorf("explained %.4f, want %.3f", b.Share, tt.share)
			}
			if sum := int64(c.Spent.Total()+b.ObjectTable+b.Baseline) + b.Unexplained; sum != int64(b.MemoryUsage) {
				t.Errorf("the parts of %d add up to %d", b.MemoryUsage, sum)
			}
			var causes []CauseKind
			for _, cause := range b.Causes {
				causes = append(causes, cause.Kind)
			}
			if !slices.Equal(causes, tt.causes) {
				t.Errorf("causes %v, want %v", causes, tt.causes)
			}
			consistent(t, c)
		})
	}
}

// consistent holds the parts of the bounds against the whole, and all against
// what the model takes.
func consistent(t *testing.T, c *Check) {
	t.Helper()
	var modelled, low, high uint64
	for _, p := range c.Bounds.Parts {
		modelled, low, high = modelled+p.Modelled, low+p.Low, high+p.High
		if p.Low > p.Modelled || p.High < p.Modelled && !p.Open {
			t.Errorf("%s cost %d, which is not within %d and %d", p.Type, p.Modelled, p.Low, p.High)
		}
	}
	if modelled > c.Spent.Total() || low > c.Bounds.Low || high > c.Bounds.High || c.Bounds.Low > c.Spent.Total() {
		t.Errorf("bounds %+v of %d", c.Bounds, c.Spent.Total())
	}
}

// TestCheckSizes looks at the dumps whose truth is known: what PHP had is
// within the bounds, and where the model must be wrong, the cause is named.
func TestCheckSizes(t *testing.T) {
	files, err := filepath.Glob(dumptest.Path("sizes", "*.json.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no dumps: %v", err)
	}
	hopeless := map[string]struct {
		cause CauseKind
		part  string
		why   string
	}{
		"grown_then_shrunk.json.gz": {ShrunkArrays, "arrays", "keep the room that they had"},
		"shared_strings.json.gz":    {SharedStrings, "strings", "may be one string"},
		"array_object.json.gz":      {LostTables, "objects", "contents of some objects are missing"},
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			c := checked(t, dumptest.Load(t, filepath.Join("sizes", name)))
			consistent(t, c)
			b := c.Balance
			rest := b.MemoryUsage - b.ObjectTable - b.Baseline
			// The compiled script is in the rest: some tens of KB.
			if rest < c.Bounds.Low || rest > c.Bounds.High+evenWithin && !c.Bounds.Open {
				t.Errorf("%d, which is not within %d and %d", rest, c.Bounds.Low, c.Bounds.High)
			}
			h, ok := hopeless[name]
			if !ok {
				for _, cause := range b.Causes {
					if cause.Kind == ShrunkArrays || cause.Kind == SharedStrings {
						t.Errorf("cause %s", cause.Kind)
					}
				}
				return
			}
			if len(b.Causes) == 0 || b.Causes[0].Kind != h.cause {
				t.Errorf("causes %v, want %s first", b.Causes, h.cause)
			}
			i := slices.IndexFunc(c.Bounds.Parts, func(p PartBounds) bool { return p.Type == h.part })
			if !strings.Contains(strings.Join(c.Bounds.Parts[i].Why, "\n"), h.why) {
				t.Errorf("%s: why %q", h.part, c.Bounds.Parts[i].Why)
			}
		})
	}
}

// TestCheckFlaws builds dumps with one flaw each.
func TestCheckFlaws(t *testing.T) {
	const header = `"header":{"memory_usage":400000,"memory_usage_real":2097152,"peak_memory_usage":400001,"peak_memory_usage_real":2097152}`
	object := func(id, children string) string {
		return `"` + id + `":{"type":"object","size":"72","is_root":true,"frame":"f()","symbol_name":"x","class":"A\\B","object_handle":"1","children":{` + children + `}}`
	}
	for _, tt := range []struct {
		name, text string
		verdict    analysis.Verdict
		producer   string
		flaw       string
	}{
		{"sound", `{` + header + `,"items":{` + object("0x10", "") + `}}`, analysis.Sound, "php-meminfo", ""},
		{"no header", `{"items":{` + object("0x10", "") + `}}`, analysis.Sound, "php-meminfo", ""},
		{"no items", `{` + header + `,"items":{}}`, analysis.Sound, "php-meminfo", ""},
		{"dangling", `{` + header + `,"items":{` + object("0x10", `"a b":"0x20","c":"0x20"`) + `}}`, analysis.Sound, "php-meminfo",
			`dangling_child 2 "A\\B 0x10->{\"a b\"} leads to 0x20"`},
		{"duplicates", `{` + header + `,"items":{` + object("0x10", "") + `,` + object("0x10", "") + `}}`, analysis.Sound, "php-meminfo",
			`duplicate_id 1 "A\\B 0x10"`},
		{"damaged", `{` + header + `,"items":{` + object("0x10", `"a":[1]`) + `}}`, analysis.Damaged, "php-meminfo", ``},
		{"reli", `{` + header + `,"items":{` + object("0x1000000000000000", "") + `}}`, analysis.Sound, "reli", ""},
		{"reli, whose objects have addresses", `{` + header + `,"items":{` + object("0x7f0000000010", `"n":"0x1000000000000007"`) +
			`,"0x1000000000000007":{"type":"int","size":"16","is_root":false}}}`, analysis.Sound, "reli", ""},
		{"PHP 5", `{` + header + `,"items":{"0x10":{"type":"array","size":"72","children":{}}}}`, analysis.Sound, "php-meminfo 0.3 (PHP 5)", ""},
		{"fork", `{` + header + `,"items":{"0x10":{"type":"array","size":"72","is_root":true,"frame":"<STATIC_VARIABLE(C::m)>","children":{}}}}`,
			analysis.Sound, "a fork of php-meminfo", ""},
		{"no size", `{` + header + `,"items":{"0x10":{"type":"array","is_root":true,"frame":"f()","size":"many","children":{}}}}`,
			analysis.Sound, "php-meminfo", `bad_size 1 "array 0x10"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := checked(t, []byte(tt.text))
			if c.Verdict != tt.verdict || c.Producer != tt.producer {
				t.Errorf("%s by %s, want %s by %s", c.Verdict, c.Producer, tt.verdict, tt.producer)
			}
			if (c.Balance == nil) != (tt.name == "no header") {
				t.Errorf("balance %+v", c.Balance)
			}
			if c.Real != (tt.producer == "reli") {
				t.Errorf("real sizes: %v", c.Real)
			}
			var got []string
			for _, f := range c.Flaws {
				got = append(got, fmt.Sprintf("%s %d %q", f.Kind, f.Count, f.Example))
			}
			if s := strings.Join(got, "\n"); s != tt.flaw && tt.verdict != analysis.Damaged {
				t.Errorf("flaws %s, want %s", s, tt.flaw)
			}
		})
	}
}

// TestCheckCauses looks at what is suggested for balances of all kinds.
func TestCheckCauses(t *testing.T) {
	text := string(dumptest.Load(t, "example.json")) // 408096 of which all is explained
	for _, tt := range []struct {
		usage string
		want  []CauseKind
	}{
		{"408096", nil},
		{"440000", nil}, // builds differ by that much
		{"40809600", []CauseKind{CompiledCode, Cycles, HiddenRoots, Extensions}},
		{"300000", []CauseKind{OtherVersion}},
		{"18446744073709551615", []CauseKind{CompiledCode, Cycles, HiddenRoots, Extensions}},
	} {
		c := checked(t, []byte(strings.Replace(text, `"memory_usage" : 408096`, `"memory_usage" : `+tt.usage, 1)))
		var got []CauseKind
		if c.Balance != nil {
			for _, cause := range c.Balance.Causes {
				got = append(got, cause.Kind)
			}
		}
		if !slices.Equal(got, tt.want) && c.Balance != nil {
			t.Errorf("memory_usage %s: %v, want %v", tt.usage, got, tt.want)
		}
	}
}

// TestCheckTalk holds the balance of the largest dump whose truth is known
// against it, where that dump is at hand.
func TestCheckTalk(t *testing.T) {
	text, err := os.ReadFile(os.Getenv("TALK_DUMP"))
	if err != nil {
		t.Skip("TALK_DUMP names no dump")
	}
	if c := checked(t, text); c.Balance.Share < 0.99 || c.Balance.Share > 1.01 {
		t.Errorf("explained %.4f", c.Balance.Share)
	}
}
