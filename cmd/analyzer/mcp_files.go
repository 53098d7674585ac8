package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"memtrail/capture"
	"memtrail/internal/escape"
	"memtrail/report"
)

// confined are the files below some directories, all links resolved.
type confined struct {
	dirs    []string
	current string // directory
}

// confineTo takes directories; none for the current one.
func confineTo(dirs []string) (*confined, error) {
	current, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if current, err = filepath.EvalSymlinks(current); err != nil {
		return nil, err
	}
	c := &confined{current: current}
	if len(dirs) == 0 {
		dirs = []string{"."}
	}
	for _, dir := range dirs {
		real, err := resolve(dir)
		if err != nil {
			return nil, &inputError{dir, err}
		}
		if !isDirectory(real) {
			return nil, &usageError{fmt.Sprintf("%s is no directory: mcp takes those that it may read dumps of", oneLine(dir))}
		}
		c.dirs = append(c.dirs, real)
	}
	return c, nil
}

// resolve is a path from the root on, without links.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// has reports whether a path without links is below one of the directories, or is
// one of them.
func (c *confined) has(real string) bool {
	for _, dir := range c.dirs {
		if rel, err := filepath.Rel(dir, real); err == nil && (rel == "." || filepath.IsLocal(rel)) {
			return true
		}
	}
	return false
}

// refusal is the same for what lies elsewhere and what does not exist there, so
// that nothing is told of other directories.
func (c *confined) refusal(name string) error {
	return fmt.Errorf("no dump %q below %s; open without a dump lists them", clean(name), clean(strings.Join(c.dirs, ", ")))
}

// locate finds what a name stands for: as it is, or from one of the directories on.
func (c *confined) locate(name string) (real string, info fs.FileInfo, err error) {
	candidates := []string{name}
	if !filepath.IsAbs(name) {
		for _, dir := range c.dirs {
			candidates = append(candidates, filepath.Join(dir, name))
		}
	}
	for _, path := range candidates {
		if real, err := resolve(path); name != "" && err == nil && c.has(real) {
			if info, err := os.Stat(real); err == nil {
				return real, info, nil
			}
		}
	}
	return "", nil, c.refusal(name)
}

// find finds a dump.
func (c *confined) find(name string) (string, error) {
	real, info, err := c.locate(name)
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return "", fmt.Errorf("%q is a directory: name a dump in it; growth takes directories", clean(name))
	case !info.Mode().IsRegular():
		return "", c.refusal(name)
	case capture.IsCoreFile(real):
		// It would be read with programs and libraries that lie elsewhere.
		return "", fmt.Errorf("%q is a core: make a dump of it, analyzer capture --core CORE -o FILE", clean(name))
	}
	return shownName(real, c.current), nil
}

// findSeries finds a dump, or those of a directory or of a pattern for names in
// one, in natural order.
func (c *confined) findSeries(name string) ([]string, error) {
	real, info, err := c.locate(name)
	pattern := ""
	if err != nil && strings.Contains(filepath.Base(name), "*") {
		pattern = filepath.Base(name)
		real, info, err = c.locate(filepath.Dir(name))
	}
	if err != nil {
		return nil, c.refusal(name)
	}
	if !info.IsDir() {
		file, err := c.find(name)
		return []string{file}, err
	}
	found, err := inDirectory(real)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, path := range found {
		if ok, err := filepath.Match(pattern, filepath.Base(path)); pattern != "" && (!ok || err != nil) {
			continue
		}
		file, err := c.find(path) // a link may lead out
		if err != nil {
			return nil, err
		}
		list = append(list, file)
	}
	if len(list) == 0 {
		return nil, c.refusal(name)
	}
	slices.SortFunc(list, compareNaturally)
	return list, nil
}

// How much of the directories is listed.
const (
	mostListed  = 1000
	listedDepth = 8
)

// listed is a dump that is listed, or a series: files whose names differ by a
// number at the end alone.
type listed struct {
	name   string // with * for the number of a series
	first  string // of the files
	count  uint64
	size   int64
	latest time.Time
}

// list lists the dumps, the latest first.
func (c *confined) list() string {
	byName := map[string]*listed{}
	var found []*listed
	files := 0
	for _, dir := range c.dirs {
		// What cannot be read is not listed.
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil
			}
			rel, _ := filepath.Rel(dir, path)
			if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != dir || strings.Count(rel, string(filepath.Separator)) >= listedDepth) {
				return fs.SkipDir
			}
			if files >= mostListed {
				return fs.SkipAll
			}
			if !d.Type().IsRegular() || stem(d.Name()) == d.Name() {
				return nil
			}
			info, err := d.Info()
			if err != nil {
				return nil
			}
			files++
			name := shownName(path, c.current)
			series := seriesName(name)
			f := byName[series]
			if f == nil {
				f = &listed{name: series, first: name}
				byName[series] = f
				found = append(found, f)
			}
			f.count++
			f.size += info.Size()
			if info.ModTime().After(f.latest) {
				f.latest = info.ModTime()
			}
			return nil
		})
	}
	slices.SortFunc(found, func(x, y *listed) int {
		return cmp.Or(y.latest.Compare(x.latest), strings.Compare(x.name, y.name))
	})
	if len(found) == 0 {
		return `No \*.json, \*.json.gz or \*.json.zst below ` + escape.Markdown(strings.Join(c.dirs, ", ")) + "."
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, the latest first:\n\n", count(uint64(files), "file"))
	for _, f := range found {
		name, several := f.name, ""
		if f.count == 1 {
			name = f.first
		} else {
			several = count(f.count, "dump") + ", "
		}
		fmt.Fprintf(&b, "- %s (%s%s, %s)\n", escape.Code(name), several, report.Size(uint64(f.size)), f.latest.UTC().Format("2006-01-02 15:04"))
	}
	if files == mostListed {
		b.WriteString("\nThere may be more.\n")
	}
	return b.String()
}

// seriesName puts * in the place of the number at the end of a dump's name.
func seriesName(name string) string {
	base := stem(filepath.Base(name))
	digits := strings.TrimRight(base, "0123456789")
	if digits == "" || digits == base {
		return name
	}
	return filepath.Join(filepath.Dir(name), digits+"*"+strings.TrimPrefix(filepath.Base(name), base))
}
