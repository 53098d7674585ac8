package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"memtrail/analysis/inventory"
	"memtrail/analysis/tree"
	"memtrail/internal/atomicfile"
	"memtrail/report/export/rows"
)

// An exportOutput takes the dumps of an export.
type exportOutput struct {
	flags  *exportFlags
	tables []exportTable // none for other formats
	// files are those of the tables, or of the dumps; none for standard output.
	files   []*atomicfile.File
	console io.Writer
	created string // directory that was made for them; "" for none
}

// An exportTable is a table that is written.
type exportTable struct {
	name rows.Table
	rows.Writer
}

// exportTo plans where an export goes, and refuses early what cannot be written.
func (a *app) exportTo(e *exportFlags, dumps []string) (*exportOutput, error) {
	out := &exportOutput{flags: e, console: a.console}
	if a.output == "" || a.output == standardOutput {
		return out, out.toConsole(dumps)
	}
	directory := e.to == toParquet && e.table == "" || !e.isTable() && (len(dumps) > 1 || isDirectoryName(a.output))
	if !directory {
		return out, out.open(a, []string{a.output}, []string{e.table})
	}
	if err := out.makeDirectory(a.output, e, len(dumps)); err != nil {
		return nil, err
	}
	var paths, tables []string
	if e.isTable() {
		for _, table := range rows.Tables() {
			paths = append(paths, filepath.Join(a.output, string(table)+".parquet"))
			tables = append(tables, string(table))
		}
	} else {
		for _, name := range fileNames(dumpNames(dumps)) {
			paths = append(paths, filepath.Join(a.output, name+exportEndings[e.to][0]))
		}
	}
	err := out.open(a, paths, tables)
	if err != nil {
		out.discard()
	}
	return out, err
}

// isDirectoryName reports whether a name can only be that of a directory.
func isDirectoryName(name string) bool {
	return strings.HasSuffix(name, "/") || strings.HasSuffix(name, string(filepath.Separator)) || isDirectory(name)
}

// toConsole checks what may go to standard output.
func (o *exportOutput) toConsole(dumps []string) error {
	e := o.flags
	switch {
	case e.to == toParquet && e.table == "":
		return &usageError{"parquet is several tables: give a directory, -o tables/, or one --table"}
	case !e.isTable() && len(dumps) > 1:
		return &usageError{fmt.Sprintf("%s is a file for each dump, and there are %d: give a directory, -o out/", e.to, len(dumps))}
	case !e.isText() && isTerminal(o.console):
		return &usageError{fmt.Sprintf("%s is not for a terminal: give a file, -o heap%s", e.to, exportEndings[e.to][0])}
	case e.isTable():
		return o.addTable(o.console, e.table)
	}
	return nil
}

func (o *exportOutput) addTable(w io.Writer, table string) error {
	t, err := rows.New(w, rows.Format(o.flags.to), rows.Table(table))
	o.tables = append(o.tables, exportTable{rows.Table(table), t})
	return err
}

