package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/internal/cases"
)

func TestConfig(t *testing.T) {
	c, err := parseConfig([]byte(`
# a comment
min_growth:
  objects: 10
  bytes: 64KB
max_unexplained_growth: 1M
memory_limit: 256M
baseline: known/leaks.json
suppressions: native.txt
allow: []
rules:
  - path: '$kernel->cache[*]'
    allow: true
    reason: cleared at night
  - class: App\Product
    min_growth: {bytes: 1.5 MiB}
  - {path: "*::$loaded", class: 'array', allow: false}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := &config{
		limits: gate.Limits{
			MinCount: 10, MinBytes: 64 << 10, MaxUnexplained: 1 << 20, Explicit: true,
			Rules: []gate.Rule{
				{Path: "$kernel->cache[*]", Allow: true, Reason: "cleared at night"},
				{Class: `App\Product`, Min: &growth.Rate{Count: gate.Unlimited, Bytes: 1.5 * (1 << 20)}, Reason: "within the limits of rule 2 of the configuration"},
				{Path: "*::$loaded", Class: "array"},
			},
		},
		memoryLimit: 256 << 20, baseline: "known/leaks.json", suppressions: "native.txt",
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	for _, text := range []string{"", "# nothing\n", "---\n", "rules: []\n", "rules:\n", "min_growth:\n"} {
		if c, err := parseConfig([]byte(text)); err != nil || !reflect.DeepEqual(c, newConfig()) {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
}

// TestConfigErrors has a row for each mistake; what is said has its line.
func TestConfigErrors(t *testing.T) {
	tests := []struct{ name, text, says string }{
		{"unknown key", "baseline: x\nmin_groth: {}\n", `line 2: unknown field "min_groth"`},
		{"unknown key inside", "min_growth:\n  objects: 1\n  byte: 2\n", `line 3: unknown field "byte"`},
		{"unknown key of a rule", "rules:\n- path: x\n  allowed: true\n", `line 3: unknown field "allowed"`},
		{"key twice", "baseline: x\nmemory_limit: 1M\nbaseline: y\n", "line 3: "},
		{"no number", "\nmin_growth:\n  objects: many\n", `line 3: min_growth: objects: "many" is no number`},
		{"negative", "min_growth: {objects: -5}", `line 1: min_growth: objects: "-5" is no number`},
		{"no size", "min_growth:\n  bytes: 64KX\n", `line 2: min_growth: bytes: "64KX" is no number of bytes`},
		{"size in a list", "min_growth:\n  bytes: [1]\n", "line 2: "},
		{"true for a size", "max_unexplained_growth: true\n", "line 1: "},
		{"no memory limit", "memory_limit: 0\n", "line 1: memory_limit: "},
		{"no shipped rules", "allow:\n- phpunit\n- pest\n", `line 3: allow: there are no rules called "pest"`},
		{"rule without anything", "rules:\n- reason: x\n  allow: true\n", "rule 1 names neither"},
		{"no rule", "rules:\n-\n", "rule 1 is empty"},
		{"no reason", "rules:\n- path: x\n- path: y\n", ""},
		{"allowed without a reason", "rules:\n- path: x\n- path: y\n  allow: true\n", "line 3: rule 2 allows without a reason"},
		{"allowed within limits", "rules:\n- path: x\n  allow: true\n  reason: z\n  min_growth: {objects: 3}\n", "line 2: rule 1 has allow and min_growth"},
		{"allow is no boolean", "rules:\n- path: x\n  allow: perhaps\n", `line 3: "perhaps" is neither true nor false`},
		{"rules are no list", "rules: all\n", "line 1: this is a single value, it must be a list"},
		{"allow is a list", "rules:\n- path: x\n  allow: [true]\n", "line 3: "},
		{"rules are keys", "rules: {path: x}\n", "line 1: this is keys with values, it must be a list"},
		{"growth is a number", "min_growth: 5\n", "line 1: this is a single value, it must be keys with values"},
		{"rule is a number", "rules: [5]\n", "line 1: "},
		{"a tag", "!!binary x\n", "line 1: "},
		{"alias for a glob", "rules:\n- path: *::$loaded\n", "line 2: "},
		{"no YAML", "{", "line 1: "},
		{"text", "hello\n", "line 1: "},
		{"tab", "min_growth:\n\tobjects: 1\n", "line 2: "},
		{"tag without a value", "rules: ! ", "no YAML that can be read"},
		{"two documents", "baseline: x\n---\nbaseline: y\n", "several documents"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseConfig([]byte(tt.text))
			if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%v, want %q", err, tt.says)
			}
			if err != nil && goWords.MatchString(err.Error()) {
				t.Errorf("not for users: %v", err)
			}
		})
	}
}

// FuzzConfig: no file makes the parser panic or hang.
func FuzzConfig(f *testing.F) {
	f.Add([]byte("min_growth:\n  objects: 10\nrules:\n- path: 'x'\n  allow: true\n  reason: y\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("rules: [{path: !!str x, class: |\n  y\n}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<10 {
			return
		}
		c, err := parseConfig(text)
		if err != nil && strings.Contains(err.Error(), "unmarshal") {
			t.Error(err)
		}
		if err == nil && (math.IsNaN(c.limits.MinCount) || c.limits.MinBytes < 0) {
			t.Errorf("%+v", c)
		}
	})
}

func TestReadConfig(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if c, err := readConfig(""); err != nil || c.limits.Explicit {
		t.Errorf("without a file: %+v, %v", c, err)
	}
	if _, err := readConfig("x.yml"); err == nil || !strings.Contains(err.Error(), "x.yml: no such file") {
		t.Errorf("%v", err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("ci", 0o700); err != nil {
		t.Fatal(err)
	}
	// A baseline is named as seen from the file that names it.
	write("ci/x.yml", "baseline: leaks.json\n")
	if c, err := readConfig("ci/x.yml"); err != nil || c.baseline != filepath.Join("ci", "leaks.json") {
		t.Errorf("%+v, %v", c, err)
	}
	write(configFile, "min_growth: {objects: 7}\n")
	if c, err := readConfig(""); err != nil || c.limits.MinCount != 7 || c.limits.MinBytes != growth.DefaultMinBytes || !c.limits.Explicit {
		t.Errorf("%+v, %v", c, err)
	}
	write(configFile, strings.Repeat("[", maxConfig+1))
	if _, err := readConfig(""); err == nil || !strings.Contains(err.Error(), "larger than 32 KiB") {
		t.Errorf("%v", err)
	}
	// As deep as the size lets it be, which takes a second.
	for _, deep := range cases.Sample([]string{"- ", "[", "{a: "}, 1, 0) {
		write(configFile, strings.Repeat(deep, cases.Number(maxConfig/8, maxConfig)/len(deep)))
		if _, err := readConfig(""); err == nil {
			t.Errorf("%q repeated is read", deep)
		}
	}
}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]float64{
		"0": 0, "65536": 65536, "64KB": 64 << 10, "64kb": 64 << 10, "64K": 64 << 10, "64 KiB": 64 << 10, "256M": 256 << 20, "1.5G": 1.5 * (1 << 30),
		"1T": 1 << 40, "12B": 12, " 7 ": 7,
		"": -1, "K": -1, "x": -1, "-1": -1, "1e3": -1, "0x10": -1, "Inf": -1, "NaN": -1, "1.2.3": -1, "9999999999999999999999": -1, "1 000": -1, "5KBB": -1,
	} {
		if got, err := parseBytes(text); (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if v, err := parseUnexplained("-1"); err != nil || v != math.MaxUint64 {
		t.Errorf("-1: %v, %v", v, err)
	}
	if v, err := parseMemoryLimit("-1"); err != nil || v != 0 {
		t.Errorf("-1: %v, %v", v, err)
	}
}

// TestBaselineErrors: what is damaged is told with its place, and never taken
// for an empty baseline.
func TestBaselineErrors(t *testing.T) {
	entry := `{"fingerprint":"a3f9c1e2","path":"$a","count_per_interval":1,"bytes_per_interval":2,"reason":"x"%s}`
	file := func(entries ...string) string {
		return `{"version":1,"entries":[` + strings.Join(entries, ",") + `]}`
	}
	tests := []struct{ name, text, says string }{
		{"good", file(fmt.Sprintf(entry, "")), ""},
		{"without entries", `{"version":1}`, ""},
		{"empty", " \n", "empty, not a baseline"},
		{"another document", `{"suspects":[]}`, `no "version": not a baseline`},
		{"a list", `[]`, "not a baseline"},
		{"cut", file(fmt.Sprintf(entry, ""))[:60], "no JSON from byte 60 on"},
		{"merge conflict", "{\"version\":1,\n<<<<<<< HEAD\n\"entries\":[]}", "no JSON from byte 14 on"},
		{"behind the end", file() + "x", "no JSON from byte 26 on"},
		{"newer", `{"version":2,"entries":[],"strategy":"new"}`, "version 2, newer than version 1"},
		{"version is text", `{"version":"1"}`, "at byte 11: a value of the wrong kind, it must be a whole number"},
		{"count is text", file(`{"fingerprint":"a3f9c1e2","count_per_interval":"many"}`), "a value of the wrong kind, it must be a number"},
		{"entries are one", `{"version":1,"entries":{}}`, "it must be a list"},
		{"an entry is text", file(`"a3f9c1e2"`), "it must be an object"},
		{"zero", file(`{"fingerprint":"a3f9c1e2","count_per_interval":0,"bytes_per_interval":0,"reason":"x"}`), "entry 1: a3f9c1e2 allows no growth"},
		{"no rate", file(`{"fingerprint":"a3f9c1e2","reason":"x"}`), "entry 1: a3f9c1e2 allows no growth"},
		{"misspelt key", file(fmt.Sprintf(entry, `,"expire":"2027-01-31"`)), `unknown key "expire"`},
		{"no fingerprint", file(`{"fingerprint":"xyz"}`), `entry 1: "xyz" is no fingerprint`},
		{"no reason", file(`{"fingerprint":"a3f9c1e2"}`), "entry 1: a3f9c1e2 has no reason"},
		{"no date", file(fmt.Sprintf(entry, `,"expires":"soon"`)), `"soon", which is no date`},
		{"twice", file(fmt.Sprintf(entry, ""), fmt.Sprintf(entry, "")), "entry 2: fingerprint a3f9c1e2 is there twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := parseBaseline([]byte(tt.text))
			if tt.says == "" && (err != nil || b == nil) || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%v, want %q", err, tt.says)
			}
			if err != nil && goWords.MatchString(err.Error()) {
				t.Errorf("not for users: %v", err)
			}
		})
	}
}

// goWords are those of the implementation.
var goWords = regexp.MustCompile(`struct|int64|float64|json:|strconv|unmarshal|interface|analysis\.|config(Keys|Rules)|yaml:`)

// TestWriteBaseline: what is written is read again, and writing it once more
// changes nothing.
func TestWriteBaseline(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "leaks.json")
	b := &gate.Baseline{Version: 1}
	b.Accept(gate.BaselineEntry{Fingerprint: "bbbbbbbb", Path: "$b->\"<x>&\x00\xff", Holds: `App\B`, Count: 0.5, Bytes: 1e21, Reason: "é", Expires: "2027-01-31"})
	b.Accept(gate.BaselineEntry{Fingerprint: "aaaaaaaa", Path: "$c", Count: 1, Reason: "because"})
	b.Accept(gate.BaselineEntry{Fingerprint: "cccccccc", Path: "$a", Bytes: 1, Reason: "because"})
	var before string
	for range 2 {
		if err := writeBaseline(path, b); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if before != "" && string(text) != before {
			t.Errorf("was\n%s\nis\n%s", before, text)
		}
		before = string(text)
		if b, err = readBaseline(path); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.Entries) != 3 || b.Entries[0].Path != "$a" || b.Entries[1].Bytes != 1e21 || !strings.HasSuffix(before, "}\n") || !strings.Contains(before, "->") {
		t.Errorf("%+v\n%s", b, before)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%v", files)
	}
	if err := writeBaseline(filepath.Join(dir, "none", "leaks.json"), b); err == nil || strings.Contains(err.Error(), "-*") {
		t.Errorf("%v", err)
	}
}
