package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/livetest"
)

// hostileNames are all names or, in the loop, a sample.
func hostileNames(sample, seed int) []string { return cases.Sample(livetest.Names(), sample, seed) }

// harmless has the place of a hostile name in what others are compared with.
const harmless = "harmless"

// hostileDump is a dump whose every name is one: of a class, a frame, a variable,
// a property, keys, a type, fields that nobody knows. What it holds grows with n.
func hostileDump(name string, n int) []byte {
	b := dumpbuild.New().Memory(uint64(400_000+n*900), 2<<20, uint64(400_000+n*900), 2<<20)
	const held, first = 0x7f0000001000, 0x7f0000100000
	b.Item(0x7f0000000100, "object").Class(name).Handle(1).Root(name, name).Child(name, held)
	array := b.Item(held, "array")
	for i := range n {
		array.Child(name+strconv.Itoa(i), first+uint64(i)*0x100)
	}
	for i := range n {
		id := first + uint64(i)*0x100
		b.Item(id, "object").Class(name).Handle(i+2).Child(name, id+0x40)
		b.Item(id+0x40, "string").Size(640)
	}
	b.Item(0x7f0000000200, name).Root("<GLOBAL>", name).Field(name, dumpbuild.Text(name))
	b.Item(0x7f0000000300, "array").Root("<CLASS_STATIC_MEMBER>", name+"::"+name).Child(name, 0x7f0000000300).Child("", held)
	b.Item(0x7f0000000400, "object").Class("WeakMap").Root("<STATIC_VARIABLE("+name+")>", name).Child("0", first)
	b.Item(0x7f0000000500, "object").Class("class@anonymous\x00"+name).Root("<GLOBAL>", "=>"+name)
	return b.Dump().PrintUsual()
}

// hostileSeries writes four dumps that grow into a directory, under a hostile name
// if a file can have it, and gives the paths.
func hostileSeries(t *testing.T, dir, name string) (paths []string) {
	t.Helper()
	for i := range 4 {
		file := filepath.Join(dir, fmt.Sprintf("%s-%d.json", fileName(name), i+1))
		if err := os.WriteFile(file, hostileDump(name, 40*(i+1)), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, file)
	}
	return paths
}

// fileName is a name as that of a file.
func fileName(name string) string {
	return strings.NewReplacer("/", "_", "\x00", "_").Replace(name)
}

// A hostileCase is a command, and what reads its standard output.
type hostileCase struct {
	args   []string
	format string
}

// hostileCases are all commands that read dumps, in all of their formats.
func hostileCases(name string, series []string) (list []hostileCase) {
	dump := series[len(series)-1]
	add := func(format string, args ...string) { list = append(list, hostileCase{args, format}) }
	for _, args := range [][]string{
		{"summary"}, {"summary", "--group", "frame"}, {"summary", "--shapes"}, {"summary", "--group", "namespace", "--retained"}, {"top-children", "--paths", "--retained"},
		{"query", "-l", "0"}, {"query", "-v", "--full", "--retained"}, {"query", "-f", "class=" + name},
		{"ref-path", "--dominators", "--all-paths", "2", "0x7f0000100040"}, {"ref-path", "-v", "0x7f0000100040"},
		{"leaks", "--threshold", "0.1%"}, {"leaks", "-v", "--full", "--threshold", "0.1%"},
		{"tree", "--depth", "20", "--nodes", "0"}, {"check", "-v"}, {"heap"},
	} {
		for _, format := range formatNames() {
			add(format, slices.Concat(args, []string{"--format", format, "--", dump})...)
		}
	}
	for _, args := range [][]string{{"growth"}, {"growth", "-v", "--min-count", "1"}, {"diff"}, {"diff", "-v"}} {
		files := series
		if args[0] == "diff" {
			files = series[2:]
		}
		for _, format := range formatNames() {
			add(format, slices.Concat(args, []string{"--format", format, "--"}, files)...)
		}
	}
	for _, format := range gateOutputNames() {
		add(format, slices.Concat([]string{"gate", "--baseline", "", "--format", format, "--"}, series)...)
		add(format, slices.Concat([]string{"gate", "-v", "--baseline", "", "--max-unexplained", "0", "--format", format, "--"}, series)...)
	}
	add("markdown", "report", "--format", "markdown", "--", dump)
	add("markdown", slices.Concat([]string{"report", "--format", "markdown", "--"}, series)...)
	add("html", "report", "--", dump)
	add("html", slices.Concat([]string{"report", "--"}, series)...)
	for _, format := range []string{"pprof", "heapsnapshot"} {
		add(format, "export", "--to", format, "-o", "-", "--", dump)
	}
	for _, table := range []string{"dumps", "items", "edges", "places", "types"} {
		add("csv", "export", "--to", "csv", "--table", table, "--", dump)
		add("ndjson", "export", "--to", "ndjson", "--table", table, "--", dump)
	}
	add("dot", "export", "--to", "dot", "--", dump)
	add("dot", "export", "--to", "dot", "--item", "0x7f0000100040", "--", dump)
	return list
}

