package capture

import (
	"memtrail/dump"
)

// processMemory accounts for the resident memory of a process.
func processMemory(int, *Capture) []dump.Owner { return nil }
