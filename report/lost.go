package report

import (
	"fmt"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/check"
)

// lostTerm is a term of valgrind's memcheck for what nothing of a program's holds.
type lostTerm struct {
	name  string
	block string // what it means of a block of a capture
	item  string // and of an item of another dump
	of    func(*analysis.Lost) check.Amount
}

// lostTerms are the same for blocks and items; docs/trust.md has them as a table.
var lostTerms = []lostTerm{
	{"definitely lost", "no pointer leads to them", "no item leads to them", func(l *analysis.Lost) check.Amount { return l.Definitely }},
	{"indirectly lost", "only lost blocks lead to them", "only lost items lead to them", func(l *analysis.Lost) check.Amount { return l.Indirectly }},
	{"possibly lost", "a pointer leads into them", "a reference that may be false leads to them", func(l *analysis.Lost) check.Amount { return l.Possibly }},
	{"still reachable", "C code holds them", "a weak reference leads to them", func(l *analysis.Lost) check.Amount { return l.Reachable }},
	{"suppressed", "a rule names them", "a rule names them", func(l *analysis.Lost) check.Amount { return l.Suppressed }},
}

// lostWords sums up what is lost in a sentence; "" where nothing is.
func lostWords(l *analysis.Lost, blocks bool) string {
	if len(l.Groups) == 0 {
		return ""
	}
	what := "Items that no root leads to: "
	unit := "item"
	if blocks {
		what, unit = "Blocks that no value has: ", "block"
	}
	var list []string
	for _, t := range lostTerms {
		if a := t.of(l); a.Blocks > 0 {
			list = append(list, t.name+" "+Size(a.Bytes)+" in "+Count(a.Blocks, unit))
		}
	}
	return what + strings.Join(list, ", ") + "."
}

// lostKindsUpTo is how many kinds of what is lost are named on a page.
const lostKindsUpTo = 5

// lostBlocks lists what nothing holds, and sums up all that has no owner of PHP's.
func (c checkPage) lostBlocks(p points) {
	l := &c.Blocks
	if l.None() {
		return
	}
	title, unit := "Items that no root leads to, in valgrind's terms:", "item"
	if c.Capture != nil {
		title, unit = "Blocks that no value has, in valgrind's terms:", "block"
	}
	p.gap()
	p.line(title)
	for _, t := range lostTerms {
		a, why := t.of(l), t.item
		if c.Capture != nil {
			why = t.block
		}
		if a.Blocks > 0 {
			p.point(fmt.Sprintf("%s, %s: %s in %s", t.name, why, Size(a.Bytes), Count(a.Blocks, unit)))
		}
	}
	for i, g := range l.Groups {
		if i == lostKindsUpTo {
			p.point(fmt.Sprintf("… and %d more kinds (--format json lists all)", len(l.Groups)-i))
			break
		}
		p.point(fmt.Sprintf("%s lost: %s × %s B, %s", g.How, grouped(g.Blocks), grouped(g.Size), shorten(g.Shape, longName)))
	}
}

// lostAmountsJSON is what nothing of the program's holds, by kind.
type lostAmountsJSON struct {
	Definitely check.Amount `json:"definitely"`
	Indirectly check.Amount `json:"indirectly"`
	Possibly   check.Amount `json:"possibly"`
	Reachable  check.Amount `json:"reachable"`
	Suppressed check.Amount `json:"suppressed"`
}

func encodeLostAmounts(l *analysis.Lost) lostAmountsJSON {
	return lostAmountsJSON{l.Definitely, l.Indirectly, l.Possibly, l.Reachable, l.Suppressed}
}

// lostBlocksJSON has what is lost by size and shape, besides.
type lostBlocksJSON struct {
	lostAmountsJSON
	Groups []lostKindJSON `json:"groups"`
}

type lostKindJSON struct {
	How   string `json:"how"`
	Size  uint64 `json:"size"`
	Shape string `json:"shape"`
	check.Amount
	Raw bool `json:"raw,omitempty"`
}

func encodeLostBlocks(l *analysis.Lost) lostBlocksJSON {
	return lostBlocksJSON{encodeLostAmounts(l), sliceOf(l.Groups, func(x *check.LostKind) lostKindJSON {
		d := lostKindJSON{How: x.How, Size: x.Size, Shape: x.Shape, Amount: x.Amount}
		d.Raw = latin1(&d.Shape)
		return d
	})}
}
