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

// points writes the points of a list, and points below a point.
type points struct {
	sheet
	first, second string
}

func (p points) point(text string) { p.line(p.first + text) }
func (p points) below(text string) { p.line(p.second + text) }

// command is a point that is never broken: it is to be copied.
func (p points) command(text string) {
	whole := p.sheet
	if f, ok := whole.(flowing); ok {
		whole = f.sheet
	}
	whole.line(p.first + text)
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

func (c checkPage) flaws(p points) {
	if len(c.Flaws) == 0 {
		return
	}
	p.gap()
	p.info("Flaws")
	for i := range c.Flaws {
		f := &c.Flaws[i]
		text := fmt.Sprintf("%s: %d", f.Kind, f.Count)
		if f.First >= 0 {
			text += fmt.Sprintf(", first at byte %d", f.First)
		}
		if f.Example != "" {
			text += ", e.g. " + shorten(f.Example, classWidth)
		}
		p.point(text + ". " + c.meaning(&f.Defect))
		if f.Kind == "address_reuse" {
			c.lost(p)
		}
	}
}

const mapsUpTo = 10 // WeakMaps named on a page

// weakMaps tells of the entries that PHP may never free.
func (c checkPage) weakMaps(p points) {
	shown := 0
	for i := range c.WeakMaps {
		m := &c.WeakMaps[i]
		if m.SelfHeld == 0 {
			continue
		}
		if shown++; shown == 1 {
			p.gap()
			p.info("WeakMaps")
		}
		if shown > mapsUpTo {
			p.below("and more, see --format json")
			break
		}
		what := cmp.Or(m.Value.Class, m.Value.Type)
		p.point(fmt.Sprintf("%s: in %d of %s the value (%s) holds its own key, and nothing else does.",
			cmp.Or(m.Path, m.ID), m.SelfHeld, entries(m.Entries), what))
	}
	if shown > 0 {
		p.point(neverFreed + ".")
	}
}

func entries(n uint64) string {
	if n == 1 {
		return "1 entry"
	}
	return count(n) + " entries"
}

const lostUpTo = 10 // classes named on a page

func (c checkPage) lost(p points) {
	for i, l := range c.Lost {
		if i == lostUpTo {
			p.below(fmt.Sprintf("and %d more, see --format json", len(c.Lost)-i))
			return
		}
		text := shorten(l.Class, classWidth) + ": "
		if l.Objects > 0 {
			text += thousands(l.Objects, "object") + " whose own contents are lost, "
		}
		p.below(text + thousands(l.References, "reference") + " not to be trusted")
	}
}

// meanings says what each flaw does to the results.
var meanings = map[string]string{
	"truncated":       "Items behind that point are missing everywhere, so counts and sums are too low and holders may be missing.",
	"malformed_item":  "Those items are left out of all results.",
	"oversized_name":  "A name too long to be held is left out; the rest of its item counts.",
	"changed":         "The file is not the one that was opened: what was read may mix two dumps. Read it again when nothing writes to it.",
	"read_error":      "What is behind that point could not be read, or what is before it is not what was written. Copy the file again.",
	"bad_head":        "What stands before the items made no sense and was skipped: the header, or items before the first that was found, may be missing.",
	"items_behind":    "Items behind the end of the dump, not read: a stray brace ended it, or the file holds two dumps. Split it, or take the dump again.",
	"stray_children":  "References under a name other than children are left out: what they lead to seems to be held by nobody.",
	"missing_root":    "Items with a frame that do not say whether they are roots: they are taken for none.",
	"orphan_item":     "Items that are no roots and that nothing refers to.",
	"bad_child":       "Children without an id are left out.",
	"bad_escape":      "A backslash that escapes nothing is kept as it is.",
	"bad_size":        "Those items count with 0 bytes.",
	"missing_type":    "Those items have no type and cost nothing.",
	"odd_type":        "An uninitialised slot: PHP printed whatever type it found there. It costs nothing.",
	"raw_bytes":       "Names that are not UTF-8: php-meminfo's analyzer refuses such a file; here they are kept, printed as \\xFF.",
	"duplicate_key":   "Equal keys in one item, as of a private property in parent and child: php-meminfo's analyzer loses one; here both count.",
	"duplicate_field": "Equal fields in one item: the last one counts.",
	"trailing_comma":  "No JSON, though harmless: every strict reader refuses the file.",
	"leading_text":    "Text before the dump, such as a warning of PHP; skipped.",
	"trailing_text":   "Text behind the dump; skipped.",
	"extra_brace":     "A closing brace too many; skipped.",
	"missing_brace":   "The last closing brace is missing; all items are there.",
	"duplicate_id":    "Several items under one address: references lead to the first, so the others seem to be held by nobody.",
	"dangling_child":  "References to items that the dump does not have: what they lead to is in no count and no sum.",
	"address_reuse": "PHP used these addresses again while it wrote the dump. The references need not exist: they print as ~> and " +
		"are left out of retained sizes; what really was there is lost.",
}

func (c checkPage) meaning(d *analysis.Defect) string {
	switch text := meanings[d.Kind]; {
	case d.Kind == "dangling_child" && !c.Complete:
		return "References to items that stood behind the dump's end."
	case d.Loses && (d.Kind == "dangling_child" || d.Kind == "duplicate_id" || d.Kind == "orphan_item"):
		return text + unlike
	default:
		return text
	}
}

// unlike is what to think of a dump that breaks a rule of its producer.
const unlike = " php-meminfo writes each item that it names, once, and no other: a part of the file is lost or altered."

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

// plainWord reports whether a shell takes text as it stands.
func plainWord(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool {
		return !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", r)
	}) < 0
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

func atMostBytes(n uint64, open bool) string {
	if open {
		return "no upper bound"
	}
	return "at most " + count(n)
}
