package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"unicode/utf8"

	"memtrail/internal/escape"
)

// A toolServer answers the tools of mcp: each runs a command of this program on
// dumps that stay in memory, and hands on what it prints. It answers one question
// at a time.
type toolServer struct {
	turn  chan struct{} // has room for the question that is being answered
	files *confined
	kept  *keptDumps

	collector func(percent int) int // as an app's
	maxMemory uint64                // in bytes, for all dumps that are kept; 0: what the system leaves
}

func newToolServer(files *confined) *toolServer {
	return &toolServer{turn: make(chan struct{}, 1), files: files, kept: &keptDumps{}}
}

// What the tools take. The names of fields and their descriptions are a standing
// cost of whoever asks: both are short.
type (
	openArguments struct {
		Dump string `json:"dump,omitempty" jsonschema:"file; none: list"`
		Skip int    `json:"skip,omitempty" jsonschema:"lines of the answer to skip"`
	}
	leaksArguments struct {
		Dump      string `json:"dump"`
		Threshold string `json:"threshold,omitempty" jsonschema:"least share, default 10%"`
		Skip      int    `json:"skip,omitempty"`
	}
	treeArguments struct {
		Dump  string `json:"dump"`
		From  string `json:"from,omitempty" jsonschema:"id or expression like $app->cache"`
		Depth int    `json:"depth,omitempty"`
		Nodes int    `json:"nodes,omitempty" jsonschema:"lines, default 40"`
		Skip  int    `json:"skip,omitempty"`
	}
	refPathArguments struct {
		Dump string `json:"dump"`
		Item string `json:"item" jsonschema:"id or expression like $app->cache[7]"`
		Skip int    `json:"skip,omitempty"`
	}
	queryArguments struct {
		Dump    string   `json:"dump"`
		Filters []string `json:"filters,omitempty" jsonschema:"like class=App\\User, class~Repo, retained>1MB, children=0x7f…; all must match"`
		Sort    string   `json:"sort,omitempty" jsonschema:"retained (default), size, children"`
		Limit   int      `json:"limit,omitempty" jsonschema:"default 20"`
		Details bool     `json:"details,omitempty" jsonschema:"all attributes and children"`
		Skip    int      `json:"skip,omitempty"`
	}
	growthArguments struct {
		Dumps []string `json:"dumps" jsonschema:"files, a directory, or a pattern such as mem-*.json"`
		Skip  int      `json:"skip,omitempty"`
	}
	checkArguments struct {
		Dump string `json:"dump"`
		Skip int    `json:"skip,omitempty"`
	}
)

func (s *toolServer) open(ctx context.Context, in openArguments) (string, error) {
	if in.Dump == "" {
		return portion(s.files.list(), in.Skip), nil
	}
	name, err := s.files.find(in.Dump)
	if err != nil {
		return "", err
	}
	sound, err := s.print(ctx, s.kept, "check", "--", name)
	if err != nil {
		return "", err
	}
	types, err := s.print(ctx, s.kept, "summary", "--retained", "--sizes=allocated", "--sort=retained", "--limit=15", "--", name)
	// Of what check says, all before its tables.
	head, _, _ := strings.Cut(sound, "\n| ")
	return portion(head+"\n"+types, in.Skip), err
}

func (s *toolServer) leaks(ctx context.Context, in leaksArguments) (string, error) {
	return s.onDump(ctx, in.Dump, in.Skip, append([]string{"leaks"}, given("threshold", in.Threshold)...)...)
}

func (s *toolServer) tree(ctx context.Context, in treeArguments) (string, error) {
	if in.Nodes <= 0 {
		in.Nodes = treeNodes
	}
	args := []string{"tree", "--nodes=" + strconv.Itoa(in.Nodes)}
	if in.Depth != 0 {
		args = append(args, "--depth="+strconv.Itoa(in.Depth))
	}
	return s.onDump(ctx, in.Dump, in.Skip, append(args, given("from", in.From)...)...)
}

func (s *toolServer) refPath(ctx context.Context, in refPathArguments) (string, error) {
	name, err := s.files.find(in.Dump)
	if err != nil {
		return "", err
	}
	// Of two arguments the command guesses which is the dump: an item that is also
	// the name of a file would be read as one.
	if err := checkTarget(in.Item); err != nil || in.Item == "" || exists(in.Item) {
		return "", fmt.Errorf("%q is no item: give an id like 0x7f29344c0758, or an expression like $app->cache", in.Item)
	}
	return s.run(ctx, in.Skip, "ref-path", "--dominators", "--limit=5", "--steps=40", "--", in.Item, name)
}

func (s *toolServer) query(ctx context.Context, in queryArguments) (string, error) {
	if in.Limit <= 0 {
		in.Limit = 20
	}
	if in.Sort == "" {
		in.Sort = "retained"
	}
	args := []string{"query", "--retained", "--sizes=allocated", "--sort=" + in.Sort, "--limit=" + strconv.Itoa(in.Limit)}
	if in.Details {
		args = append(args, "--verbose")
	}
	for _, f := range in.Filters {
		args = append(args, "--filters="+f)
	}
	return s.onDump(ctx, in.Dump, in.Skip, args...)
}

