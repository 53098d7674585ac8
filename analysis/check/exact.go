package check

import (
	"memtrail/analysis"
	"memtrail/analysis/lost"
	"memtrail/dump"
	"memtrail/graph"
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

// lostBlocks sums up what nothing of the program's holds. Of what C code holds only
// rules tell what is known.
func lostBlocks(source *analysis.Source, g *graph.Graph, info *dump.Info, own func(graph.NodeID) uint64, rules *Suppressions) analysis.Lost {
	l := lost.Of(source, g, info, own, func(x *dump.Lost) bool { return rules.Lost(x) != "" })
	if info.Capture == nil {
		return l
	}
	l.Reachable = dump.Amount{}
	for _, x := range info.Capture.Native {
		if rules.Native(x.Name) != "" {
			l.Suppressed.Add(x.Amount)
		} else {
			l.Reachable.Add(x.Amount)
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
