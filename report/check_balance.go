package report

import (
	"fmt"

	"memtrail/analysis/check"
	"memtrail/analysis/levels"
)

// balance is the table of what memory_usage is spent on, as far as items tell.
func (c checkPage) balance(p points) {
	b := c.Balance
	if b == nil {
		return
	}
	p.gap()
	total := []cell{{"memory_usage"}, {ungrouped(b.MemoryUsage)}, {Size(b.MemoryUsage)}, {""}}
	rows := [][]cell{total}
	row := func(sign, name string, n uint64) {
		rows = append(rows, []cell{{sign + name}, {ungrouped(n)}, {Size(n)}, {percentOf(n, b.MemoryUsage)}})
	}
	for _, k := range c.kinds() {
		if k.bytes > 0 {
			row(minus+" ", k.name, k.bytes)
		}
	}
	row(minus+" ", "the engine's table of all objects", b.ObjectTable)
	row(minus+" ", "an empty script, about", b.Baseline)
	if b.Unexplained >= 0 {
		row("= ", "unexplained", uint64(b.Unexplained))
	} else {
		n := magnitude(b.Unexplained)
		rows = append(rows, []cell{{"= explained too much"}, {minus + ungrouped(n)}, {minus + Size(n)}, {percent(float64(b.Unexplained) / float64(b.MemoryUsage))}})
	}
	p.table(grid{
		columns: []column{{title: "Balance"}, numeric("Bytes"), numeric("Size"), numeric("Share")},
		rows:    rowsOf(rows, func(_ int, r *[]cell) []cell { return *r }),
	})
	if h := c.Header; h != nil {
		p.line(fmt.Sprintf("memory_usage_real: %s, taken from the system. Peaks: %s used, %s taken.",
			Size(h.MemoryUsageReal), Size(h.PeakMemoryUsage), Size(h.PeakMemoryUsageReal)))
		if text := keptText(levels.KeptBy(&c.Source)); text != "" {
			p.note(text)
		}
	}
}

type kindBytes struct {
	key, name string
	bytes     uint64
}

// kinds are the bytes of items by what they are spent on.
func (c checkPage) kinds() []kindBytes {
	s := &c.Spent
	return []kindBytes{
		{"strings", "strings", s.Strings},
		{"arrays", "arrays", s.Arrays},
		{"keys", "string keys of arrays", s.Keys},
		{"objects", "objects", s.Objects},
		{"property_tables", "property tables", s.Tables},
		{"references", "references (&)", s.References},
	}
}

// bounds says what the model cannot know, as far as it matters.
func (c checkPage) bounds(p points) {
	b := &c.Bounds
	p.gap()
	if b.Low == b.High && !b.Open {
		p.line(fmt.Sprintf("The items take %s. This is exact.", Size(b.Low)))
		return
	}
	p.line(fmt.Sprintf("By the model, the items take %s: at least %s, %s.", Size(c.Spent.Total()), Size(b.Low), atMost(b.High, b.Open)))
	for _, part := range b.Parts {
		for i, why := range part.Why {
			text := fmt.Sprintf("%s (%s; at least %s, %s): ", part.Type, Size(part.Modelled), Size(part.Low), atMost(part.High, part.Open))
			if i > 0 {
				text = part.Type + ": "
			}
			p.point(text + why)
		}
	}
}

// atMost words an upper bound in prose, atMostBytes in CSV.
func atMost(n uint64, open bool) string {
	if open {
		return "with no upper bound"
	}
	return "at most " + Size(n)
}

func atMostBytes(n uint64, open bool) string {
	if open {
		return "no upper bound"
	}
	return "at most " + ungrouped(n)
}

// atMostOf says how much of the unexplained bytes a cause may be.
func atMostOf(most, unexplained uint64) string {
	if most >= unexplained {
		return " That may be all of it."
	}
	return " That may be up to " + Size(most) + "."
}

// causes lists what unexplained bytes may be, and the commands to run next.
func (c checkPage) causes(p points) {
	b := c.Balance
	if b == nil || len(b.Causes) == 0 {
		return
	}
	p.gap()
	if b.Unexplained > 0 {
		p.note(fmt.Sprintf("What the unexplained %s may be, most plausible first:", Size(uint64(b.Unexplained))))
	} else {
		p.note(fmt.Sprintf("Why the items may seem to take %s more than memory_usage:", Size(magnitude(b.Unexplained))))
	}
	for i, cause := range b.Causes {
		text := fmt.Sprintf("%d. %s", i+1, causes[cause.Kind])
		if cause.UpTo > 0 {
			text += atMostOf(cause.UpTo, magnitude(b.Unexplained))
		}
		p.line(text)
	}
	p.gap()
	p.line("Next:")
	for _, command := range c.next() {
		p.command("analyzer " + command)
	}
}

// causes says what each cause is, and what to do about it.
var causes = map[check.CauseKind]string{
	check.CutOff:         "What is missing from the dump. Raise memory_limit for the dump, or write it earlier, and check again.",
	check.LostTables:     "The contents that were lost to address reuse (see above).",
	check.ShrunkArrays:   "Arrays that were larger once and keep their tables. Copy what is left into a new array to free them.",
	check.HiddenState:    "Frames of generators and stacks of fibers, which are in no dump.",
	check.CompiledCode:   "Compiled code of all classes and functions, if opcache is off, as it is on the command line (opcache.enable_cli).",
	check.PropertyTables: "Property tables of objects, made by an earlier dump, a cast or a foreach. Dump twice and compare the second dumps.",
	check.Cycles:         "Garbage in cycles. Call gc_collect_cycles() before the dump.",
	check.HiddenRoots:    "Values that only function statics, generators, fibers or $this of running methods hold: no dump reaches them.",
	check.Extensions:     "Extensions: result sets, XML documents, stream buffers.",
	check.SharedStrings:  "Strings of equal value that are one string in PHP, or literals of the program: a dump counts each place.",
	check.LiteralKeys:    "String keys that are literals of the program, counted as if they were built at run time.",
	check.SharedArrays:   "Copies of arrays that share one table: a dump does not show this if they hold only objects.",
	check.OtherVersion:   "Another version of PHP: the dump does not tell it. Before 8.2, lists take twice as much. Give the version with --php.",
}

// next are commands that lead on.
func (c checkPage) next() []string {
	name := c.Name
	if name == "" {
		name = "DUMP"
	}
	if c.Balance.Unexplained < 0 {
		return []string{"query -f type=string -f 'size>1KB' " + name, "summary --sizes allocated " + name}
	}
	next := []string{"summary --group frame " + name, "heap " + name}
	for _, l := range c.Lost {
		if l.Objects > 0 && plainWord(l.Class) {
			return append(next, "query -f class="+l.Class+" "+name)
		}
	}
	return next
}
