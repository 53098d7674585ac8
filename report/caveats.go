package report

import (
	"fmt"

	"memtrail/analysis"
	"memtrail/analysis/levels"
)

// writeCaveats ends a page on retained memory with what its dump leaves open.
func writeCaveats(out sheet, s *analysis.Source, d *analysis.Caveats) {
	if h := s.Header; h != nil {
		text := explained(d.Explained, h.MemoryUsage)
		if mostlyUnexplained(d.Explained, h.MemoryUsage) {
			out.note(text)
		} else {
			out.line(text)
		}
		if text := keptText(levels.KeptBy(s)); text != "" {
			out.note(text)
		}
	} else {
		out.line("The dump has no header: how much of the process's memory the items explain is not known.")
	}
	writeDefects(out, s, d)
}

// writeDefects is writeCaveats without what is explained.
func writeDefects(out sheet, s *analysis.Source, d *analysis.Caveats) {
	if d.Unreachable > 0 {
		out.note(Size(d.Unreachable) + " are in items that no root reaches: garbage in cycles, or values that only something outside the dump holds.")
	}
	if d.Unreliable > 0 {
		out.note(fmt.Sprintf("%s may be false (~>): PHP reused these addresses while dumping; they are ignored here.",
			Count(d.Unreliable, "reference")))
	}
	switch {
	case !s.Complete:
		out.note(fmt.Sprintf("The dump ends early, at byte %d: holders and memory may be in the part that is lost.", s.EndsAt))
	case !sound(s):
		out.note("The dump is damaged: holders and memory may be in the part that is lost.")
	}
}

// explained compares what items and an empty script account for with what PHP
// counted.
func explained(bytes, usage uint64) string {
	switch {
	case usage == 0:
		return "memory_usage is 0 in the header: how much of the process's memory the items explain is not known."
	case bytes > usage:
		return fmt.Sprintf("Explained: %s, more than the %s of memory_usage (see analyzer check).", Size(bytes), Size(usage))
	}
	return fmt.Sprintf("Explained: %s of %s memory_usage (%s). Unexplained: %s (see analyzer check).",
		Size(bytes), Size(usage), percentOf(bytes, usage), Size(usage-bytes))
}

// mostlyUnexplained reports whether items say nothing about most of the memory.
func mostlyUnexplained(explained, usage uint64) bool { return explained < usage/2 }

// sound reports whether all of a dump was read.
func sound(s *analysis.Source) bool { return s.Verdict() == analysis.Sound }
