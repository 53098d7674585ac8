package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"strings"
	"testing"
	"unicode/utf8"
)

// status gives a place one.
func status(w growth.GrowingPlace, s growth.Status, why string) growth.GrowingPlace {
	w.Status, w.Reason = s, why
	return w
}

func gateResults() map[string]*gate.Gate {
	entries := []gate.BaselineEntry{{Fingerprint: "00000001", Path: "$queue->jobs", Holds: `App\Job`, Count: 10, Bytes: 1000, Reason: "see #12"}}
	expired := []gate.BaselineEntry{{Fingerprint: "00000002", Path: "$old", Reason: "soon gone", Expires: "2026-01-31"}}

	fails := &gate.Gate{Growth: *growthOf(6, status(pool(6), growth.NewLeak, ""), status(logged(6), growth.KnownLeak, "cleared at night")), Failed: true}
	fails.Exhaustion = growth.Exhaustion{Limit: 128 << 20, Intervals: 230}
	worse := &gate.Gate{Growth: *hiddenGrowth(growthOf(6, status(listeners(6), growth.WorseLeak, ""))), Failed: true,
		Ignored: []growth.GrowingPlace{status(logged(6), "", "fixtures of PHPUnit")}, Stale: entries, Expired: expired, Baseline: "ci/it's leaks.json"}
	known := &gate.Gate{Growth: *growthOf(6, status(pool(6), growth.KnownLeak, "cleared at night")), Stale: entries, Baseline: "leaks.json"}
	known.Verdict = growth.CleanSeries
	strict := &gate.Gate{Growth: *growthOf(6), Failed: true, Strict: true, Stale: entries, Expired: expired, Baseline: "leaks.json"}
	odd := oddPlace(badName)
	odd.Fingerprint = "deadbeef"
	bad := &gate.Gate{Growth: *growthOf(4, status(odd, growth.NewLeak, ""), status(oddPlace(badName), growth.KnownLeak, badName)), Failed: true, Baseline: badName,
		Ignored: []growth.GrowingPlace{oddPlace(badName)}, Stale: []gate.BaselineEntry{{Fingerprint: "00000003", Path: badName, Reason: badName}}}
	many := &gate.Gate{Growth: *growthOf(6), Failed: true}
	many.Verdict = growth.Leaking
	for i := range 14 {
		w := status(pool(6), growth.NewLeak, "")
		w.Fingerprint, w.PerInterval.Bytes = fmt.Sprintf("%08x", i), float64(1000*(20-i))
		many.Growing = append(many.Growing, w)
	}
	return map[string]*gate.Gate{
		"pass":         {Growth: *growthOf(6)},
		"fail":         fails,
		"worse":        worse,
		"known":        known,
		"strict":       strict,
		"unexplained":  {Growth: *hiddenGrowth(growthOf(6)), Failed: true},
		"inconclusive": {Growth: *inconclusiveGrowth()},
		"odd":          bad,
		"many":         many,
	}
}

func TestGateGolden(t *testing.T) {
	for name, g := range gateResults() {
		t.Run(name, func(t *testing.T) {
			last := "mem-6.json"
			if name == "odd" {
				last = badName
			}
			for _, kind := range GateOutputs() {
				if name == "many" && kind != GateGitHub {
					continue
				}
				var out bytes.Buffer
				if err := Gate(&out, g, last, kind, Options{}); err != nil {
					t.Fatal(err)
				}
				golden(t, "gate-"+name+"-"+string(kind), out.Bytes())
			}
		})
	}
	var out bytes.Buffer
	for _, name := range []string{"pass", "fail", "unexplained"} {
		if err := Gate(&out, gateResults()[name], "mem-6.json", GateText, Options{Color: true, Width: 60}); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "gate-color", out.Bytes())
}

func TestGateOutputs(t *testing.T) {
	for name, g := range gateResults() {
		t.Run(name, func(t *testing.T) { checkGates(t, g, "mem-6.json") })
	}
}

// checkGates checks what holds for each output whatever the names are.
func checkGates(t *testing.T, g *gate.Gate, last string) {
	t.Helper()
	for _, kind := range GateOutputs() {
		var out bytes.Buffer
		if err := Gate(&out, g, last, kind, Options{}); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		text := out.String()
		if !clean(out.Bytes()) || !utf8.ValidString(text) {
			t.Errorf("%s: %q", kind, text)
		}
		switch kind {
		case GateText:
			for line := range strings.Lines(text) {
				if strings.HasPrefix(strings.TrimLeft(line, " "), "::") || strings.Contains(line, "##") {
					t.Errorf("a command to the runner: %q", line)
				}
			}
		case GateMarkdown:
			checkSummary(t, text)
		case GateGitHub:
			checkCommands(t, g, text)
		case GateJUnit:
			checkJUnit(t, g, out.Bytes())
		case GateSARIF:
			checkSARIF(t, out.Bytes())
		case GateJSON:
			v := checkDocument(t, growthSchema, out.Bytes())
			for _, key := range []string{"failed", "strict", "baseline", "expired"} {
				if _, ok := v[key]; !ok {
					t.Errorf("no %q", key)
				}
			}
		}
	}
}

