package report

import (
	"fmt"
	"io"
	"time"
)

// Captured is the outcome of a capture, filled in by the caller.
type Captured struct {
	PID      int
	PHP      string // version
	Threads  int    // PHP threads that were read
	Idle     int    // PHP threads that run no request
	Paused   time.Duration
	Copied   uint64 // bytes, while the process stood still
	Items    uint64
	Bytes    uint64 // of the file
	Balanced bool   // the blocks found add up to memory_usage
	Off      int64  // bytes by which they do not, or of the block in flight
	File     string // name of the file, as the user typed it
	Raw      bool   // an ELF core
}

// Capture writes the outcome of a capture.
func Capture(w io.Writer, c *Captured, o Options) error { return render(w, captured{c}, o) }

type captured struct{ *Captured }

func (c captured) page(out sheet, _ Options) {
	threads := ""
	if c.Threads > 1 {
		threads = fmt.Sprintf(", %d threads", c.Threads)
	}
	if c.Idle > 0 {
		threads += fmt.Sprintf(" (%d more run no request)", c.Idle)
	}
	out.info(fmt.Sprintf("Captured process %d, PHP %s%s: it was paused for %s.", c.PID, c.PHP, threads, milliseconds(c.Paused)))
	what := "dump"
	if c.Raw {
		what = "core"
	}
	out.line(fmt.Sprintf("%s: %s of %s, %s", c.File, what, Count(c.Items, "item"), Size(c.Bytes)))
	if c.Raw {
		out.note("It holds all that the process has in memory, secrets included; only you may read it (mode 0600).")
	}
	if !c.Balanced {
		out.note(fmt.Sprintf("It does not balance: the blocks found and what PHP counts differ by %+d bytes.", c.Off))
	}
}

func (c captured) document() document {
	return document{
		{"pid", c.PID},
		{"php", c.PHP},
		{"threads", c.Threads},
		{"paused_ms", float64(c.Paused.Microseconds()) / 1000},
		{"copied_bytes", c.Copied},
		{"items", c.Items},
		{"bytes", c.Bytes},
		{"balanced", c.Balanced},
		{"file", c.File},
	}
}

func (c captured) records(Options) grid {
	rows := []Captured{*c.Captured}
	return grid{
		columns: []column{numeric("PID"), {title: "PHP"}, numeric("Threads"), numeric("Paused (ms)"), numeric("Copied (bytes)"),
			numeric("Items"), numeric("Bytes"), {title: "Balanced"}, {title: "File"}},
		rows: rowsOf(rows, func(_ int, c *Captured) []cell {
			return []cell{{fmt.Sprint(c.PID)}, {c.PHP}, {fmt.Sprint(c.Threads)}, {fmt.Sprintf("%.3f", float64(c.Paused.Microseconds())/1000)},
				{ungrouped(c.Copied)}, {ungrouped(c.Items)}, {ungrouped(c.Bytes)}, {fmt.Sprint(c.Balanced)}, {c.File}}
		}),
	}
}

// PHPProcess is a running process that can be captured.
type PHPProcess struct {
	PID     int
	Command string // its arguments, separated by blanks
}

// Processes writes a list of processes that run PHP.
func Processes(w io.Writer, list []PHPProcess, o Options) error {
	return render(w, phpProcesses(list), o)
}

type phpProcesses []PHPProcess

func (p phpProcesses) records(Options) grid {
	return grid{
		columns: []column{numeric("PID"), {title: "Command"}},
		rows:    rowsOf(p, func(_ int, x *PHPProcess) []cell { return []cell{{fmt.Sprint(x.PID)}, {x.Command}} }),
	}
}

func (p phpProcesses) page(out sheet, o Options) {
	if len(p) == 0 {
		out.info("No process runs PHP, as far as you may see.")
		return
	}
	out.table(p.records(o))
}

func (p phpProcesses) document() document {
	type process struct {
		PID     int    `json:"pid"`
		Command string `json:"command"`
	}
	return document{{"processes", sliceOf(p, func(x *PHPProcess) process { return process{x.PID, x.Command} })}}
}
