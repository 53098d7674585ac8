package check

import (
	"memtrail/dump"
)

// exactBalance sets the allocated blocks against what PHP counts.
func (c *Check) exactBalance(facts *dump.Capture) {
	if c.Header == nil || c.Header.MemoryUsage == 0 {
		return
	}
	c.Real = true
	c.Balance = &Balance{
		MemoryUsage: c.Header.MemoryUsage, Unexplained: -facts.Off,
		Share: float64(facts.Blocks.Bytes) / float64(c.Header.MemoryUsage),
	}
}

// LostBlocks are the blocks without an owner of PHP's, in the terms of valgrind's
// memcheck. Reachable are those that C code holds, Suppressed those of any kind
// that a rule names.
type LostBlocks struct {
	Definitely, Indirectly, Possibly, Reachable, Suppressed dump.Amount
	// Groups are the lost blocks that no rule names by kind, size and shape, most
	// bytes first.
	Groups []dump.Lost
}

// lostBlocks sums up the blocks without an owner.
func lostBlocks(c *dump.Capture, rules *Suppressions) LostBlocks {
	var l LostBlocks
	add := func(to *dump.Amount, a dump.Amount) { to.Blocks, to.Bytes = to.Blocks+a.Blocks, to.Bytes+a.Bytes }
	for _, x := range c.Lost {
		switch {
		case rules.Lost(&x) != "":
			add(&l.Suppressed, x.Amount)
			continue
		case x.How == dump.Definitely:
			add(&l.Definitely, x.Amount)
		case x.How == dump.Indirectly:
			add(&l.Indirectly, x.Amount)
		default:
			add(&l.Possibly, x.Amount)
		}
		l.Groups = append(l.Groups, x)
	}
	for _, x := range c.Native {
		if rules.Native(x.Name) != "" {
			add(&l.Suppressed, x.Amount)
		} else {
			add(&l.Reachable, x.Amount)
		}
	}
	return l
}

// What a Check shows of a capture is what the reader of dumps found there.
type (
	// Owner is one row of a balance: what blocks of memory belong to.
	Owner = dump.Owner
	// ClassCount is a class and how many of its objects nothing reaches.
	ClassCount = dump.ClassCount
	// Amount is a number of blocks and their bytes.
	Amount = dump.Amount
	// Cycle is a kind of garbage with an example.
	Cycle = dump.Cycle
	// LostKind sums up lost blocks of one kind, size and shape.
	LostKind = dump.Lost
)

// ProcessInUse is the Owner of the memory that PHP's allocator has handed out,
// among the parts of a process.
const ProcessInUse = dump.ProcessInUse