// open notes the files that will be written. Nothing of them is touched yet.
func (o *exportOutput) open(a *app, paths, tables []string) error {
	for i, path := range paths {
		if err := a.writes("output", path); err != nil {
			return err
		}
		f := atomicfile.New(path, atomicfile.Shared)
		o.files = append(o.files, f)
		if o.flags.isTable() {
			if err := o.addTable(f, tables[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeDirectory makes the directory of an export, if it is not there.
func (o *exportOutput) makeDirectory(dir string, e *exportFlags, dumps int) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && info.IsDir():
		return nil
	case e.to == toParquet && (err == nil || formatOf(dir) == toParquet):
		return &usageError{fmt.Sprintf("--output: parquet is several tables, and %s a file: give a directory, -o tables/, or one --table", dir)}
	case e.to != toParquet && (err == nil || !isDirectoryName(dir)):
		return &usageError{fmt.Sprintf("--output: %s is a file for each dump, and there are %d: give a directory, -o %s/", e.to, dumps, strings.TrimSuffix(dir, filepath.Ext(dir)))}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return flagError("output", err)
	}
	o.created = dir
	return nil
}

// add writes the i-th dump.
func (o *exportOutput) add(i int, v *inventory.Inventory) error {
	if o.tables != nil {
		return o.addRows(v)
	}
	return o.flags.writeDump(o.file(i), v)
}

// file is where the i-th dump goes in a format that is a file for each.
func (o *exportOutput) file(i int) io.Writer {
	if o.files == nil {
		return o.console
	}
	return o.files[i]
}

// addRows writes the rows of a dump. What needs most memory next to the graph comes
// first, then the two large tables at once.
func (o *exportOutput) addRows(v *inventory.Inventory) error {
	source := rows.Source{Inventory: v, Tree: func() *tree.Tree { return exportTree(v) }}
	errs := make([]error, len(o.tables))
	var large sync.WaitGroup
	for _, isLarge := range []bool{false, true} {
		for i, t := range o.tables {
			switch {
			case isLarge != (t.name == rows.Items || t.name == rows.Edges):
			case isLarge:
				large.Go(func() { errs[i] = t.Add(source) })
			default:
				errs[i] = t.Add(source)
			}
		}
	}
	large.Wait()
	return errors.Join(errs...)
}

// commit puts the files in place.
func (o *exportOutput) commit() error {
	for _, t := range o.tables {
		if err := t.Close(); err != nil {
			o.discard()
			return err
		}
	}
	for _, f := range o.files {
		if err := f.Flush(); err != nil {
			o.discard()
			return err
		}
	}
	for i, f := range o.files {
		if err := f.Commit(); err != nil {
			for _, f := range o.files[i+1:] {
				f.Discard()
			}
			return err
		}
	}
	return nil
}

// discard leaves nothing of the export.
func (o *exportOutput) discard() {
	for _, f := range o.files {
		f.Discard()
	}
	if o.created != "" {
		os.Remove(o.created) // which is empty, unless others use it
	}
}

// dumpNames are the names by which rows tell dumps apart: that of the file, with as
// many of the directories above as it takes, and no others of this machine.
func dumpNames(files []string) []string {
	parts := make([][]string, len(files))
	for i, file := range files {
		parts[i] = strings.Split(filepath.ToSlash(filepath.Clean(file)), "/")
		if _, ok := processOf(file); ok {
			parts[i] = []string{file}
		}
	}
	names := make([]string, len(files))
	for depth := 1; ; depth++ {
		count, deeper := map[string]int{}, false
		for i, p := range parts {
			names[i] = strings.Join(p[max(0, len(p)-depth):], "/")
			count[names[i]]++
		}
		for i, p := range parts {
			deeper = deeper || count[names[i]] > 1 && depth < len(p)
		}
		if !deeper {
			break
		}
	}
	seen := map[string]int{}
	for i, name := range names { // the same file again
		if seen[name]++; seen[name] > 1 {
			names[i] = fmt.Sprintf("%s (%d)", name, seen[name])
		}
	}
	return names
}

// fileNames are the names of dumps as names of files, each once.
func fileNames(dumps []string) []string {
	names := make([]string, len(dumps))
	taken := map[string]bool{}
	for i, dump := range dumps {
		name := strings.NewReplacer("/", "-", ":", "-", `\`, "-").Replace(stem(dump))
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s-%d", strings.TrimSuffix(name, fmt.Sprintf("-%d", n-1)), n)
		}
		taken[strings.ToLower(name)] = true
		names[i] = name
	}
	return names
}

// timeOf is when a dump was written: when its file was, as dumps do not say; zero
// where nothing tells.
func timeOf(file string) time.Time {
	if _, ok := processOf(file); ok {
		return time.Now()
	}
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return time.Time{}
	}
	return info.ModTime()
}