func (s *toolServer) growth(ctx context.Context, in growthArguments) (string, error) {
	var names []string
	for _, dump := range in.Dumps {
		found, err := s.files.findSeries(dump)
		if err != nil {
			return "", err
		}
		names = append(names, found...)
	}
	if len(names) == 0 {
		return "", fmt.Errorf("growth needs dumps of one process, in the order in which they were taken")
	}
	s.kept.forget()
	text, err := s.print(ctx, nil, append([]string{"growth", "--limit=5", "--"}, names...)...) // one graph at a time is enough
	return portion(text, in.Skip), err
}

func (s *toolServer) check(ctx context.Context, in checkArguments) (string, error) {
	return s.onDump(ctx, in.Dump, in.Skip, "check")
}

// given is a flag, if it has a value.
func given(flag, value string) []string {
	if value == "" {
		return nil
	}
	return []string{"--" + flag + "=" + value}
}

// onDump runs a command on one dump.
func (s *toolServer) onDump(ctx context.Context, dump string, skip int, args ...string) (string, error) {
	name, err := s.files.find(dump)
	if err != nil {
		return "", err
	}
	return s.run(ctx, skip, append(args, "--", name)...)
}

// run gives a portion of what a command prints.
func (s *toolServer) run(ctx context.Context, skip int, args ...string) (string, error) {
	text, err := s.print(ctx, s.kept, args...)
	if err != nil {
		return "", err
	}
	return portion(text, skip), nil
}

// print runs a command as a user would, and gives what it printed, warnings first.
func (s *toolServer) print(ctx context.Context, kept *keptDumps, args ...string) (string, error) {
	var out, warnings bytes.Buffer
	a := newApp(strings.NewReader(""), &out, &warnings)
	a.context, a.kept, a.collector, a.memory.bytes = ctx, kept, s.collector, s.maxMemory
	if err := a.execute(append([]string{args[0], "--format=markdown", "--color=never"}, args[1:]...)); err != nil {
		return "", errors.New(oneLine(err.Error()))
	}
	text := out.String()
	if w := strings.TrimSpace(warnings.String()); w != "" {
		text = "> " + strings.ReplaceAll(inMarkdown(w), "\n", "\n> ") + "\n\n" + text
	}
	return text, nil
}

// guarded answers one question at a time. One that is taken back while it waits is
// not answered. Nothing panics on a dump; should something do so nevertheless, the
// server goes on.
func (s *toolServer) guarded(ctx context.Context, call func() (string, error)) (text string, err error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	defer func() {
		if reason := recover(); reason != nil {
			stack := cutBytes(string(debug.Stack()), mostAnswer/2)
			text, err = "", fmt.Errorf("this is an error of analyzer, please report it: %v\n%s", reason, stack)
		}
	}()
	return call()
}

// mostAnswer is how many bytes an answer has at most, the line included that says
// how to see more.
const mostAnswer = 8 << 10

// portion is a part of a text: what fits, from a line on.
func portion(text string, skip int) string {
	const notice = 120 // bytes for the line about the rest
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	skip = max(skip, 0)
	if skip >= len(lines) {
		return fmt.Sprintf("The answer has %d lines.", len(lines))
	}
	var b strings.Builder
	for i, line := range lines[skip:] {
		if room := mostAnswer - notice - b.Len() - 1; len(line) > room {
			if i == 0 {
				b.WriteString(escape.Whole(line, room-len("…")) + "…\n")
				i++
			}
			if left := len(lines) - skip - i; left > 0 {
				fmt.Fprintf(&b, "\n%s more: ask again with skip %d, or for less.\n", count(uint64(left), "line"), skip+i)
			}
			break
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// cutBytes is the beginning of a text, in whole characters.
func cutBytes(text string, most int) string {
	most = min(max(most, 0), len(text))
	for most > 0 && most < len(text) && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// inMarkdown is a text of lines as one of Markdown.
func inMarkdown(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = escape.Markdown(lines[i])
	}
	return strings.Join(lines, "\n")
}

// asCode is a text of lines as code: what an error says of names is exact.
func asCode(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = escape.Code(lines[i])
	}
	return strings.Join(lines, "\n")
}

// clean is a text without bytes that are no UTF-8: JSON has no place for them.
func clean(text string) string { return strings.ToValidUTF8(text, "?") }

// shownName is a file as it is shown, and given to commands: from the current
// directory on if it is below that, and does not mean something else then.
func shownName(real, current string) string {
	rel, err := filepath.Rel(current, real)
	if _, isProcess := processOf(rel); err != nil || !filepath.IsLocal(rel) || isProcess || strings.HasPrefix(rel, "-") {
		return real
	}
	return rel
}
