// Package allocators says which functions of a program made the memory that is
// still held, by memprof's profiles of it.
package allocators

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/profile"
)

// Grouping says what a row of the answer stands for.
type Grouping string

// The groupings.
const (
	ByFunction Grouping = "function"
	ByPath     Grouping = "path"
	ByClass    Grouping = "class"
	ByFile     Grouping = "file"
)

// Groupings returns all groupings, the default first.
func Groupings() []Grouping { return []Grouping{ByFunction, ByPath, ByClass, ByFile} }

// Options say what is asked.
type Options struct {
	By    Grouping // ByFunction if empty
	Limit int      // rows; 0 for all
}

// Allocators are the functions of one or several profiles by what they hold.
// What a dump of the heap or of the profile holds itself, while it is written, is
// in none of the rows: it is in Dump.
type Allocators struct {
	By       Grouping
	Profiles []Source // in the order given, oldest first
	// Unnested says that a profile has no call paths: what a function that calls
	// itself has below it is counted more than once, and what the dump holds is in
	// Inclusive of the functions that called it.
	Unnested bool
	Rows     []Row // that made most of the last profile first; of several, those that grew most
	Cut      int   // rows that the limit left out
}

// NeedOf is what Of takes for each of some profiles, beside them: what each node
// comes to, and a row, which a path, a function, or a class of some has.
func NeedOf(by Grouping, profiles int) profile.Need {
	n := sumNeed
	row := uint64(240 + 64*profiles)
	if by == ByPath {
		n.Node += row
	} else {
		n.Function += row
	}
	return n
}

// sumNeed is what it takes to add up a profile, in columns by node.
var sumNeed = profile.Need{Node: 48}

// Source is one profile that was read.
type Source struct {
	Name      string
	Format    profile.Format
	Total     profile.Amount // all that it accounts for
	Dump      profile.Amount // of that, what the dump itself holds
	DumpBy    []string       // the functions that this is of
	HasBlocks bool
	HasCalls  bool
}

// Program is what the program itself holds.
func (s *Source) Program() profile.Amount {
	a := s.Total
	a.Sub(s.Dump)
	return a
}

// Row is one function, call path, class or file.
type Row struct {
	Name string
	// Path is a call path from the root on, nil for other rows. Of a longer one it has
	// the first and the last frames, and Omitted is how many stand between.
	Path    []string
	Omitted int
	File    string // of a function; "" where it is not known
	Made    []Made // by each profile
}

// Made is what a row holds by one profile.
type Made struct {
	Self      profile.Amount
	Inclusive profile.Amount // with what it called; each block once
	Calls     uint64
}

// LeftPerCall is how many bytes each call left behind, callees included; false
// where that is not known.
func (m *Made) LeftPerCall() (float64, bool) {
	return float64(m.Inclusive.Bytes) / float64(m.Calls), m.Calls > 0
}

// Last is what a row holds by the last profile.
func (r *Row) Last() *Made { return &r.Made[len(r.Made)-1] }

// Growth is how many bytes a row made itself between the first profile and the
// last.
func (r *Row) Growth() int64 {
	return int64(r.Last().Self.Bytes) - int64(r.Made[0].Self.Bytes)
}

// InclusiveGrowth is Growth with what it called.
func (r *Row) InclusiveGrowth() int64 {
	return int64(r.Last().Inclusive.Bytes) - int64(r.Made[0].Inclusive.Bytes)
}

// NewCalls is how many calls there were between the first profile and the last;
// negative where these are not of one process.
func (r *Row) NewCalls() int64 { return int64(r.Last().Calls) - int64(r.Made[0].Calls) }

// LeftPerNewCall is how many bytes each call between the first profile and the last
// left behind, callees included; false where there were none.
func (r *Row) LeftPerNewCall() (float64, bool) {
	return float64(r.InclusiveGrowth()) / float64(r.NewCalls()), r.NewCalls() > 0
}

// Rises reports whether a row holds more by each profile than by the one before
// it, of three profiles or more.
func (r *Row) Rises() bool {
	for i := 1; i < len(r.Made); i++ {
		if r.Made[i].Self.Bytes <= r.Made[i-1].Self.Bytes {
			return false
		}
	}
	return len(r.Made) > 2
}

// IsDump reports whether a function writes a dump of the heap, or of the profile:
// what it holds is not the program's. meminfo_dump keeps two blocks and 376 bytes
// for each object while it runs.
func IsDump(name string) bool {
	return name == "meminfo_dump" || strings.HasPrefix(name, "memprof_dump_")
}

// Nested reports whether Inclusive of the rows is known: functions of a profile
// without call paths can be added up only by themselves.
func (a *Allocators) Nested() bool { return !a.Unnested || a.By == ByFunction || a.By == ByPath }

// Of adds up profiles, which are of one program, oldest first.
func Of(names []string, profiles []*profile.Profile, o Options) *Allocators {
	a := &Allocators{By: cmp.Or(o.By, ByFunction)}
	t := &table{by: a.By, ids: map[rowKey]rowID{}}
	// A function is known by its file, too, if all profiles tell files.
	t.files = !slices.ContainsFunc(profiles, func(p *profile.Profile) bool { return !p.HasFiles })
	for i, p := range profiles {
		s := t.sum(p, i, len(profiles))
		s.Name = names[i]
		a.Profiles = append(a.Profiles, s)
		a.Unnested = a.Unnested || !p.Paths
	}
	ids := t.ordered(len(profiles) > 1)
	if o.Limit > 0 && len(ids) > o.Limit {
		a.Cut = len(ids) - o.Limit
		ids = ids[:o.Limit]
	}
	for _, id := range ids {
		r := t.rows[id]
		row := Row{Name: r.name, File: r.file, Made: r.made}
		if a.By == ByPath {
			row.Path, row.Omitted = t.path(id)
		}
		a.Rows = append(a.Rows, row)
	}
	return a
}

// ordered are the rows that made most first; of a series, those that grew most.
func (t *table) ordered(series bool) []rowID {
	ids := make([]rowID, len(t.rows))
	for i := range ids {
		ids[i] = rowID(i)
	}
	slices.SortFunc(ids, func(i, j rowID) int {
		x, y := Row{Made: t.rows[i].made}, Row{Made: t.rows[j].made}
		order := cmp.Compare(y.Last().Self.Bytes, x.Last().Self.Bytes)
		if series {
			order = cmp.Or(cmp.Compare(y.Growth(), x.Growth()), order)
		}
		return cmp.Or(order, cmp.Compare(y.Last().Inclusive.Bytes, x.Last().Inclusive.Bytes),
			cmp.Compare(t.rows[i].name, t.rows[j].name), cmp.Compare(i, j))
	})
	return ids
}

// FirstFrames and LastFrames are what is left of a path that has more frames: it
// loses those between.
const FirstFrames, LastFrames = 20, 80

func (t *table) path(id rowID) (path []string, omitted int) {
	var all []rowID
	for ; id != none; id = t.rows[id].caller {
		all = append(all, id)
	}
	slices.Reverse(all)
	if omitted = len(all) - FirstFrames - LastFrames; omitted > 0 {
		all = slices.Delete(all, FirstFrames, FirstFrames+omitted)
	}
	for _, id := range all {
		path = append(path, t.rows[id].name)
	}
	return path, max(omitted, 0)
}
