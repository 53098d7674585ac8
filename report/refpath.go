package report

import (
	"fmt"
	"memtrail/analysis"
	"memtrail/analysis/query"
	"strconv"
	"strings"
)

type refPaths struct{ *query.RefPaths }

// self is php-meminfo's key for the path of an item that is a root itself.
const self = "<self>"

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
	if clip.cut {
		text.gap()
		clip.note(text)
	}
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
	out.table(grid{
		columns: append(append(columns("Item id", "Type"), sizeColumns(items, "Allocated", "Retained")...), nameColumn("Path")),
		rows: rowsOf(r.Dominators, func(_ int, d *query.Dominator) []cell {
			name := d.Item.Type
			if d.Item.HasClass {
				name = clip.name(d.Item.Class)
			}
			row := append([]cell{{d.Item.ID}, {name}}, sizeCells(&d.Item)...)
			return append(row, cell{clip.expression(d.Expression)})
		}),
	})
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

// draw prints what php-meminfo prints of the paths.
func (r refPaths) draw(out sheet, o Options, clip *clipper) {
	for i := range r.Paths {
		p := &r.Paths[i]
		switch {
		case p.Rank > 0 || len(p.Steps) == 0:
		case o.Verbose:
			out.info("Path from " + p.Steps[0].Item.ID)
			drawBoxes(out, p, clip)
		default:
			out.info("Path to " + p.Steps[0].Item.ID)
			drawLines(out, p, clip)
		}
	}
}

// Each step is indented by two more than the one before, so the output grows
// with the square of the path's length: a list of a million nodes would take a
// terabyte. Paths longer than this are not indented at all.
const indentUpTo = 10_000

// drawLines prints a path from the root on. php-meminfo names a root wherever
// it meets one, and a key by the type of the item that holds it: nothing for a
// scalar, which is its own path only.
func drawLines(out sheet, p *query.Path, clip *clipper) {
	var line strings.Builder
	indent := 0
	edge := func(parent *analysis.Item, key string, entry bool) {
		key = clip.name(key)
		if parent.IsRoot {
			line.WriteString("(" + clip.name(parent.Frame) + ")$" + clip.name(parent.Symbol))
		}
		if parent.Type == "object" || entry {
			out.line(line.String())
			line.Reset()
			if len(p.Steps) <= indentUpTo {
				line.WriteString(strings.Repeat(" ", indent))
			}
		}
		switch {
		case entry && digits(key):
			line.WriteString("[" + key + "]") // of the map's own
		case entry:
			line.WriteString(key)
		case parent.Type == "object":
			line.WriteString("->" + key)
		case parent.Type == "array":
			line.WriteString(`["` + key + `"]`)
		}
		indent += 2
	}
	if len(p.Steps) == 1 {
		edge(&p.Steps[0].Item, self, false)
	}
	for i := 1; i < len(p.Steps); i++ {
		edge(&p.Steps[i-1].Item, p.Steps[i].Key, p.Steps[i].Entry)
	}
	out.line(line.String())
}

// drawBoxes prints a path from the item up to the root.
func drawBoxes(out sheet, p *query.Path, clip *clipper) {
	last := len(p.Steps) - 1
	for i := last; i > 0; i-- {
		drawBox(out, &p.Steps[i].Item, clip)
		drawArrow(out, clip.name(p.Steps[i].Key))
	}
	if last == 0 {
		drawBox(out, &p.Steps[0].Item, clip)
		drawArrow(out, self)
	}
	drawBox(out, &p.Steps[0].Item, clip)
}

func drawBox(out sheet, it *analysis.Item, clip *clipper) {
	data := append(cell{"Id: " + it.ID}, itemData(it, clip)...)
	if it.HasChildren {
		data = append(data, "Children count: "+count(it.ChildrenCount))
	}
	out.table(grid{
		columns:  columns(""),
		headless: true,
		rows:     rowsOf(data, func(_ int, line *string) []cell { return []cell{{*line}} }),
	})
}

func drawArrow(out sheet, key string) {
	for _, text := range []string{"^", "|", key, "|", "|"} {
		out.line(centre(printable(text)))
	}
}

// centre pads text on both sides like PHP's str_pad, which counts bytes.
func centre(text string) string {
	const width = 20
	pad := max(width-len(text), 0)
	return strings.Repeat(" ", pad/2) + text + strings.Repeat(" ", pad-pad/2)
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

// steps makes a row of each step of each path.
func (r refPaths) steps(row func(path, step int, s *query.Step) []cell) func(func([]cell) bool) {
	return func(yield func([]cell) bool) {
		for i := range r.Paths {
			for j := range r.Paths[i].Steps {
				if !yield(row(i, j, &r.Paths[i].Steps[j])) {
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
					{s.Key}, {count(s.Item.Size)}, {strconv.FormatBool(step == 0 || s.Reliable)}, {strconv.FormatBool(s.Weak)}}
			}),
		}
	}
	return grid{
		columns: columns("path", "rank", "root", "frame", "symbol_name", "steps", "reliable", "weak", "expression", "instead"),
		rows: rowsOf(r.Paths, func(i int, p *query.Path) []cell {
			root := rootOf(p)
			return []cell{{strconv.Itoa(i + 1)}, {strconv.Itoa(p.Rank)}, {root.ID}, {root.Frame}, {root.Symbol},
				{strconv.Itoa(len(p.Steps))}, {strconv.FormatBool(p.Reliable)}, {strconv.FormatBool(p.Weak)},
				{p.Expression}, {p.Instead}}
		}),
	}
}
