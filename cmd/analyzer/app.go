package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"memtrail/internal/atomicfile"
)

// app holds what the commands share.
type app struct {
	stdin io.Reader
	// stdout takes the answer: console, the process's own, or the file of -o.
	stdout, console io.Writer
	stderr          io.Writer

	// maxPause is how long a process that is captured may stand still.
	maxPause time.Duration
	// sysroot has the files that the process of a core had mapped.
	sysroot string

	// What the flags say that all commands have.
	format  string
	output  string // file; "" for standard output
	colors  string
	noColor bool
	quiet   bool
	verbose bool

	// detailed are the commands whose answer has more to show with -v. The others
	// say on standard error what was read: then reportsReading is set.
	detailed       []*cobra.Command
	reportsReading bool

	// context is done when nobody waits for the answer any more; nil but for mcp.
	context context.Context
	// kept are dumps that stay in memory; nil but for mcp and record --marks.
	kept *keptDumps

	// files keeps apart what the command reads and what it writes.
	files atomicfile.Guard
	// failed is set when a gate does not let pass.
	failed bool
	// incomplete is set when an answer rests on a dump that is not all there.
	incomplete bool
	// memory is what the command may take.
	memory memoryFlags
	// collector sets how much garbage there may be, in percent of what is used,
	// and gives the value before; nil where the process is not the command's alone.
	collector func(percent int) int
	// pace is that of the collector, see collectOften; nil as long as there is none.
	pace *collectorPace
}
