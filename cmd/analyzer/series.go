package main

import (
	"bufio"
	"cmp"
	"fmt"
	"github.com/maruel/natural"
	"io"
	"memtrail/analysis/growth"
	"memtrail/internal/atomicfile"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// seriesHelp is what commands that take a series say about their arguments.
const seriesHelp = `Each DUMP is a file; a directory, of which all *.json, *.json.gz and *.json.zst are taken,
none deeper; a pattern, quoted, with * ? and [a-z]; or - for a list of such names on standard
input, one a line. Arguments keep their order, which must be that in which the dumps were taken.
The files of a directory, a pattern or a list are taken in natural order: mem-9 before mem-10.`

// seriesArgs is exactArgs for one or more dumps.
func seriesArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &usageError{fmt.Sprintf("%s needs dumps: files, a directory, a pattern, or - for a list of names on standard input; usage: %s", cmd.Name(), cmd.UseLine())}
	}
	return nil
}

// series reads dumps one after another, so that no two graphs are needed at
// once. It returns the names, too, in the dumps' order.
func (a *app) series(args []string, s *sizeFlags, notDumps ...string) (*growth.Series, []string, error) {
	files, err := a.dumps(args, notDumps)
	if err != nil {
		return nil, nil, err
	}
	series := growth.NewSeries(growth.SeriesOptions{PHP: s.version, Reported: s.sizes == "reported"})
	for _, name := range files {
		series.Forget()
		g, info, err := a.graph(name)
		if err != nil {
			return nil, nil, err
		}
		series.Add(name, g, &info)
	}
	return series, files, nil
}

// assessSeries is assess for each dump of a series.
func (a *app) assessSeries(g *growth.Growth) {
	for i := range g.Snapshots {
		m := &g.Snapshots[i]
		a.assess(m.Name, &m.Source)
	}
	if g.Verdict == growth.Inconclusive {
		a.incomplete = true
	}
}

// A dumpFile is one that was found, and by which it is put in order.
type dumpFile struct {
	name  string
	order string // its absolute path, without the suffixes of dumps
	real  string // the file that is meant in the end
	link  bool
}

// dumps finds the files that arguments name. The arguments keep their order;
// what a directory, a pattern or a list stands for is in natural order, and each
// file once. A file that is named twice by itself stays there twice: then the
// series says so. notDumps, files of the command itself, are left out unless one
// is a dump: then read refuses to have it overwritten.
func (a *app) dumps(args []string, notDumps []string) ([]string, error) {
	skip := map[string]bool{}
	for _, name := range notDumps {
		if name != "" {
			skip[identity(name)] = true
		}
	}
	var names []string
	first := map[string]string{} // by file: the name by which it is taken
	twins := map[string]string{} // by name without suffix: the file
	listed := false
	for _, arg := range args {
		if arg == "-" && listed {
			return nil, &usageError{"standard input (-) may be given only once"}
		}
		listed = listed || arg == "-"
		files, single, err := a.expandArgument(arg)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if skip[f.real] && !isDump(f.real) {
				continue
			}
			name, again := first[f.real]
			if twin, ok := twins[f.order]; again && !single || ok && twin != f.real {
				continue // a dump and what gzip -k has made of it are one
			}
			twins[f.order] = f.real
			if !again {
				name = f.name
				first[f.real] = name
			}
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, &usageError{fmt.Sprintf("no dump is left of %s", strings.Join(args, " "))}
	}
	return names, nil
}

// expandArgument finds the files that one argument stands for, in natural order.
// single: it names one file by itself.
func (a *app) expandArgument(arg string) (files []dumpFile, single bool, err error) {
	names := []string{arg}
	if arg == "-" {
		if err := a.reads("-"); err != nil {
			return nil, false, err
		}
		a.awaits("names of dumps")
		if names, err = readNames(a.stdin); err != nil {
			return nil, false, err
		}
	}
	for _, name := range names {
		found, err := expand(name)
		if err != nil {
			return nil, false, err
		}
		for _, file := range found {
			files = append(files, newDumpFile(file))
		}
		single = arg != "-" && len(found) == 1 && found[0] == name
	}
	return inOrder(files), single, nil
}

func newDumpFile(name string) dumpFile {
	f := dumpFile{name: name, order: name}
	if abs, err := filepath.Abs(name); err == nil {
		f.order = abs
	}
	f.real = identity(name)
	f.link = f.real != f.order
	f.order = stem(f.order)
	return f
}