// TestHostileNames gives each hostile name to each place of dumps and to their
// files, runs each command in each format on them, and has package livetest look
// for what is live, on standard error, too.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	same := t.TempDir()
	pages := map[string]string{}
	pageOf := func(c hostileCase) string {
		var args []string
		for _, a := range c.args {
			if i := slices.Index(hostileSeriesNames(c.args), a); i >= 0 {
				a = filepath.Join(same, fmt.Sprintf("%s-%d.json", harmless, 4-len(hostileSeriesNames(c.args))+i+1))
			}
			args = append(args, a)
		}
		key := strings.Join(args, " ")
		if pages[key] == "" {
			pages[key], _, _ = analyze(t, "", args...)
		}
		return pages[key]
	}
	hostileSeries(t, same, harmless)
	runs := 0
	for i, name := range hostileNames(4, 3) {
		dir := t.TempDir()
		series := hostileSeries(t, dir, name)
		list := hostileCases(name, series)
		for _, c := range cases.Sample(list, len(list)/5, i) {
			out, errs, code := analyze(t, "", c.args...)
			runs++
			if code == exitUnusable || out == "" {
				t.Errorf("%q: exit code %d, %d bytes: %s", c.args, code, len(out), errs)
			}
			var live []string
			if c.format == "html" {
				live = livetest.HTML(out, pageOf(c))
			} else {
				live = livetest.Of(c.format, out)
			}
			dead(t, "stdout", c.args, live)
			dead(t, "stderr", c.args, livetest.Text(errs))
		}
	}
	t.Logf("%d runs", runs)
}

// hostileSeriesNames are the files of a case, behind --.
func hostileSeriesNames(args []string) []string { return args[slices.Index(args, "--")+1:] }

// dead says what is live, once a run.
func dead(t *testing.T, stream string, args []string, live []string) {
	t.Helper()
	if len(live) > 0 {
		t.Errorf("%q: %s: %d live: %s", args, stream, len(live), strings.Join(live[:min(3, len(live))], "\n\t"))
	}
}

// TestHostileCaptures is TestHostileNames on a recording, which has names of
// functions and files of source besides.
func TestHostileCaptures(t *testing.T) {
	t.Parallel()
	for i, name := range hostileNames(1, 19) {
		dir := t.TempDir()
		var series []string
		for k := range 3 {
			file := filepath.Join(dir, fmt.Sprintf("%s-%d.json", fileName(name), k+1))
			if err := os.WriteFile(file, hostileCapture(t, name, k+1), 0o600); err != nil {
				t.Fatal(err)
			}
			series = append(series, file)
		}
		var list []hostileCase
		for _, format := range gateOutputNames() {
			list = append(list, hostileCase{slices.Concat([]string{"gate", "-v", "--baseline", "", "--format", format, "--"}, series), format})
		}
		for _, format := range formatNames() {
			for _, command := range []string{"check", "leaks", "tree", "heap", "summary"} {
				list = append(list, hostileCase{[]string{command, "--format", format, "--", series[2]}, format})
			}
			list = append(list, hostileCase{slices.Concat([]string{"growth", "-v", "--format", format, "--"}, series), format})
		}
		for _, c := range cases.Sample(list, len(list)/5, i) {
			out, errs, code := analyze(t, "", c.args...)
			if code == exitUnusable || out == "" {
				t.Errorf("%q: exit code %d, %d bytes: %s", c.args, code, len(out), errs)
			}
			dead(t, "stdout", c.args, livetest.Of(c.format, out))
			dead(t, "stderr", c.args, livetest.Text(errs))
		}
	}
}

// TestHostileProfiles is TestHostileNames for profiles of memprof.
func TestHostileProfiles(t *testing.T) {
	t.Parallel()
	for i, name := range hostileNames(4, 11) {
		dir := t.TempDir()
		file := filepath.Join(dir, fileName(name)+".json")
		quoted := jsonText(name)
		text := fmt.Sprintf(`{"memory_size": 100, "blocks_count": 1, "memory_size_inclusive": 900, "blocks_count_inclusive": 9, "calls": 1, "called_functions": {"%s": {"memory_size": 800, "blocks_count": 8, "memory_size_inclusive": 800, "blocks_count_inclusive": 8, "calls": 3, "called_functions": {"A::%[1]s": {"memory_size": 7, "blocks_count": 1, "calls": 1, "called_functions": {}}}}}}`, quoted)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var list []hostileCase
		for _, by := range []string{"function", "path", "class", "file"} {
			for _, format := range formatNames() {
				list = append(list, hostileCase{[]string{"allocators", "-v", "--by", by, "--format", format, "--", file}, format})
			}
		}
		for _, c := range cases.Sample(list, 6, i) {
			out, errs, code := analyze(t, "", c.args...)
			if code == exitUnusable || out == "" {
				t.Errorf("%q: exit code %d, %d bytes: %s", c.args, code, len(out), errs)
			}
			dead(t, "stdout", c.args, livetest.Of(c.format, out))
			dead(t, "stderr", c.args, livetest.Text(errs))
		}
	}
}

