package report

import (
	"fmt"
	"memtrail/analysis/check"
)

func (c checkPage) balance(p points) {
	b := c.Balance
	if b == nil {
		return
	}
	p.gap()
	total := []cell{{"memory_usage"}, {count(b.MemoryUsage)}, {memory(b.MemoryUsage)}, {""}}
	rows := [][]cell{total}
	row := func(sign, name string, n uint64) {
		rows = append(rows, []cell{{sign + name}, {count(n)}, {memory(n)}, {percent(float64(n) / float64(b.MemoryUsage))}})
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
		n := uint64(-b.Unexplained)
		rows = append(rows, []cell{{"= explained too much"}, {minus + count(n)}, {minus + memory(n)}, {percent(float64(b.Unexplained) / float64(b.MemoryUsage))}})
	}
	p.table(grid{
		columns: []column{{title: "Balance"}, numeric("Bytes"), numeric("Size"), numeric("Share")},
		rows:    rowsOf(rows, func(_ int, r *[]cell) []cell { return *r }),
	})
	if h := c.Header; h != nil {
		p.line(fmt.Sprintf("memory_usage_real: %s, taken from the system. Peaks: %s used, %s taken.",
			memory(h.MemoryUsageReal), memory(h.PeakMemoryUsage), memory(h.PeakMemoryUsageReal)))
	}
}

type kindBytes struct {
	key, name string
	bytes     uint64
}

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
		p.line(fmt.Sprintf("The items cost %s; nothing about that is in doubt.", memory(b.Low)))
		return
	}
	p.line(fmt.Sprintf("The model takes %s for the items. By the rules it is at least %s, %s.", memory(c.Spent.Total()), memory(b.Low), atMost(b.High, b.Open)))
	for _, part := range b.Parts {
		for i, why := range part.Why {
			text := fmt.Sprintf("%s (%s; at least %s, %s): ", part.Type, memory(part.Modelled), memory(part.Low), atMost(part.High, part.Open))
			if i > 0 {
				text = part.Type + ": "
			}
			p.point(text + why)
		}
	}
}

func atMost(n uint64, open bool) string {
	if open {
		return "with no upper bound"
	}
	return "at most " + memory(n)
}

func atMostBytes(n uint64, open bool) string {
	if open {
		return "no upper bound"
	}
	return "at most " + count(n)
}

func (c checkPage) causes(p points) {
	b := c.Balance
	if b == nil || len(b.Causes) == 0 {
		return
	}
	p.gap()
	if b.Unexplained > 0 {
		p.note(fmt.Sprintf("What the unexplained %s may be, the most plausible first:", memory(uint64(b.Unexplained))))
	} else {
		p.note(fmt.Sprintf("Why the model may come to %s more than there is:", memory(uint64(-b.Unexplained))))
	}
	for i, cause := range b.Causes {
		text := fmt.Sprintf("%d. %s", i+1, causes[cause.Kind])
		if cause.UpTo > 0 {
			text += " That may make up to " + memory(cause.UpTo) + "."
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
	check.LostTables:     "The contents that were lost to address reuse, see above.",
	check.ShrunkArrays:   "Arrays that were larger once and keep their room. Copying what is left into a new array gives it back.",
	check.HiddenState:    "Frames of generators and stacks of fibers, which are in no dump.",
	check.CompiledCode:   "Compiled code: every class and function loaded, where opcache is off, as it is on the command line (opcache.enable_cli).",
	check.PropertyTables: "Property tables that an earlier dump, a cast or a foreach made for the objects. Dump twice, compare the second ones.",
	check.Cycles:         "Garbage in cycles. Call gc_collect_cycles() before the dump.",
	check.HiddenRoots:    "Values that only function statics, generators, fibers or $this of running methods hold: no dump reaches them.",
	check.Extensions:     "Extensions: result sets, XML documents, stream buffers.",
	check.SharedStrings:  "Strings of equal value that are one string in PHP, or literals of the program: each place is counted.",
	check.LiteralKeys:    "String keys that are literals of the program, taken for built at run time.",
	check.SharedArrays:   "Copies of arrays that share one table; a dump does not show that where they hold nothing but objects.",
	check.OtherVersion:   "Another version of PHP: nothing in the dump tells. Before 8.2, lists take twice as much. Give it with --php.",
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