// inOrder sorts files naturally, each once. Of a file's names, a link to the
// latest one, say, says the least.
func inOrder(files []dumpFile) []dumpFile {
	slices.SortStableFunc(files, func(x, y dumpFile) int {
		return cmp.Or(naturally(x.order, y.order), naturally(x.name, y.name), strings.Compare(x.name, y.name))
	})
	best := map[string]dumpFile{}
	for _, f := range files {
		if other, ok := best[f.real]; !ok || other.link && !f.link {
			best[f.real] = f
		}
	}
	return slices.DeleteFunc(files, func(f dumpFile) bool { return best[f.real].name != f.name })
}

// identity is the absolute path of the file that a name stands for.
func identity(name string) string {
	if _, ok := processOf(name); ok {
		return name
	}
	return atomicfile.Identity(name)
}

// suffixes are how the names of dumps end in a directory.
var suffixes = []string{".json", ".json.gz", ".json.zst"}

// stem cuts the suffix of a dump off.
func stem(name string) string {
	for _, s := range suffixes {
		if cut, ok := strings.CutSuffix(name, s); ok {
			return cut
		}
	}
	return name
}

// expand finds the files that one argument names.
func expand(arg string) ([]string, error) {
	if _, ok := processOf(arg); ok {
		return []string{arg}, nil
	}
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return inDirectory(arg)
	case err == nil:
		return []string{arg}, nil
	case !strings.ContainsAny(arg, "*?["):
		return nil, &inputError{arg, err}
	}
	matches, err := filepath.Glob(arg)
	if err != nil {
		return nil, &usageError{fmt.Sprintf("%q is no pattern: a [ is not closed", arg)}
	}
	hidden := strings.HasPrefix(filepath.Base(arg), ".")
	var files []string
	for _, name := range matches {
		if info, err := os.Stat(name); err != nil || info.IsDir() || !hidden && strings.HasPrefix(filepath.Base(name), ".") {
			continue
		}
		files = append(files, name)
	}
	if len(files) == 0 {
		return nil, &usageError{fmt.Sprintf("no file matches %s", arg)}
	}
	return files, nil
}

func inDirectory(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, &inputError{dir, err}
	}
	var files []string
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), ".") || stem(e.Name()) == e.Name() {
			continue
		}
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			files = append(files, name)
		}
	}
	if len(files) == 0 {
		return nil, &usageError{fmt.Sprintf("no dump in %s: there is no *.json, *.json.gz or *.json.zst", dir)}
	}
	return files, nil
}

// maxNames is how many bytes a list of names may have.
const maxNames = 16 << 20

// readNames reads a list of names, one a line.
func readNames(r io.Reader) ([]string, error) {
	const what = "standard input"
	in := bufio.NewReader(io.LimitReader(r, maxNames))
	if head, _ := in.Peek(4); isContent(head) {
		return nil, &usageError{"standard input has a dump, but a series needs several: - reads a list of their names, one a line"}
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, &inputError{what, err}
	}
	var names []string
	for line := range strings.Lines(strings.TrimPrefix(string(text), byteOrderMark)) {
		switch line = strings.TrimRight(line, "\r\n"); {
		case strings.TrimSpace(line) == "":
		case line == "-":
			return nil, &usageError{"the list on standard input has - in it, which is no file"}
		default:
			names = append(names, line)
		}
	}
	if len(names) == 0 {
		return nil, &usageError{"the list on standard input names no dump"}
	}
	return names, nil
}

// isContent reports whether a text begins as a dump, plain or compressed, does.
func isContent(head []byte) bool {
	s := strings.TrimLeft(strings.TrimPrefix(string(head), byteOrderMark), " \t\r\n")
	return strings.HasPrefix(s, "{") || strings.HasPrefix(s, "\x1f\x8b") || strings.HasPrefix(s, "\x28\xb5\x2f\xfd")
}

// naturally compares names as people do: numbers in them as numbers, 9 before
// 10, and what is in one directory together.
func naturally(a, b string) int {
	parts := func(name string) []string { return strings.FieldsFunc(name, isSeparator) }
	return cmp.Or(slices.CompareFunc(parts(a), parts(b), natural.Compare), strings.Compare(a, b))
}

func isSeparator(c rune) bool { return c < utf8.RuneSelf && os.IsPathSeparator(uint8(c)) }
