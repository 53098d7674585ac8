package report

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/check"
)

// Check writes whether a dump is sound, its flaws, and how much of memory_usage
// its items explain; of a capture, who owns each block.
func Check(w io.Writer, c *check.Check, o Options) error {
	return render(w, checkPage{c}, o)
}

type checkPage struct{ *check.Check }

func (c checkPage) page(out sheet, o Options) {
	out = flow(out, o)
	p := points{out, "  ", "    "}
	if o.Format == Markdown {
		p = points{out, "- ", "  - "}
	}
	if c.Verdict == analysis.Sound {
		out.info(c.verdict())
	} else {
		out.note(c.verdict())
	}
	out.gap()
	for _, f := range c.facts() {
		out.line(f.name + ": " + f.text)
	}
	c.flaws(p)
	c.weakMaps(p)
	if c.Capture != nil && c.Balance != nil {
		c.owners(p)
		return
	}
	c.balance(p)
	c.lostBlocks(p)
	c.bounds(p)
	c.causes(p)
}

// verdict is the first line: what to make of the dump.
func (c checkPage) verdict() string {
	var text string
	switch {
	case c.Verdict != analysis.Sound && c.Fault != "":
		text = fmt.Sprintf("%s: %s. What follows rests on the %s that could be read, up to byte %d.",
			upperFirst(string(c.Verdict)), c.Fault, Count(c.Items, "item"), c.EndsAt)
	case c.Verdict == analysis.Incomplete:
		text = fmt.Sprintf("Incomplete: the dump ends at byte %d, inside its list of items. What follows rests on the %s before that.",
			c.EndsAt, Count(c.Items, "item"))
	case c.Verdict == analysis.Damaged && c.Capture != nil && !c.Capture.Balanced:
		text = fmt.Sprintf("Damaged: the blocks found and the bytes that PHP counts differ by %+d bytes; capture again.", c.Capture.Off)
	case c.Verdict == analysis.Damaged:
		text = fmt.Sprintf("Damaged: parts of the dump are missing or make no sense (see below). What follows rests on the %s that could be read.",
			Count(c.Items, "item"))
	case c.Verdict == analysis.Doubtful:
		text = "Doubtful: the dump is complete and all of it could be read, but " + strings.Join(c.caveats(), ", and ") + "."
	case len(c.Flaws) == 1:
		text = "Sound: the dump is complete and all of it could be read. One flaw is listed below."
	case len(c.Flaws) > 1:
		text = "Sound: the dump is complete and all of it could be read. " + plural(len(c.Flaws), "flaw") + " are listed below."
	default:
		text = "Sound: the dump is complete and has no flaw."
	}
	if c.Capture != nil && c.Verdict == analysis.Sound {
		return fmt.Sprintf("Sound: every block of PHP's heap is accounted for, %s in %s.", Size(c.Capture.Blocks.Bytes), Count(c.Capture.Blocks.Blocks, "block"))
	}
	if c.Balance != nil {
		return text + " " + percent(c.Balance.Share) + " of memory_usage is explained."
	}
	return text + " It has no header: how much of memory_usage is explained is not known."
}

// caveats say why a dump that could be read is not sound.
func (c checkPage) caveats() []string {
	var list []string
	if len(c.Lost) > 0 {
		var objects, references uint64
		for _, l := range c.Lost {
			objects, references = objects+l.Objects, references+l.References
		}
		text := Count(references, "reference") + " may be false"
		if objects > 0 {
			text = "what " + Count(objects, "object") + " held is lost"
		}
		list = append(list, text+" (address_reuse, below)")
	}
	if c.Balance != nil && c.Balance.Unexplained < 0 {
		list = append(list, "the items explain "+Size(magnitude(c.Balance.Unexplained))+" more than memory_usage")
	}
	return list
}

type fact struct{ name, text string }

