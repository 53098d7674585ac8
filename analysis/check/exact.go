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
