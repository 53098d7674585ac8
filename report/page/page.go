// Package page lays an overview of a dump, or of a series, out as one HTML file
// that needs nothing else: no network, and no script to be read. A script adds
// the map of the dominator tree, search, sorting and copying.
//
// Names from a heap are hostile. Elements are values, and text and attributes in
// them are escaped where they are written; [report.Printable] comes before that. The tree is JSON in a script block
// of a type that no browser runs, with < escaped. The page's policy
// (Content-Security-Policy) allows the one script and the one style by their
// hashes, pictures that the page itself holds, and nothing else.
package page

import (
	"bufio"
	"io"
	"path/filepath"
	"strings"

	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/analysis/overview"
	"memtrail/analysis/tree"
	"memtrail/report"
)

// Page is what a page shows.
type Page struct {
	// Name is the dump's name, for its title and its commands: no path.
	Name     string
	Overview *overview.Overview // of the dump, of a series the last one
	Growth   *growth.Growth     // nil for a single dump
	Gate     *gate.Gate         // on the growth; nil for a single dump
	// Before is the tree of the first dump of a series, and First its name; nil for
	// a single dump.
	Before    *tree.Tree
	First     string
	Recording *report.Recording // that the dumps belong to; nil for none
	// Redact says that no key of an array is to be in it.
	Redact  bool
	Version string // of the program
}

// BaseName is the name of a dump without what it tells of the machine.
func BaseName(name string) string {
	if name == "-" || strings.HasPrefix(name, "pid:") {
		return "dump"
	}
	return filepath.Base(name)
}

// HTML writes a page. The page's values are read only, and none is kept. The
// error is that of the writer, or of drawing the heap.
func HTML(w io.Writer, p *Page) error {
	v, err := newView(prepared(p))
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := v.document().Render(out); err != nil {
		return err
	}
	return out.Flush()
}

// prepared is a page without paths of the machine and, if that is asked for,
// without keys. What it changes it copies.
func prepared(p *Page) *Page {
	q := *p
	q.Name, q.First = report.Shorten(q.Name, widest), report.Shorten(q.First, widest)
	if q.Growth != nil {
		q.Growth = withBaseNames(q.Growth)
	}
	o := *q.Overview
	o.Check = withoutPaths(o.Check, q.Name)
	q.Overview = &o
	if o.Check.Capture != nil {
		q.withoutCodePaths()
	}
	if q.Redact {
		q.redact()
	}
	return &q
}
