package report

import (
	"cmp"
	"fmt"
	"io"
	"memtrail/analysis"
	"memtrail/analysis/check"
	"strconv"
	"strings"
)

// Check writes whether a dump is sound and what it explains.
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
	c.bounds(p)
	c.causes(p)
}

// verdict is the first line: what to make of the dump.
func (c checkPage) verdict() string {
	var text string
	switch {
	case c.Verdict != analysis.Sound && c.Fault != "":
		text = fmt.Sprintf("%s: %s. All that follows rests on the %s that could be read, up to byte %d.",
			strings.ToUpper(string(c.Verdict[:1]))+string(c.Verdict[1:]), c.Fault, Count(c.Items, "item"), c.EndsAt)
	case c.Verdict == analysis.Incomplete:
		text = fmt.Sprintf("Incomplete: the dump ends at byte %d, inside its list of items. All that follows rests on the %s before.",
			c.EndsAt, thousands(c.Items, "item"))
	case c.Verdict == analysis.Damaged && c.Capture != nil && !c.Capture.Balanced:
		text = fmt.Sprintf("Damaged: the blocks found and the bytes that PHP counts differ by %+d bytes; capture again.", c.Capture.Off)
	case c.Verdict == analysis.Damaged:
		text = fmt.Sprintf("Damaged: parts of the dump are missing or make no sense, see below. All that follows rests on the %s that could be read.",
			Count(c.Items, "item"))
	case c.Verdict == analysis.Doubtful:
		text = "Doubtful: the dump is complete and all of it could be read, but " + strings.Join(c.caveats(), ", and ") + "."
	case len(c.Flaws) == 1:
		text = "Sound: the dump is complete and all of it could be read. Mind the flaw below."
	case len(c.Flaws) > 1:
		text = "Sound: the dump is complete and all of it could be read. Mind the flaws below."
	default:
		text = "Sound: the dump is complete and nothing in it is odd."
	}
	if c.Capture != nil && c.Verdict == analysis.Sound {
		return fmt.Sprintf("Sound: every block of PHP's heap is accounted for, %s in %s.", memory(c.Capture.Blocks.Bytes), thousands(c.Capture.Blocks.Blocks, "block"))
	}
	if c.Balance != nil {
		return text + " " + percent(c.Balance.Share) + " of memory_usage is explained."
	}
	return text + " It has no header, so there is nothing to compare its items with."
}

// caveats say why a dump that could be read is not sound.
func (c checkPage) caveats() []string {
	var list []string
	if len(c.Lost) > 0 {
		var objects, references uint64
		for _, l := range c.Lost {
			objects, references = objects+l.Objects, references+l.References
		}
		text := thousands(references, "reference") + " cannot be trusted"
		if objects > 0 {
			text = "what " + thousands(objects, "object") + " held is lost"
		}
		list = append(list, text+" (address_reuse, below)")
	}
	if c.Balance != nil && c.Balance.Unexplained < 0 {
		list = append(list, "what is explained is "+memory(uint64(-c.Balance.Unexplained))+" more than there is")
	}
	return list
}

type fact struct{ name, text string }

func (c checkPage) facts() []fact {
	why := c.PHPWhy
	switch {
	case c.Capture != nil:
	case c.Real:
		why += "; its sizes are those that were allocated"
	case c.Modelled != c.PHP:
		why += "; sizes as in " + c.Modelled
	}
	holds := fmt.Sprintf("%s, %s, %s", thousands(c.Items, "item"), thousands(c.Roots, "root"), thousands(c.Edges, "reference"))
	if c.Weak > 0 {
		holds += fmt.Sprintf(" (%d weak: of a WeakMap, they keep nothing alive)", c.Weak)
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
	add("dump", "items", count(c.Items), "")
	add("dump", "roots", count(c.Roots), "")
	add("dump", "edges", count(c.Edges), "")
	add("dump", "weak_references", count(c.Weak), "")
	add("dump", "ends_at", strconv.FormatInt(c.EndsAt, 10), "")
	for i := range c.Flaws {
		add("defect", c.Flaws[i].Kind, count(c.Flaws[i].Count), c.Flaws[i].Example)
	}
	for _, l := range c.Lost {
		add("lost", l.Class, count(l.Objects), thousands(l.References, "reference")+" not to be trusted")
	}
	for i := range c.WeakMaps {
		m := &c.WeakMaps[i]
		add("weak_map", cmp.Or(m.Path, m.ID), count(m.SelfHeld), "self-held of "+entries(m.Entries))
	}
	if b := c.Balance; b != nil {
		add("balance", "memory_usage", count(b.MemoryUsage), "")
		if c.Capture != nil {
			for _, o := range c.Capture.Owners {
				add("by_owner", o.Name, count(o.Bytes), thousands(o.Blocks, "block"))
			}
			for _, o := range c.Capture.Process {
				add("process", o.Name, count(o.Bytes), "")
			}
		}
		for _, k := range c.kinds() {
			add("balance", k.key, count(k.bytes), "")
		}
		add("balance", "object_table", count(b.ObjectTable), "")
		add("balance", "baseline", count(b.Baseline), "")
		add("balance", "unexplained", strconv.FormatInt(b.Unexplained, 10), "")
		for _, cause := range b.Causes {
			add("cause", string(cause.Kind), count(cause.UpTo), causes[cause.Kind])
		}
	}
	for _, p := range c.Bounds.Parts {
		add("bounds", p.Type, count(p.Modelled), "at least "+count(p.Low)+", "+atMostBytes(p.High, p.Open))
	}
	return grid{
		columns: columns("section", "name", "value", "note"),
		rows:    rowsOf(rows, func(_ int, r *[]cell) []cell { return *r }),
	}
}
