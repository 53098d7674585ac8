package report

import (
	"cmp"
	"fmt"

	"memtrail/analysis"
)

// flaws lists what is wrong with a dump, and what it means for the results.
func (c checkPage) flaws(p points) {
	if len(c.Flaws) == 0 {
		return
	}
	p.gap()
	p.info("Flaws")
	for i := range c.Flaws {
		f := &c.Flaws[i]
		text := f.Kind + ": " + grouped(f.Count)
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

// meanings say what each flaw does to the results.
var meanings = map[string]string{
	"truncated":       "Items behind that point are missing everywhere, so counts and sums are too low and holders may be missing.",
	"malformed_item":  "These items are left out of all results.",
	"oversized_name":  "A name too long to be held is left out; the rest of its item counts.",
	"changed":         "The file changed while it was read: what was read may mix two dumps. Read it again when nothing writes to it.",
	"read_error":      "What follows could not be read, or what precedes is not what was written. Copy the file again.",
	"bad_head":        "What precedes the items made no sense and was skipped: the header, or items before the first that was found, may be missing.",
	"items_behind":    "Items behind the end of the dump, not read: a stray brace ended it, or the file holds two dumps. Split it, or take the dump again.",
	"stray_children":  "References under a name other than children are left out: nothing seems to hold what they lead to.",
	"missing_root":    "Items with a frame that do not say whether they are roots: they count as no roots.",
	"orphan_item":     "Items that are no roots and that nothing refers to.",
	"bad_child":       "Children without an id are left out.",
	"bad_escape":      "A backslash that escapes nothing is kept as it is.",
	"bad_size":        "These items count as 0 bytes.",
	"missing_type":    "These items have no type and count as 0 bytes.",
	"odd_type":        "An uninitialised slot: PHP printed whatever type it found there. It counts as 0 bytes.",
	"raw_bytes":       "Names that are not UTF-8: php-meminfo's analyzer refuses such a file; here they are kept, printed as \\xFF.",
	"duplicate_key":   "Equal keys in one item, as of a private property in parent and child: php-meminfo's analyzer loses one; here both count.",
	"duplicate_field": "Equal fields in one item: the last one counts.",
	"trailing_comma":  "Not valid JSON, but harmless here: strict readers refuse the file.",
	"leading_text":    "Text before the dump, such as a warning of PHP; skipped.",
	"trailing_text":   "Text behind the dump; skipped.",
	"extra_brace":     "A closing brace too many; skipped.",
	"missing_brace":   "The last closing brace is missing; all items are there.",
	"duplicate_id":    "Several items under one address: references lead to the first, so nothing seems to hold the others.",
	"dangling_child":  "References to items that the dump does not have: what they lead to is in no count and no sum.",
	"address_reuse": "PHP reused these addresses while it wrote the dump. The references may be false: they are printed as ~> and " +
		"left out of retained sizes. What was there is lost.",
}

// meaning is what a flaw means for the results of this dump.
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

// unlike is what follows for a dump that breaks a rule of its producer.
const unlike = " php-meminfo writes each item that it names, once, and no other: a part of the file is lost or altered."

const lostUpTo = 10 // classes named on a page

// lost lists the classes whose contents address reuse has lost.
func (c checkPage) lost(p points) {
	for i, l := range c.Lost {
		if i == lostUpTo {
			p.below(fmt.Sprintf("… and %d more (--format json lists all)", len(c.Lost)-i))
			return
		}
		text := shorten(l.Class, classWidth) + ": "
		if l.Objects > 0 {
			text += "the contents of " + Count(l.Objects, "object") + " are lost, "
		}
		p.below(text + Count(l.References, "reference") + " may be false")
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
			p.below("… and more (--format json lists all)")
			break
		}
		what := cmp.Or(m.Value.Class, m.Value.Type)
		p.point(fmt.Sprintf("%s: in %s of %s the value (%s) holds its own key, and nothing else does.",
			cmp.Or(m.Path, m.ID), grouped(m.SelfHeld), Count(m.Entries, "entry"), what))
	}
	if shown > 0 {
		p.point(neverFreed + ".")
	}
}
