package analysis

import "memtrail/dump"

// Lost is what nothing of a program's holds, in the terms of valgrind's memcheck: blocks
// without an owner of a capture, and items of other dumps that no root leads to.
// Reachable are those that C code holds, or a weak reference; Suppressed those of any
// kind that a rule names.
type Lost struct {
	Definitely, Indirectly, Possibly, Reachable, Suppressed dump.Amount
	// Groups are those that are lost and that no rule names, by kind, size and shape,
	// most bytes first.
	Groups []dump.Lost
}

// LostOf sums up what is lost. known names what a rule does.
func LostOf(list []dump.Lost, known func(*dump.Lost) bool) Lost {
	var l Lost
	for i := range list {
		x := &list[i]
		switch {
		case known(x):
			l.Suppressed.Add(x.Amount)
			continue
		case x.How == dump.Definitely:
			l.Definitely.Add(x.Amount)
		case x.How == dump.Indirectly:
			l.Indirectly.Add(x.Amount)
		default:
			l.Possibly.Add(x.Amount)
		}
		l.Groups = append(l.Groups, *x)
	}
	return l
}

// Bytes is what is lost: definitely, indirectly or possibly.
func (l *Lost) Bytes() uint64 { return l.Definitely.Bytes + l.Indirectly.Bytes + l.Possibly.Bytes }

// None reports whether nothing is lost, and nothing was suppressed.
func (l *Lost) None() bool { return len(l.Groups) == 0 && l.Suppressed.Blocks == 0 }
