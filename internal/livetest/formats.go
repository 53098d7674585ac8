package livetest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/google/pprof/profile"
)

// JSON reads a document: ASCII, so that its strings are UTF-8 and drive nothing.
func JSON(text string) []string {
	return append(valid(text), asciiJSON(text)...)
}

func valid(text string) []string {
	if !json.Valid([]byte(text)) {
		return []string{"it is no JSON"}
	}
	return nil
}

// NDJSON reads a document a line.
func NDJSON(text string) (live []string) {
	for line := range strings.Lines(text) {
		live = append(live, JSON(line)...)
	}
	return live
}

func asciiJSON(text string) (live []string) {
	for i := range len(text) {
		if c := text[i]; c > '~' || c < ' ' && c != '\n' {
			live = append(live, fmt.Sprintf("byte %#x%s", c, around(text, i)))
		}
	}
	return append(live, Log(text)...)
}

// number is what no spreadsheet evaluates.
var number = regexp.MustCompile(`^[+-]?[0-9]+(?:\.[0-9]+)?$`)

// CSV reads cells as spreadsheets do, and lines as runners do.
func CSV(text string) (live []string) {
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return []string{err.Error()}
	}
	for _, record := range records {
		for _, cell := range record {
			shown := strings.TrimLeftFunc(cell, func(r rune) bool {
				return strings.ContainsRune(blanks+"\n\u2800", r) || beside(r) || inRanges(r, silent)
			})
			if shown != "" && strings.ContainsAny(shown[:min(len(shown), 1)], "=+-@") && !number.MatchString(cell) ||
				strings.HasPrefix(shown, "＝") || strings.HasPrefix(shown, "＋") || strings.HasPrefix(shown, "－") || strings.HasPrefix(shown, "＠") {
				live = append(live, fmt.Sprintf("the formula %.100q", cell))
			}
		}
	}
	return append(live, Text(text)...)
}

// junit are the elements of the gate's JUnit.
var junit = map[string]bool{"testsuites": true, "testsuite": true, "testcase": true, "failure": true, "error": true, "skipped": true, "system-out": true}

// XML reads JUnit: strictly, of known elements, whose texts are for people.
func XML(text string) (live []string) {
	live = Text(text)
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return live
		}
		if err != nil {
			return append(live, err.Error())
		}
		switch token := token.(type) {
		case xml.StartElement:
			if !junit[token.Name.Local] {
				live = append(live, "the element "+token.Name.Local)
			}
			for _, a := range token.Attr {
				live = append(live, Text(a.Value)...)
			}
		case xml.CharData:
			live = append(live, Text(string(token))...)
		case xml.Comment, xml.Directive:
			live = append(live, fmt.Sprintf("%T %.100q", token, token))
		}
	}
}

var (
	dotString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	dotEscape = regexp.MustCompile(`\\[^n\\"]|&(?:[^a]|a[^m])`)
	dotLine   = regexp.MustCompile(`^(?:digraph S \{|\}|\t(?:rankdir=LR|(?:node|edge) \[[a-zA-Z0-9=, S]*\]|n\d+ \[label=S, [a-z0-9=,# S]*\]|n\d+ -> n\d+(?: \[[a-z=, S]*\])?|label=S|fontname=S|fontsize=10);)$`)
)

// DOT reads a drawing: the statements that this program writes and no others, with
// strings that mean what they say.
func DOT(text string) []string {
	live := Text(strings.ReplaceAll(text, "\t", ""))
	for _, s := range dotString.FindAllString(text, -1) {
		if dotEscape.MatchString(strings.ReplaceAll(s[1:len(s)-1], `\\`, "")) {
			live = append(live, fmt.Sprintf("an escape or an entity in %.100q", s))
		}
	}
	for line := range strings.Lines(dotString.ReplaceAllString(text, "S")) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !dotLine.MatchString(line) {
			live = append(live, fmt.Sprintf("the statement %.100q", line))
		}
	}
	return live
}

// Pprof reads a profile, whose strings pprof writes to terminals as they are.
func Pprof(text string) (live []string) {
	p, err := profile.Parse(bytes.NewReader([]byte(text)))
	if err != nil {
		return []string{err.Error()}
	}
	for _, f := range p.Function {
		live = append(live, Terminal(f.Name)...)
		live = append(live, Terminal(f.Filename)...)
	}
	for _, c := range p.Comments {
		live = append(live, Terminal(c)...)
	}
	for _, s := range p.Sample {
		for key, values := range s.Label {
			live = append(live, Terminal(key+strings.Join(values, ""))...)
		}
	}
	return live
}

// Of reads an output in one of the formats that a command has by name: table,
// json, csv, markdown, junit, sarif, github, ndjson, dot, pprof; others are text.
func Of(format, text string) []string {
	switch format {
	case "json", "sarif":
		return JSON(text)
	case "heapsnapshot":
		return append(Text(text), valid(text)...)
	case "ndjson":
		return NDJSON(text)
	case "csv":
		return CSV(text)
	case "markdown":
		return Markdown(text)
	case "junit":
		return XML(text)
	case "github":
		return Annotations(text)
	case "dot":
		return DOT(text)
	case "pprof":
		return Pprof(text)
	}
	return Text(text)
}
