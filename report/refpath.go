package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/query"
)

type refPaths struct{ *query.RefPaths }

func (r refPaths) page(out sheet, o Options) {
	clip := &clipper{full: o.Full}
	out.info(fmt.Sprintf("Found %d paths", r.classic()))
	if o.Format == Markdown {
		r.tabulate(out, o, clip)
	} else {
		r.draw(out, o, clip)
		r.express(out, clip)
	}
	text := flow(out, o)
	r.cuts(text, clip)
	r.notes(text, clip)
	if clip.cut || r.leavesOut() {
		text.gap()
	}
	clip.note(text)
	if r.leavesOut() {
		text.line("Of long paths both ends are shown (…); --steps 0 shows all steps.")
	}
}

// leavesOut reports whether a path or the dominators have only their ends.
func (r refPaths) leavesOut() bool {
	return r.DominatorsLeft > 0 || slices.ContainsFunc(r.Paths, func(p query.Path) bool { return p.Left > 0 })
}

// cuts lists the item's dominators: the places where a cut would free it.
func (r refPaths) cuts(out sheet, clip *clipper) {
	if len(r.Dominators) == 0 {
		return
	}
	out.gap()
	out.line("To free " + r.Item.ID + ", cut what leads to any of these (--dominators), the topmost first:")
	items := make([]analysis.Item, len(r.Dominators))
	for i := range r.Dominators {
		items[i] = r.Dominators[i].Item
	}
	sizes := sizesOf(items)
	g := grid{
		columns: append(append(columns("Item id", "Type"), sizes.columns("")...), nameColumn("Path")),
	}
	g.rows = func(yield func([]cell) bool) {
		for i, d := range r.EachDominator {
			if r.DominatorsLeft > 0 && i == r.DominatorsBefore {
				gap := make([]cell, len(g.columns))
				gap[0] = cell{"…"}
				gap[len(gap)-1] = cell{"… " + plural(r.DominatorsLeft, "more item") + " …"}
				if !yield(gap) {
					return
				}
			}
			name := d.Item.Type
			if d.Item.HasClass {
				name = clip.name(d.Item.Class)
			}
			row := append([]cell{{d.Item.ID}, {name}}, sizes.itemCells(&d.Item)...)
			if !yield(append(row, cell{clip.expression(d.Expression)})) {
				return
			}
		}
	}
	out.table(g)
}

// classic is the number of paths by php-meminfo's count: one for each root.
func (r refPaths) classic() int {
	n := r.Cut
	for i := range r.Paths {
		if r.Paths[i].Rank == 0 {
			n++
		}
	}
	return n
}

// express prints the paths as expressions that can be copied.
func (r refPaths) express(out sheet, clip *clipper) {
	if len(r.Paths) > 0 || r.Cut > 0 {
		out.gap()
	}
	further := 0
	for i := range r.Paths {
		p := &r.Paths[i]
		if p.Rank > 0 {
			further++
			continue
		}
		out.line(clip.expression(p.Expression) + marks(p))
		if p.Instead != "" {
			out.line("  reliable instead: " + clip.expression(p.Instead))
		}
	}
	if r.Cut > 0 {
		out.line(r.cut())
	}
	if further == 0 {
		return
	}
	out.gap()
	out.line("Next shortest disjoint paths (--all-paths):")
	for i := range r.Paths {
		if p := &r.Paths[i]; p.Rank > 0 {
			out.line(fmt.Sprintf("  #%d from %s: %s%s", p.Rank+1, rootOf(p).ID, clip.expression(p.Expression), marks(p)))
			if p.Instead != "" {
				out.line("    reliable instead: " + clip.expression(p.Instead))
			}
		}
	}
}

func (r refPaths) cut() string {
	return plural(r.Cut, "more path") + " not shown (--limit)"
}

// marks say in brackets what is wrong with a path.
func marks(p *query.Path) string {
	var text string
	switch {
	case p.Reliable:
	case p.Instead == "":
		text += "  (unreliable, no reliable path from this root)"
	default:
		text += "  (unreliable)"
	}
	if p.Weak {
		text += "  (weak)"
	}
	return text
}

// rootOf is the root of a path; an empty item if it has no steps.
func rootOf(p *query.Path) *analysis.Item {
	if len(p.Steps) == 0 {
		return &analysis.Item{}
	}
	return &p.Steps[0].Item
}

// tabulate writes the paths as a table, where drawings would be lost.
func (r refPaths) tabulate(out sheet, o Options, clip *clipper) {
	if len(r.Paths) == 0 {
		return
	}
	out.table(grid{
		columns: append([]column{numeric("Path")}, columns("Root", "Expression", "Remarks")...),
		rows: rowsOf(r.Paths, func(i int, p *query.Path) []cell {
			var remarks cell
			if p.Rank > 0 {
				remarks = append(remarks, fmt.Sprintf("#%d from this root", p.Rank+1))
			}
			if m := strings.TrimSpace(marks(p)); m != "" {
				remarks = append(remarks, m)
			}
			if p.Instead != "" {
				remarks = append(remarks, "reliable instead: "+clip.expression(p.Instead))
			}
			return []cell{{strconv.Itoa(i + 1)}, {rootOf(p).ID}, {clip.expression(p.Expression)}, remarks}
		}),
	})
	if r.Cut > 0 {
		out.line(r.cut())
	}
	if o.Verbose {
		out.table(grid{
			columns: []column{numeric("Path"), numeric("Step"), {title: "Key"}, {title: "Item id"}, {title: "Item data"}},
			rows: r.steps(func(path, step int, s *query.Step) []cell {
				return []cell{{strconv.Itoa(path + 1)}, {strconv.Itoa(step)}, {clip.name(s.Key)}, {s.Item.ID}, itemData(&s.Item, clip)}
			}),
		})
	}
}

// steps makes a row of each step of each path but for those left out: numbers
// are missing where they are.
func (r refPaths) steps(row func(path, step int, s *query.Step) []cell) func(func([]cell) bool) {
	return func(yield func([]cell) bool) {
		for i := range r.Paths {
			p := &r.Paths[i]
			gap, cut := p.Gap()
			for j := range p.Len() {
				number := j
				switch {
				case cut && j == gap:
					continue
				case cut && j > gap:
					number += p.Left - 1
				}
				if !yield(row(i, number, p.Step(j))) {
					return
				}
			}
		}
	}
}

// records are the paths; verbose, their steps.
func (r refPaths) records(o Options) grid {
	if o.Verbose {
		return grid{
			columns: columns("path", "step", "id", "type", "class", "key", "size", "reliable", "weak"),
			rows: r.steps(func(path, step int, s *query.Step) []cell {
				return []cell{{strconv.Itoa(path + 1)}, {strconv.Itoa(step)}, {s.Item.ID}, {s.Item.Type}, {s.Item.Class},
					{s.Key}, {ungrouped(s.Item.Size)}, {strconv.FormatBool(step == 0 || s.Reliable)}, {strconv.FormatBool(s.Weak)}}
			}),
		}
	}
	return grid{
		columns: columns("path", "rank", "root", "frame", "symbol_name", "steps", "reliable", "weak", "expression", "instead"),
		rows: rowsOf(r.Paths, func(i int, p *query.Path) []cell {
			root := rootOf(p)
			return []cell{{strconv.Itoa(i + 1)}, {strconv.Itoa(p.Rank)}, {root.ID}, {root.Frame}, {root.Symbol},
				{strconv.Itoa(p.Total())}, {strconv.FormatBool(p.Reliable)}, {strconv.FormatBool(p.Weak)},
				{p.Expression}, {p.Instead}}
		}),
	}
}
