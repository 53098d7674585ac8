package report

import (
	"os"
	"path/filepath"
	"strings"

	"memtrail/analysis/growth"
)

// sarifVersion is the version of the fingerprints, not of SARIF: results match
// those of an earlier run if they have the same under the same key.
const sarifVersion = "memtrail/v1"

// The rules.
const (
	sarifLeak        = "leak"
	sarifUnexplained = "unexplained-growth"
)

type sarifText struct {
	Text string `json:"text"`
}

type sarifRule struct {
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Short   sarifText       `json:"shortDescription"`
	Full    sarifText       `json:"fullDescription"`
	Help    sarifText       `json:"help"`
	Default sarifConfigured `json:"defaultConfiguration"`
}

type sarifConfigured struct {
	Level string `json:"level"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Properties   map[string]any     `json:"properties"`
}

type sarifLocation struct {
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

// GitHub shows nothing that has no line; where the source is not known it is the
// first.
type sarifRegion struct {
	StartLine int `json:"startLine"`
	EndLine   int `json:"endLine,omitempty"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification,omitempty"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifRun struct {
	Tool struct {
		Driver struct {
			Name  string      `json:"name"`
			Rules []sarifRule `json:"rules"`
		} `json:"driver"`
	} `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
}

// sarif is a run of the gate in SARIF 2.1.0. What a baseline or a rule accepts is
// a suppressed result.
func (g gatePage) sarif() document {
	var run sarifRun
	run.Tool.Driver.Name = "analyzer"
	run.Tool.Driver.Rules = sarifRules()
	run.Invocations = []sarifInvocation{g.sarifInvocation()}
	run.Results = []sarifResult{}
	for _, f := range g.failures() {
		level := "error"
		if g.Verdict == growth.Inconclusive {
			level = "warning"
		}
		run.Results = append(run.Results, g.sarifResult(f, level))
	}
	for _, a := range g.accepted() {
		r := g.sarifResult(failure{a.GrowingPlace}, "note")
		r.Suppressions = []sarifSuppression{{"external", "accepted", printable(a.Reason)}}
		run.Results = append(run.Results, r)
	}
	return document{
		{"$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"},
		{"version", "2.1.0"},
		{"runs", []sarifRun{run}},
	}
}

func sarifRules() []sarifRule {
	unexplainedHelp := "The difference between memory_usage and what the items of the dumps explain grows in every interval. What to try:"
	for _, p := range possibleCauses() {
		unexplainedHelp += "\n- " + p.plain()
	}
	return []sarifRule{
		{sarifLeak, "MemoryLeak", sarifText{"Memory accumulates in a variable, property or static"},
			sarifText{"A container holds more in each dump of a series, which a process wrote at equal intervals, and never lets go."},
			sarifText{"Look at the code that adds to the container, and let it remove what is done with; or bound it. If it is meant to grow, accept it with analyzer gate accept."},
			sarifConfigured{"error"}},
		{sarifUnexplained, "UnexplainedGrowth", sarifText{"Memory grows that no dump shows"},
			sarifText{"memory_usage grows by more than is allowed in each interval, and the items of the dumps do not explain it."},
			sarifText{unexplainedHelp}, sarifConfigured{"error"}},
	}
}

// sarifInvocation says whether the dumps were conclusive, with caveats and unused
// entries as notifications.
func (g gatePage) sarifInvocation() sarifInvocation {
	run := sarifInvocation{Successful: g.Verdict != growth.Inconclusive}
	note := func(level, text string) {
		run.Notifications = append(run.Notifications, sarifNotification{level, sarifText{printable(text)}})
	}
	list, _ := caveatsOf(&g.Growth, true)
	for _, d := range list {
		note("warning", d.text().plain())
	}
	for _, e := range g.entries() {
		level := "warning"
		if g.Strict {
			level = "error"
		}
		note(level, upperFirst(e.what)+" "+e.Fingerprint+": "+e.text().sentence().plain())
	}
	return run
}

// sarifResult is a failure at a level. Its location is the last dump.
func (g gatePage) sarifResult(f failure, level string) sarifResult {
	text := strings.Join(g.failureLines(f, level != "note"), "\n")
	r := sarifResult{
		RuleID: sarifUnexplained, RuleIndex: 1, Level: level,
		// What looks like [text](target) is a link in a message.
		Message:   sarifText{strings.ReplaceAll(text, "](", "] (")},
		Locations: []sarifLocation{{Physical: sarifPhysical{sarifArtifact{relativeURI(g.last)}, sarifRegion{StartLine: 1}}}},
	}
	fingerprint := sarifUnexplained
	if w := f.w; w != nil {
		fingerprint = printable(w.Fingerprint)
		r.RuleID, r.RuleIndex = sarifLeak, 0
		if d := sourceOf(w); d != nil {
			r.Locations[0].Physical = sarifPhysical{sarifArtifact{relativeURI(sourceFile(d.File))}, sarifRegion{StartLine: int(d.Line), EndLine: int(max(d.Line, d.End))}}
		}
		r.Locations[0].Logical = []sarifLogical{{printable(w.Path), "variable"}}
		r.Properties = map[string]any{"counts": w.Counts, "bytes": w.Bytes, "confidence": w.Confidence,
			"perInterval": rateJSON{finite(w.PerInterval.Count), finite(w.PerInterval.Bytes)}}
	} else {
		r.Properties = map[string]any{"bytes": g.Unexplained.Bytes, "perInterval": rateJSON{Bytes: finite(g.Unexplained.PerInterval)}}
	}
	// The second key is the only one that GitHub looks at.
	r.Fingerprints = map[string]string{sarifVersion: fingerprint, "primaryLocationLineHash": fingerprint + ":1"}
	return r
}

// sourceFile is the name of a source file, relative to the working directory if
// it lies below that: annotations show in files of the repository.
func sourceFile(name string) string {
	dir, err := os.Getwd()
	if err != nil {
		return name
	}
	if rel, ok := strings.CutPrefix(name, filepath.ToSlash(dir)+"/"); ok {
		return rel
	}
	return name
}

// relativeURI is a file's name as a reference that GitHub can resolve from the
// top of a repository.
func relativeURI(name string) string {
	const plain = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~/"
	const digits = "0123456789ABCDEF"
	switch name = strings.TrimPrefix(filepath.ToSlash(name), "./"); name {
	case "-":
		return "stdin"
	case "":
		return "dump"
	}
	var b strings.Builder
	if name[0] == '/' {
		b.WriteString("file://")
	}
	for i := range len(name) {
		if c := name[i]; strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}
