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

// What a Check shows of a capture is what the reader of dumps found there.
type (
	// Owner is one row of a balance: what blocks of memory belong to.
	Owner = dump.Owner
	// ClassCount is a class and how many of its objects nothing reaches.
	ClassCount = dump.ClassCount
)

// ProcessInUse is the Owner of the memory that PHP's allocator has handed out,
// among the parts of a process.
const ProcessInUse = dump.ProcessInUse