// hostileCapture is a dump of the recording in testdata, of whose names the most
// are replaced.
func hostileCapture(t *testing.T, name string, n int) []byte {
	t.Helper()
	packed, err := os.ReadFile(data(fmt.Sprintf("recorded/mem-%04d.json.zst", n)))
	if err != nil {
		t.Fatal(err)
	}
	d, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	text, err := d.DecodeAll(packed, nil)
	if err != nil {
		t.Fatal(err)
	}
	quoted := jsonText(name)
	for _, old := range []string{`App\\Job`, `App\\Result`, `App\\Templates`, `App\\History`, `/srv/worker.php`, `"argument 1"`, `"results"`, `"history"`, `"worker"`} {
		inner := strings.Trim(old, `"`)
		text = bytes.ReplaceAll(text, []byte(old), []byte(strings.Replace(old, inner, strings.ReplaceAll(inner, "argument 1", "")+quoted, 1)))
	}
	return text
}

// jsonText is a name inside a string of JSON. Bytes that are no UTF-8 stay.
func jsonText(name string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// TestHostileArguments gives hostile names to each flag of each command, in the
// place of each argument, and as the command: what is said of them is dead.
func TestHostileArguments(t *testing.T) {
	for i, name := range hostileNames(2, 24) {
		if strings.Contains(name, "\x00") {
			continue // no argument can have it
		}
		t.Chdir(t.TempDir())
		if err := os.WriteFile("d.json", hostileDump(name, 8), 0o600); err != nil {
			t.Fatal(err)
		}
		lists := [][]string{{name}, {name, "d.json"}, {"--" + name}, {"--" + name + "=1"}, {"-" + name}, {"help", name}}
		for _, cmd := range allCommands((&app{}).rootCommand()) {
			path := strings.Fields(cmd.CommandPath())[1:]
			if len(path) == 0 || path[0] == "help" || path[0] == "completion" {
				continue
			}
			lists = append(lists, slices.Concat(path, []string{name}), slices.Concat(path, []string{"d.json", name}), slices.Concat(path, []string{"d.json", "d.json", name}), slices.Concat(path, []string{"--", name}))
			set := func(f *pflag.Flag) {
				if f.Name == "help" {
					return
				}
				lists = append(lists, slices.Concat(path, []string{"--" + f.Name + "=" + name, "d.json"}), slices.Concat(path, []string{"--" + f.Name + "=" + name}))
			}
			cmd.NonInheritedFlags().VisitAll(set)
			cmd.InheritedFlags().VisitAll(set)
		}
		for _, args := range cases.Sample(lists, len(lists)/3, i) {
			if slices.Contains(args, "--") && (args[0] == "capture" || args[0] == "record") {
				continue // it would be started
			}
			out, errs, _ := analyze(t, "", args...)
			dead(t, "stdout", args, livetest.Terminal(out))
			dead(t, "stderr", args, livetest.Text(errs))
			for line := range strings.Lines(errs) {
				if len([]rune(line)) > 1001 {
					t.Errorf("%q: a line of %d characters", args, len([]rune(line)))
				}
			}
		}
	}
}

// allCommands are a command and all below it.
func allCommands(cmd *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		list = append(list, allCommands(c)...)
	}
	return list
}

// TestHostileAnswers asks mcp about hostile dumps.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	for _, name := range hostileNames(1, 40) {
		dir := t.TempDir()
		series := hostileSeries(t, dir, name)
		a := ask(t, dir, ".")
		for _, c := range []struct{ tool, arguments string }{
			{"open", `{}`}, {"open", `{"dump": %q}`}, {"leaks", `{"dump": %q}`}, {"tree", `{"dump": %q}`}, {"tree", `{"dump": %q, "from": %[2]q}`},
			{"ref_path", `{"dump": %q, "item": "0x7f0000100040"}`}, {"ref_path", `{"dump": %q, "item": %[2]q}`}, {"query", `{"dump": %q}`}, {"growth", `{"dumps": ["."]}`}, {"check", `{"dump": %q}`},
			{"check", `{"dump": %[2]q}`},
		} {
			arguments := c.arguments
			if strings.Contains(arguments, "%") {
				arguments = fmt.Sprintf(strings.ReplaceAll(strings.ReplaceAll(arguments, "%q", `"%[1]s"`), "%[2]q", `"%[2]s"`), jsonText(filepath.Base(series[3])), jsonText(name))
				arguments, _, _ = strings.Cut(arguments, "%!")
			}
			text, _ := a.tool(c.tool, strings.ToValidUTF8(arguments, "?"))
			dead(t, "answer", []string{c.tool, arguments}, livetest.Markdown(text))
		}
	}
}
