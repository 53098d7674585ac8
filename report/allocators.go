package report

import (
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"memtrail/analysis/allocators"
	"memtrail/profile"
)

// Allocators writes which functions made what is still held, by one profile or
// several.
func Allocators(w io.Writer, a *allocators.Allocators, o Options) error {
	return render(w, allocatorsPage{a}, o)
}

type allocatorsPage struct{ *allocators.Allocators }

func (p allocatorsPage) series() bool { return len(p.Profiles) > 1 }

func (p allocatorsPage) last() *allocators.Source { return &p.Profiles[len(p.Profiles)-1] }

func (p allocatorsPage) blocks() bool { return p.last().HasBlocks }

// calls: those of a series need both ends.
func (p allocatorsPage) calls() bool { return p.last().HasCalls && p.Profiles[0].HasCalls }

func (p allocatorsPage) page(out sheet, o Options) {
	out = flow(out, o)
	p.title(out)
	out.gap()
	g, empty := p.table(o)
	var left []string
	if o.Format != Markdown {
		g, left = narrow(g, o.columns(), hasTitle(titleInclusive), hasTitle(titleBlocks))
	}
	out.table(g)
	if len(left) > 0 {
		out.line("Left out for lack of width: " + strings.Join(left, ", ") + "; --format json has all.")
	}
	if p.Cut > 0 {
		out.line(plural(p.Cut, "more row") + " not shown (--limit)")
	}
	if empty > 0 {
		out.line("Not shown as they hold nothing: " + plural(empty, "row") + "; --format json has all.")
	}
	p.notes(out)
}

func (p allocatorsPage) title(out sheet) {
	last := p.last()
	program := last.Program()
	text := "PHP made and still holds " + Size(program.Bytes)
	if p.blocks() {
		text += " in " + Count(program.Blocks, "block")
	}
	if p.series() {
		first := p.Profiles[0].Program()
		text += ", " + sinceThen(program.Bytes, first.Bytes) + " since the first of " + plural(len(p.Profiles), "profile")
	}
	out.info(text + ".")
	if last.Dump.Bytes > 0 {
		held := Size(last.Dump.Bytes)
		if p.blocks() {
			held += " in " + Count(last.Dump.Blocks, "block")
		}
		out.line("Not counted below: " + held + " that the dump itself held (" + strings.Join(last.DumpBy, ", ") + ").")
	}
}

// sinceThen says by how much a number of bytes is larger or smaller than before.
func sinceThen(now, before uint64) string {
	switch {
	case now > before:
		return Size(now-before) + " more"
	case now < before:
		return Size(before-now) + " less"
	}
	return "as much as before,"
}

func (p allocatorsPage) notes(out sheet) {
	text := "Bytes are those asked for: PHP's allocator rounds each block up. " + p.meaning()
	if slices.ContainsFunc(p.Rows, func(r allocators.Row) bool { return r.Name == allocators.RootName }) {
		text += " root is what was made outside of all calls, by PHP itself."
	}
	out.line(text)
	switch {
	case !p.blocks():
		out.line("The heap format has neither blocks nor calls; memprof_dump_array() has both.")
	case p.Unnested:
		out.line("The profile has no call paths: what a function that calls itself has below it is counted once for each level.")
	}
	if p.By == allocators.ByFile && !p.filesKnown() {
		out.line(p.filesUnknown())
	}
}

// filesUnknown says why functions have no files.
func (p allocatorsPage) filesUnknown() string {
	return "(not in the profile): memprof_dump_array() and memprof_dump_pprof() write the names of functions and not where they are declared; " +
		"only what a require or include ran names its file. memprof_dump_callgrind(), called in the same place, writes the files; --by class tells functions apart without them."
}

func (p allocatorsPage) meaning() string {
	switch {
	case p.series() && p.calls():
		return "A call is what each call between the first profile and the last left behind, with what it called."
	case p.calls():
		return "A call is what each call left behind, with what it called."
	}
	return "Inclusive is with what it called."
}

func (p allocatorsPage) filesKnown() bool {
	for _, s := range p.Profiles {
		if s.Format != profile.Callgrind {
			return false
		}
	}
	return true
}

// The titles of what a narrow terminal can do without.
const (
	titleBlocks    = "Blocks"
	titleInclusive = "Inclusive"
)

// rowTitles are the titles of the last column.
var rowTitles = map[allocators.Grouping]string{
	allocators.ByFunction: "Function", allocators.ByPath: "Call path", allocators.ByClass: "Class", allocators.ByFile: "File",
}

