package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// dumps finds the files that arguments name. The arguments keep their order;
// what a directory, a pattern or a list stands for is in natural order, and each
// file once. A file that is named twice by itself stays there twice: then the
// series says so. notDumps, files of the command itself, are left out unless one
// is a dump: then reads refuses to have it overwritten.
func (a *app) dumps(args []string, notDumps []string) ([]string, error) {
	found := dumpSet{
		notDumps:  map[string]bool{},
		nameOf:    map[string]string{},
		fileOfKey: map[string]string{},
	}
	for _, name := range notDumps {
		if name != "" {
			found.notDumps[identity(name)] = true
		}
	}
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
			found.add(f, single)
		}
	}
	if len(found.names) == 0 {
		return nil, &usageError{fmt.Sprintf("no dump is left of %s", strings.Join(args, " "))}
	}
	return found.names, nil
}

// A dumpSet collects the dumps of a series.
type dumpSet struct {
	names     []string
	notDumps  map[string]bool   // by file
	nameOf    map[string]string // by file: the name by which it is taken
	fileOfKey map[string]string // by name without suffix: the file
}

// add adds a file; single says that it was named by itself.
func (s *dumpSet) add(f dumpFile, single bool) {
	if s.notDumps[f.real] && !isDump(f.real) {
		return
	}
	name, again := s.nameOf[f.real]
	twin, hasTwin := s.fileOfKey[f.order]
	if again && !single || hasTwin && twin != f.real {
		return // a dump and what gzip -k has made of it are one
	}
	s.fileOfKey[f.order] = f.real
	if !again {
		name = f.name
		s.nameOf[f.real] = name
	}
	s.names = append(s.names, name)
}

// expandArgument finds the files that one argument stands for, in natural order.
// single: it names one file by itself.
func (a *app) expandArgument(arg string) (files []dumpFile, single bool, err error) {
	names := []string{arg}
	if arg == "-" {
		if err := a.reads("-"); err != nil {
			return nil, false, err
		}
		a.announceStdin("names of dumps")
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
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() || !hidden && strings.HasPrefix(filepath.Base(name), ".") {
			continue
		}
		files = append(files, name)
	}
	if len(files) == 0 {
		return nil, &usageError{fmt.Sprintf("no file matches %s", arg)}
	}
	return files, nil
}

// inDirectory finds the dumps in a directory.
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
		return nil, &usageError{fmt.Sprintf("no dump in %s: there is no *.json, *.json.gz or *.json.zst%s", dir, recordingsBelow(dir))}
	}
	return files, nil
}

// readNames reads a list of names, one a line.
func readNames(r io.Reader) ([]string, error) {
	const what = "standard input"
	in := bufio.NewReader(&limited{r, maxNames, maxNames, "list of names"})
	if head, _ := in.Peek(4); looksLikeContent(head) {
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

// looksLikeContent reports whether a text begins as a dump, plain or compressed, does.
func looksLikeContent(head []byte) bool {
	s := strings.TrimLeft(strings.TrimPrefix(string(head), byteOrderMark), " \t\r\n")
	return strings.HasPrefix(s, "{") || strings.HasPrefix(s, "\x1f\x8b") || strings.HasPrefix(s, "\x28\xb5\x2f\xfd")
}
