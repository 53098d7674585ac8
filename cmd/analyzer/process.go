package main

import (
	"strconv"
	"strings"
	"time"

	"memtrail/capture"
	"memtrail/dump"
)

// processPrefix begins what stands for a running process where a dump could be:
// pid:4242, or pid:4242/2 for its second PHP thread.
const processPrefix = "pid:"

// process is a running process, and which of its PHP threads is meant.
type process struct {
	pid    int
	thread int // from 1; 0: all
}

// processOf reads pid:PID and pid:PID/THREAD.
func processOf(arg string) (p process, ok bool) {
	text, ok := strings.CutPrefix(arg, processPrefix)
	if !ok {
		return p, false
	}
	pid, thread, some := strings.Cut(text, "/")
	var err error
	if p.pid, err = strconv.Atoi(pid); err != nil || p.pid <= 0 {
		return p, false
	}
	if some {
		if p.thread, err = strconv.Atoi(thread); err != nil || p.thread <= 0 {
			return p, false
		}
	}
	return p, true
}

// defaultPause is how long a process may stand still unless a flag says more.
const defaultPause = time.Second

// captureOptions are those of commands that have no flags for them.
func (a *app) captureOptions() capture.Options {
	return capture.Options{MaxPause: a.maxPause, Sysroot: a.sysroot, MaxMemory: a.copyBudget()}
}

// copyBudget is how large the copy of a process or of a core may be, in bytes; 0: what
// the system leaves.
func (a *app) copyBudget() uint64 {
	b := a.budget().Bytes
	if _, by := a.memory.allowed(); b > 0 && isWhole(by) {
		b = max(b-min(besidesCopy, b), 1)
	}
	return b
}

// besidesCopy is what the program itself takes meanwhile.
const besidesCopy = 24 << 20

// openProcess captures a process. The process goes on before it is read.
func (a *app) openProcess(name string, p process, o capture.Options) (*dump.Input, error) {
	o.Thread = p.thread
	c, err := capture.Process(p.pid, o)
	if err != nil {
		return nil, err
	}
	a.memory.shared = c.Held()
	return dump.FromSource(name, c), nil
}