// table has the rows that hold something, or did; empty is how many do not.
func (p allocatorsPage) table(o Options) (g grid, empty int) {
	if p.series() {
		g.columns = append(g.columns, numeric("Grew"))
	}
	g.columns = append(g.columns, numeric("Holds"))
	if p.blocks() {
		g.columns = append(g.columns, numeric(titleBlocks))
	}
	if p.Nested() {
		g.columns = append(g.columns, numeric(titleInclusive))
	}
	if p.calls() {
		title := "Calls"
		if p.series() {
			title = "New calls"
		}
		g.columns = append(g.columns, numeric(title), numeric("A call"))
	}
	g.columns = append(g.columns, nameColumn(rowTitles[p.By]))
	var rows []allocators.Row
	for _, r := range p.Rows {
		if !slices.ContainsFunc(r.Made, func(m allocators.Made) bool { return m.Inclusive.Bytes > 0 || m.Self.Bytes > 0 }) {
			empty++
			continue
		}
		rows = append(rows, r)
	}
	g.rows = rowsOf(rows, func(_ int, r *allocators.Row) []cell { return p.cells(r, o) })
	return g, empty
}

func (p allocatorsPage) cells(r *allocators.Row, o Options) (row []cell) {
	m := r.Last()
	if p.series() {
		row = append(row, cell{netSize(r.Growth())})
	}
	row = append(row, cell{Size(m.Self.Bytes)})
	if p.blocks() {
		row = append(row, cell{grouped(m.Self.Blocks)})
	}
	if p.Nested() {
		row = append(row, cell{Size(m.Inclusive.Bytes)})
	}
	if p.calls() {
		calls := int64(m.Calls)
		left, known := m.LeftPerCall()
		if p.series() {
			calls = r.NewCalls()
			left, known = r.LeftPerNewCall()
		}
		count := grouped(magnitude(calls))
		if calls < 0 {
			count = minus + count
		}
		row = append(row, cell{count}, cell{})
		if known && p.Nested() {
			row[len(row)-1] = cell{perCall(left)}
		}
	}
	return append(row, p.nameCell(r, o))
}

// shownCallers is how many callers of a path a table shows without -v.
const shownCallers = 4

// nameCell has a name; of a path, its callers on lines of their own.
func (p allocatorsPage) nameCell(r *allocators.Row, o Options) cell {
	text := func(name string) string {
		if o.Verbose || o.Full {
			return name
		}
		return (&clipper{}).name(name)
	}
	c := cell{text(r.Name)}
	if r.Path == nil {
		return c
	}
	frames := foldedFrames(r)
	for i := len(frames) - 2; i >= 0; i-- {
		if hidden := i + 1; len(c) > shownCallers && hidden > 1 && !o.Verbose {
			return append(c, "< "+plural(hidden, "caller")+" more")
		}
		c = append(c, text("< "+frames[i]))
	}
	return c
}

// perCall writes bytes left behind by a call or between two readings, tenths below
// 1 KiB.
func perCall(bytes float64) string {
	if math.Abs(bytes) >= 1000 || bytes == 0 {
		return netSize(int64(math.Round(bytes)))
	}
	text := strconv.FormatFloat(math.Abs(bytes), 'f', 1, 64) + " B"
	if bytes < 0 {
		return minus + text
	}
	return text
}

// foldedFrames are the frames of a path from the root on. Those of one function
// that follow each other are one, with their number.
func foldedFrames(r *allocators.Row) (frames []string) {
	for i := 0; i < len(r.Path); {
		n := i + 1
		for n < len(r.Path) && r.Path[n] == r.Path[i] {
			n++
		}
		text := r.Path[i]
		if n-i > 1 {
			text += " ×" + strconv.Itoa(n-i)
		}
		if frames = append(frames, text); r.Omitted > 0 && n >= allocators.FirstFrames && i < allocators.FirstFrames {
			frames = append(frames, "("+Count(uint64(r.Omitted), "frame")+")")
		}
		i = n
	}
	return frames
}

func callPath(r *allocators.Row) string { return strings.Join(foldedFrames(r), " > ") }

func (p allocatorsPage) records(Options) grid {
	g := grid{columns: columns("name", "file", "bytes", "blocks", "inclusive_bytes", "inclusive_blocks", "calls", "left_per_call")}
	if p.series() {
		g.columns = append(g.columns, columns("growth_bytes", "new_calls", "left_per_new_call")...)
	}
	g.rows = rowsOf(p.Rows, func(_ int, r *allocators.Row) []cell {
		d := p.encodeRow(r)
		name := r.Name
		if r.Path != nil {
			name = callPath(r)
		}
		row := []cell{{name}, {r.File}, {ungrouped(d.Bytes)}, {numberText(d.Blocks)}, {numberText(d.InclusiveBytes)},
			{numberText(d.InclusiveBlocks)}, {numberText(d.Calls)}, {floatText(d.LeftPerCall)}}
		if p.series() {
			row = append(row, cell{strconv.FormatInt(*d.GrowthBytes, 10)}, cell{signedText(d.NewCalls)}, cell{floatText(d.LeftPerNewCall)})
		}
		return row
	})
	return g
}

func numberText(n *uint64) string {
	if n == nil {
		return ""
	}
	return ungrouped(*n)
}

func signedText(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func floatText(x *float64) string {
	if x == nil {
		return ""
	}
	return decimal(*x)
}
