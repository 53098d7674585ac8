package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime/debug"

	"memtrail/capture/host"
	"memtrail/capture/memory"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/profile"
	"memtrail/report"
)

// memoryFlags say how much memory a command may take.
type memoryFlags struct {
	text   string // of --max-memory
	bytes  uint64 // what that means; 0: it is not given
	window string // of --max-window
	most   uint64 // what that means
	shared uint64 // what others hold of it: the copy of a process
	// profiles is what profiles hold of it, with what is computed of them.
	profiles uint64

	// process is set where all of the process is the command's.
	process bool
	stop    func() // ends the watch of the process's memory; nil: there is none
}

// leastMemory is the least that --max-memory can be: what the program takes before it
// reads anything.
const leastMemory = 32 << 20

// check reads the flags.
func (m *memoryFlags) check() error {
	window, err := parseBytes(m.window)
	if err != nil {
		return flagError("max-window", err)
	}
	const least = 1 << 10 // of zstd
	if window < least || window > dump.LargestWindow {
		return &usageError{fmt.Sprintf("--max-window is %s, it must be from 1K to 2G", oneLine(m.window))}
	}
	m.most = uint64(window)
	if m.text == "" {
		return nil
	}
	v, err := parseBytes(m.text)
	if err != nil {
		return flagError("max-memory", err)
	}
	if v < leastMemory {
		return &usageError{fmt.Sprintf("--max-memory is %s, it must be at least 32M: the program itself takes that", oneLine(m.text))}
	}
	m.bytes = uint64(v)
	return nil
}

// allowed is how much memory may be used, and who says so; 0 if nobody does.
func (m *memoryFlags) allowed() (bytes uint64, by string) {
	if m.bytes > 0 {
		return m.bytes, byFlag
	}
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 && m.limitIsSet() {
		return uint64(limit), byGo
	}
	memory := host.Read(os.DirFS("/")).Memory
	usable, by := memory.Usable(), memory.Bound()
	if usable == 0 {
		return 0, ""
	}
	if by == host.Ulimit { // is on what is mapped, which is more than what is used
		usable -= min(usable, usable/4+128<<20)
	}
	// The rest is for the kernel, and for what others begin to use meanwhile.
	return max(usable-usable/16, 1), by
}

// isWhole reports whether what is allowed is meant for all that the process takes. The
// others say what is left.
func isWhole(by string) bool { return by == byFlag || by == byGo }

// Who says how much memory may be used, besides those that host names.
const (
	byFlag = "--max-memory"
	byGo   = "GOMEMLIMIT"
)

// limitIsSet reports whether Go's memory limit is the user's.
func (m *memoryFlags) limitIsSet() bool {
	text := os.Getenv("GOMEMLIMIT")
	return text != "" && text != "off"
}

// budget is what a graph and all that is computed of it may take. Beside is what is
// computed, one after the other.
func (a *app) budget(beside ...graph.Need) graph.Budget {
	b := graph.Budget{}
	for _, n := range beside {
		b.Beside = b.Beside.Or(n)
	}
	bytes, by := a.memory.allowed()
	held := uint64(0)
	if isWhole(by) {
		held = a.memory.shared + a.memory.profiles + a.kept.memory()
	}
	if bytes > 0 {
		b.Bytes = max(bytes-min(held, bytes), 1)
	}
	return b
}

// tooLarge reports whether something would take more memory than it may.
func tooLarge(err error) bool {
	_, ok := errors.AsType[*memoryError](err)
	return ok
}

// memoryError says that a command would take more memory than it may, and what takes
// less.
type memoryError struct {
	needed  uint64
	atLeast bool
	allowed uint64
	by      string
	instead string // what to do where no more may be allowed; "" if there is nothing
}

// readsLess is what to do about a dump whose graph is too large.
const readsLess = "ask what reads a dump in little memory: summary, top-children, or query without sizes"

func (e *memoryError) Error() string {
	about := "about"
	if e.atLeast {
		about = "at least"
	}
	by, more := e.by+" leaves", "give it more"
	if isWhole(e.by) {
		by, more = e.by+" allows", "allow more"
	}
	allowed := report.Size(e.allowed)
	if e.allowed < 1<<20 {
		allowed = "none"
	}
	if e.instead != "" {
		more += ", or " + e.instead
	}
	return fmt.Sprintf("this takes %s %s of memory, %s %s; %s", about, report.Size(e.needed), by, allowed, more)
}

// explainMemory words the error of what is too large; others stay.
func (a *app) explainMemory(err error) error {
	if e, ok := errors.AsType[*graph.BudgetError](err); ok {
		return a.over(e.Budget, &memoryError{needed: e.Needed, atLeast: e.AtLeast, instead: readsLess})
	}
	if e, ok := errors.AsType[*profile.BudgetError](err); ok {
		return a.over(e.Budget, &memoryError{needed: e.Needed, atLeast: e.AtLeast})
	}
	if e, ok := errors.AsType[*memory.SizeError](err); ok && e.Allowed > 0 {
		return a.over(e.Allowed, &memoryError{needed: e.Needed, atLeast: e.AtLeast, instead: e.Instead})
	}
	return err
}

// over completes the error of what is over a budget of so many bytes: with what else
// is held, and who allows how much.
func (a *app) over(budget uint64, e *memoryError) error {
	e.allowed, e.by = a.memory.allowed()
	if isWhole(e.by) {
		e.needed += e.allowed - min(e.allowed, budget)
	} else {
		e.allowed = budget // what is left has changed since
	}
	return e
}

// room sees that there is room for so many bytes beside what is held.
func (a *app) room(need uint64) error {
	if b := a.budget().Bytes; b > 0 && need > b {
		return a.over(b, &memoryError{needed: need})
	}
	return nil
}

// roomBeside sees that there is room for what is to be computed of a dump that is kept:
// the others are forgotten if there is none.
func (a *app) roomBeside(d *keptDump, beside []graph.Need) error {
	if len(d.sizes) > 0 {
		return nil
	}
	b := a.budget(beside...)
	need := b.Beside.Of(uint64(d.graph.Len()), uint64(d.graph.Edges()))
	if b.Bytes == 0 || need <= b.Bytes {
		return nil
	}
	a.kept.forgetOthers(d)
	debug.FreeOSMemory()
	if b = a.budget(beside...); need <= b.Bytes {
		return nil
	}
	return a.explainMemory(&graph.BudgetError{Budget: b.Bytes, Needed: need, Nodes: uint64(d.graph.Len())})
}

// collectFreely takes back collectBefore.
func (m *memoryFlags) collectFreely() {
	if m.process && !m.limitIsSet() {
		debug.SetMemoryLimit(math.MaxInt64)
	}
}

// collectBefore has the collector run before the process takes more than it may. Spare
// is what was reserved and is not used: Go counts it, the system does not.
func (m *memoryFlags) collectBefore(spare uint64) {
	if !m.process || m.limitIsSet() {
		return
	}
	if bytes, by := m.allowed(); bytes > 0 {
		if !isWhole(by) {
			bytes += resident()
		}
		debug.SetMemoryLimit(int64(min(bytes-bytes/16+spare, math.MaxInt64)))
	}
}