// facts are who wrote the dump, what it holds, and where it ends.
func (c checkPage) facts() []fact {
	why := c.PHPWhy
	switch {
	case c.Capture != nil:
	case c.Real:
		why += "; its sizes are those that were allocated"
	case c.Modelled != c.PHP:
		why += "; sizes as in " + c.Modelled
	}
	holds := fmt.Sprintf("%s, %s, %s", Count(c.Items, "item"), Count(c.Roots, "root"), Count(c.Edges, "reference"))
	if c.Weak > 0 {
		holds += fmt.Sprintf(" (%s of them weak, from a WeakMap: they keep nothing alive)", grouped(c.Weak))
	}
	end := "complete"
	if !c.Complete {
		end = "not complete"
	}
	if c.Capture != nil && c.EndsAt == 0 {
		return []fact{{"Written by", c.Producer + ", PHP " + c.PHP + " (" + why + ")"}, {"Holds", holds}}
	}
	return []fact{
		{"Written by", c.Producer + ", PHP " + c.PHP + " (" + why + ")"},
		{"Holds", holds},
		{"Ends", fmt.Sprintf("at byte %d, %s", c.EndsAt, end)},
	}
}

// records has a line for each finding.
func (c checkPage) records(Options) grid {
	var rows [][]cell
	add := func(section, name, value, note string) {
		rows = append(rows, []cell{{section}, {name}, {value}, {note}})
	}
	add("dump", "verdict", string(c.Verdict), c.verdict())
	add("dump", "producer", c.Producer, "")
	add("dump", "php", c.PHP, c.PHPWhy)
	add("dump", "items", ungrouped(c.Items), "")
	add("dump", "roots", ungrouped(c.Roots), "")
	add("dump", "edges", ungrouped(c.Edges), "")
	add("dump", "weak_references", ungrouped(c.Weak), "")
	add("dump", "ends_at", strconv.FormatInt(c.EndsAt, 10), "")
	for i := range c.Flaws {
		add("defect", c.Flaws[i].Kind, ungrouped(c.Flaws[i].Count), c.Flaws[i].Example)
	}
	for _, l := range c.Lost {
		add("lost_contents", l.Class, ungrouped(l.Objects), Count(l.References, "reference")+" may be false")
	}
	for i := range c.WeakMaps {
		m := &c.WeakMaps[i]
		add("weak_map", cmp.Or(m.Path, m.ID), ungrouped(m.SelfHeld), "self-held of "+ungrouped(m.Entries)+" entries")
	}
	c.balanceRecords(add)
	for _, p := range c.Bounds.Parts {
		add("bounds", p.Type, ungrouped(p.Modelled), "at least "+ungrouped(p.Low)+", "+atMostBytes(p.High, p.Open))
	}
	return grid{
		columns: columns("section", "name", "value", "note"),
		rows:    rowsOf(rows, func(_ int, r *[]cell) []cell { return *r }),
	}
}

// balanceRecords are the lines on memory_usage and what it is spent on.
func (c checkPage) balanceRecords(add func(section, name, value, note string)) {
	b := c.Balance
	if b == nil {
		return
	}
	add("balance", "memory_usage", ungrouped(b.MemoryUsage), "")
	if c.Capture != nil {
		for _, o := range c.Capture.Owners {
			add("by_owner", o.Name, ungrouped(o.Bytes), Count(o.Blocks, "block"))
		}
		for _, o := range c.Capture.Process {
			add("process", o.Name, ungrouped(o.Bytes), "")
		}
	}
	for _, k := range c.kinds() {
		add("balance", k.key, ungrouped(k.bytes), "")
	}
	add("balance", "object_table", ungrouped(b.ObjectTable), "")
	add("balance", "baseline", ungrouped(b.Baseline), "")
	add("balance", "unexplained", strconv.FormatInt(b.Unexplained, 10), "")
	for _, cause := range b.Causes {
		add("cause", string(cause.Kind), ungrouped(cause.UpTo), causes[cause.Kind])
	}
}
