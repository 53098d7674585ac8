package main

import (
	"runtime/debug"
	"time"

	"memtrail/capture"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/report"
)

// read opens a dump and lets use read it, showing progress meanwhile.
func (a *app) read(path string, use func(in *dump.Input) error) error {
	return a.readAs(aDump, path, use)
}

// aDump is what most commands read.
const aDump = "a dump"

// readAs is read for what is called by another name.
func (a *app) readAs(what, path string, use func(in *dump.Input) error) error {
	if err := checkDumpName(path); err != nil {
		return err
	}
	if err := a.stillWanted(); err != nil {
		return err
	}
	if err := a.reads(path); err != nil {
		return err
	}
	if path == "-" {
		a.announceStdin(what)
	}
	begin := time.Now()
	in, err := a.open(path)
	if err != nil {
		return &inputError{path, a.explainMemory(err)}
	}
	defer func() {
		in.Close()
		a.memory.shared = 0
	}()
	stop := a.showProgress(in)
	instead := ""
	if what == aDump && in.IsText() {
		instead = readsLess
	}
	a.watchMemory(in.Name, instead)
	err = use(in)
	stop()
	if err != nil {
		return &inputError{in.Name, a.explainMemory(err)}
	}
	if a.reportsReading {
		a.note("read %s: %s in %s", oneLine(in.Name), report.Size(uint64(in.BytesRead())), time.Since(begin).Round(time.Millisecond))
	}
	return nil
}

// open opens a dump, a process or a core.
func (a *app) open(path string) (*dump.Input, error) {
	if t, ok := processOf(path); ok {
		return a.openProcess(path, t, a.captureOptions())
	}
	in, err := dump.Open(path, a.stdin)
	if err != nil {
		return nil, err
	}
	in.MaxWindow = a.memory.most
	if !capture.IsCore(in) {
		return in, nil
	}
	defer in.Close()
	c, err := capture.CoreOf(in, a.captureOptions())
	if err != nil {
		return nil, err
	}
	a.memory.shared = c.Held()
	return dump.FromSource(path, c), nil
}

// graph reads a dump into a graph. Beside is what is computed of it, each of which
// holds nothing of the others when it begins.
func (a *app) graph(path string, beside ...graph.Need) (g *graph.Graph, info dump.Info, err error) {
	if d := a.kept.get(path); d != nil {
		return d.graph, d.info, a.stillWanted()
	}
	var before fileState
	if a.kept != nil {
		before, _ = stateOf(path)
	}
	a.collectOften()
	build := func(in *dump.Input) error {
		g, info, err = graph.BuildWithin(in, 0, a.budget(beside...))
		return err
	}
	err = a.read(path, build)
	if tooLarge(err) && a.kept.any() {
		a.kept.forget()
		debug.FreeOSMemory()
		err = a.read(path, build)
	}
	if err == nil {
		a.kept.keep(before, g, info)
		a.memory.collectBefore(g.Spare())
		a.collectAbove(g.Memory())
		err = a.stillWanted()
	}
	return g, info, err
}

// stillWanted is an error once nobody waits for the answer any more. Whatever takes
// long asks before it begins, and after a dump is read.
func (a *app) stillWanted() error {
	if a.context == nil {
		return nil
	}
	return a.context.Err()
}

// collectOften makes the collector spend more to keep less, until the command is done:
// next to a graph's columns, which it has nothing to do with, the garbage of
// building them would otherwise grow as large as they are.
func (a *app) collectOften() {
	if a.collector != nil && a.pace == nil {
		a.pace = paceCollector(a.collector, 15)
	}
}

// collectAbove makes the collector spend even more next to a large graph: a tenth of its
// memory is a lot, and what there is to be collected beside it is little.
func (a *app) collectAbove(bytes uint64) {
	const large = 256 << 20
	if a.pace != nil && bytes >= large {
		a.pace.lower(5)
	}
}