// checkSummary sees that all tags and fences that are opened are closed, and
// that each row of the table has its cells.
func checkSummary(t *testing.T, text string) {
	t.Helper()
	fence, open := "", 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence != "":
			if line == fence {
				fence = ""
			}
		case len(ticks) > 2 && !strings.Contains(line[len(ticks):], "`"):
			fence = ticks
		case strings.HasPrefix(line, "<details><summary>") && strings.HasSuffix(line, "</summary>"):
			if strings.Count(strings.NewReplacer("<code>", "", "</code>", "").Replace(line), "<") != 3 || open > 0 {
				t.Errorf("tags in %q", line)
			}
			open++
		case line == "</details>":
			open--
		case strings.HasPrefix(line, "| "):
			if bars := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); bars != 8 {
				t.Errorf("%d bars in %q", bars, line)
			}
		}
	}
	if fence != "" || open != 0 {
		t.Errorf("fence %q, %d sections open in\n%s", fence, open, text)
	}
}

// checkCommands parses workflow commands as GitHub's runner does.
func checkCommands(t *testing.T, g *gate.Gate, text string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > annotationsUpTo {
		t.Errorf("%d annotations", len(lines))
	}
	want := map[bool]string{true: "error", false: "notice"}[g.Failed]
	if g.Verdict == growth.Inconclusive {
		want = "warning"
	}
	for i, line := range lines {
		head, data, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
		level, title, _ := strings.Cut(head, " title=")
		if !ok || !strings.HasPrefix(line, "::") || strings.ContainsAny(title, ":,\r") || data == "" {
			t.Errorf("no command: %q", line)
		}
		if i == 0 && level != want {
			t.Errorf("%s, want %s: %q", level, want, line)
		}
	}
}

// checkJUnit parses all of an XML document, and adds its cases up.
func checkJUnit(t *testing.T, g *gate.Gate, text []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in\n%q", err, text)
		}
	}
	var suites junitSuites
	if err := xml.Unmarshal(text, &suites); err != nil {
		t.Fatal(err)
	}
	var n junitNumbers
	for _, c := range suites.Suites[0].Cases {
		n.Tests++
		switch {
		case c.Name == "":
			t.Errorf("a case without a name: %+v", c)
		case c.Failure != nil:
			n.Failures++
		case c.Error != nil:
			n.Errors++
		case c.Skipped != nil:
			n.Skipped++
		}
	}
	n.Time = "0"
	if n != suites.junitNumbers || n != suites.Suites[0].junitNumbers || n.Tests == 0 {
		t.Errorf("%+v, want %+v", suites.junitNumbers, n)
	}
	inconclusive := g.Verdict == growth.Inconclusive
	if (n.Errors > 0) != inconclusive || !inconclusive && (n.Failures > 0) != g.Failed {
		t.Errorf("%+v", n)
	}
}

func TestGateWords(t *testing.T) {
	for name, want := range map[string]string{
		"pass":         "PASS  Nothing grows. 6 dumps, the first of them warm-up",
		"fail":         "FAIL  1 new leak, 1 known. 6 dumps, the first of them warm-up",
		"known":        "PASS  No new leak, 1 known, 1 stale entry of the baseline. 6 dumps, the first of them warm-up",
		"strict":       "FAIL  Nothing grows, 1 expired entry of the baseline, 1 stale entry of the baseline. 6 dumps, the first of them warm-up",
		"unexplained":  "UNEXPLAINED  Memory grows by 600 KiB per interval more than the items explain. 6 dumps, the first of them warm-up",
		"inconclusive": "INCONCLUSIVE  The dumps do not show what grows, 1 possible new leak. 6 dumps, the first of them warm-up",
	} {
		g := gatePage{gateResults()[name], "", false}
		if got := g.word() + "  " + g.summary(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestGateAccept(t *testing.T) {
	for baseline, want := range map[string]string{
		"":               `analyzer gate accept a3f9c1e2 --reason "…" --path 'App\Kernel::$instance->pool->items' --holds 'App\Product' --count 1000 --bytes 210000`,
		"leaks.json":     `--bytes 210000`,
		"it's ci/x.json": `--baseline 'it'"'"'s ci/x.json'`,
		"a\nb":           `--baseline FILE`,
	} {
		w := pool(6)
		got := gatePage{&gate.Gate{Baseline: baseline}, "", false}.accept(&w)
		if !strings.HasSuffix(got, want) {
			t.Errorf("%q: %s, want %s", baseline, got, want)
		}
	}
	odd := oddPlace(badName)
	if got := (gatePage{&gate.Gate{}, "", false}).accept(&odd); got != `analyzer gate accept a3f9c1e2 --reason "…" --count 1000 --bytes 210000` {
		t.Error(got)
	}
}

func TestRelativeURI(t *testing.T) {
	for name, want := range map[string]string{
		"mem-6.json": "mem-6.json", "./a b/c:d.json": "a%20b/c%3Ad.json", "-": "stdin", "": "dump", "/srv/ü": "file:///srv/%C3%BC", "../x?#%": "../x%3F%23%25", "a\xff\n": "a%FF%0A",
	} {
		if got := relativeURI(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestParseGateOutput(t *testing.T) {
	for _, kind := range GateOutputs() {
		if got, err := ParseGateOutput(string(kind)); got != kind || err != nil {
			t.Errorf("ParseGateOutput(%q) = %q, %v", kind, got, err)
		}
	}
	_, err := ParseGateOutput("xml")
	if want := `unknown output "xml", want one of text, markdown, github, junit, sarif, json`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := Gate(io.Discard, gateResults()["pass"], "", "xml", Options{}); err == nil {
		t.Error("wrote an output that does not exist")
	}
}

func TestGateWriteError(t *testing.T) {
	for _, kind := range GateOutputs() {
		if err := Gate(&brokenPipe{}, gateResults()["fail"], "mem-6.json", kind, Options{}); !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v", kind, err)
		}
	}
}
