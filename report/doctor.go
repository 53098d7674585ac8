package report

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"memtrail/capture/host"
	"memtrail/capture/memory"
)

// A Diagnosis is what a machine lets the program do, filled in by the caller.
type Diagnosis struct {
	Program  string // name, version, Go and platform
	Host     host.Host
	Linux    bool // else processes cannot be read at all
	NoTrace  bool // the system call ptrace is filtered
	MayCode  bool // memory may be made executable
	Codes    bool // the program makes code while it runs
	PHP      []PHPFound
	Terminal string // in words
}

// PHPFound is a process that runs PHP.
type PHPFound struct {
	PHPProcess
	OPcache bool
	Err     error // why it may not be read, or nil
}

// Doctor writes a diagnosis: a dozen lines to paste into an issue.
func Doctor(w io.Writer, d *Diagnosis, o Options) error { return render(w, diagnosis{d}, o) }

type diagnosis struct{ *Diagnosis }

// mostProcesses is how many processes a diagnosis lists.
const mostProcesses = 5

func (d diagnosis) page(out sheet, o Options) { out.table(d.records(o)) }

func (d diagnosis) records(Options) grid {
	var rows [][]cell
	add := func(part, finding string) { rows = append(rows, []cell{{part}, {finding}}) }
	add("program", d.Program)
	if d.Linux {
		add("system", d.system())
		add("reading", d.reading())
		add("memory", d.memory())
	} else {
		add("reading", "dumps and cores; processes only on Linux")
	}
	add("code", d.code())
	if d.Terminal != "" {
		add("terminal", d.Terminal)
	}
	if d.Linux && len(d.PHP) == 0 {
		add("php", "no process seen")
	}
	for i, p := range d.PHP {
		if i == mostProcesses {
			add("php", fmt.Sprintf("%d more; analyzer capture --list", len(d.PHP)-i))
			break
		}
		add("php", p.finding())
	}
	return grid{columns: []column{{title: "Part"}, {title: "Finding"}}, rows: slices.Values(rows)}
}

func (d diagnosis) system() string {
	text := "Linux " + d.Host.Kernel
	if d.Host.Container != "" {
		text += ", in a container (" + d.Host.Container + ")"
	}
	if d.Host.Filtered {
		text += ", a seccomp filter is set"
	}
	return text
}

// reading says whose memory may be read, by the rules of ptrace(2) and Yama.
func (d diagnosis) reading() string {
	const started = "what analyzer starts: capture or record -- CMD"
	switch h := d.Host; {
	case d.NoTrace:
		return "no process: the system call ptrace is filtered (seccomp)"
	case h.Yama == 3:
		return "no process: kernel.yama.ptrace_scope is 3"
	case h.Ptrace:
		return "all processes seen here: this one has SYS_PTRACE"
	case h.Yama == 2:
		return "nothing without SYS_PTRACE: kernel.yama.ptrace_scope is 2"
	case h.Yama == 1:
		return started + "; others with SYS_PTRACE: kernel.yama.ptrace_scope is 1"
	case h.User >= 0:
		return fmt.Sprintf("processes of user %d, and %s", h.User, started)
	}
	return started
}

func (d diagnosis) code() string {
	text := "memory may be made executable"
	if !d.MayCode {
		text = "memory may not be made executable"
	}
	if !d.Codes {
		text += "; this build needs none (nojit)"
	}
	return text
}

func (d diagnosis) memory() string {
	m := d.Host.Memory
	if m.Total == 0 {
		return "not known: /proc/meminfo cannot be read"
	}
	text := fmt.Sprintf("%s of %s available", Size(m.Available), Size(m.Total))
	if m.Limit > 0 {
		text += fmt.Sprintf("; its group uses %s of %s", Size(m.Used), Size(m.Limit))
	}
	return text
}

func (p PHPFound) finding() string {
	text := fmt.Sprintf("%d can be read", p.PID)
	switch {
	case errors.Is(p.Err, memory.ErrGone):
		text = fmt.Sprintf("%d has ended", p.PID)
	case errors.Is(p.Err, memory.ErrPermission):
		text = fmt.Sprintf("%d may not be read", p.PID)
	case p.Err != nil:
		text = fmt.Sprintf("%d cannot be read (%v)", p.PID, p.Err)
	}
	if p.OPcache {
		text += ", OPcache"
	}
	return text + ": " + Shorten(p.Command, 40)
}

func (d diagnosis) document() document {
	type process struct {
		PID     int    `json:"pid"`
		Command string `json:"command"`
		OPcache bool   `json:"opcache"`
		Error   string `json:"error,omitempty"`
	}
	h := d.Host
	return document{
		{"program", d.Program},
		{"kernel", h.Kernel},
		{"container", h.Container},
		{"user", h.User},
		{"sys_ptrace", h.Ptrace},
		{"yama", h.Yama},
		{"seccomp", h.Filtered},
		{"ptrace_filtered", d.NoTrace},
		{"memory", struct {
			Total     uint64 `json:"total"`
			Available uint64 `json:"available"`
			Limit     uint64 `json:"limit"`
			Used      uint64 `json:"used"`
		}{h.Memory.Total, h.Memory.Available, h.Memory.Limit, h.Memory.Used}},
		{"executable_memory", d.MayCode},
		{"processes", sliceOf(d.PHP, func(p *PHPFound) process {
			r := process{PID: p.PID, Command: p.Command, OPcache: p.OPcache}
			if p.Err != nil {
				r.Error = p.Err.Error()
			}
			return r
		})},
	}
}
