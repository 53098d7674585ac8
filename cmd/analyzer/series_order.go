package main

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/maruel/natural"

	"memtrail/internal/atomicfile"
)

// A dumpFile is one that was found, and by which it is put in order.
type dumpFile struct {
	name  string
	order string // its absolute path, without the suffixes of dumps
	real  string // the file that is meant in the end
	link  bool
}

// newDumpFile finds out what a name stands for.
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
		return cmp.Or(compareNaturally(x.order, y.order), compareNaturally(x.name, y.name), strings.Compare(x.name, y.name))
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

// compareNaturally compares names as people do: numbers in them as numbers, 9 before
// 10, and what is in one directory together.
func compareNaturally(a, b string) int {
	parts := func(name string) []string { return strings.FieldsFunc(name, isSeparator) }
	return cmp.Or(slices.CompareFunc(parts(a), parts(b), natural.Compare), strings.Compare(a, b))
}

func isSeparator(c rune) bool { return c < utf8.RuneSelf && os.IsPathSeparator(uint8(c)) }
