package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"memtrail/capture"
	"memtrail/capture/launch"
	"memtrail/capture/memory"
	"memtrail/report"
)

// childExit is the exit code of a command that was run: it is ours, too.
type childExit struct{ code int }

func (e *childExit) Error() string { return fmt.Sprintf("the command ended with %d", e.code) }

// command starts a command and records the PHP processes in it.
func (s *session) command(args []string) error {
	if s.flags.watch && isTerminal(s.app.console) && isTerminal(s.app.stderr) {
		return flagError("watch", fmt.Errorf("the command prints on the same terminal: redirect its output"))
	}
	s.plainly, s.started = true, true
	o := launch.Options{Stdin: s.app.stdin, Stdout: s.app.console, Stderr: s.app.stderr}
	begun := make(chan struct{})
	if s.plan.output != nil {
		o.Line = s.onLines(begun)
	}
	told, err := s.listen(&o)
	if err != nil {
		return err
	}
	s.starter = &starter{session: s, left: make(chan struct{})}
	traced := s.plan.output != nil && !isTerminal(s.app.console)
	if traced {
		o.AtStart = s.starter.begin
	}
	child, err := launch.Start(args, o)
	if err != nil {
		told.close()
		return &inputError{args[0], err}
	}
	if s.starter.child == nil { // it does not accompany it
		s.starter.child = child
	}
	if traced {
		s.catchUp = child.CatchUp
	}
	close(begun)
	restore := func() {}
	if told != nil && !traced { // a tracer is urgent: the command stands still for it
		restore = launch.GiveWayAll()
	}
	s.follow(child)
	restore()
	told.close()
	code, err := child.Wait()
	if err != nil {
		s.note("%s: %v", args[0], err)
	}
	s.running.Wait()
	all := s.finish()
	s.conclude(args[0], all)
	s.reportUnits(all)
	return &childExit{code}
}

// onLines gives the function that looks at each line of the command's output;
// it is started when begun is closed.
func (s *session) onLines(begun <-chan struct{}) func(line []byte) {
	n := uint64(0)
	return func(line []byte) {
		if !s.plan.output.Match(line) {
			return
		}
		if n++; n == 1 {
			<-begun
		}
		switch {
		case s.starter.takes(n):
		case n == 1:
			s.firstLine()
		default:
			for _, x := range s.all() {
				x.recorder.Line(n)
			}
		}
	}
}

// all lists the recordings so far.
func (s *session) all() []*recorded {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.order)
}

// firstLine is for a first line that the starter does not take: another process
// than the command itself may have printed it.
func (s *session) firstLine() {
	held := map[int]*memory.Held{}
	if !slices.ContainsFunc(s.all(), (*recorded).found) {
		for _, pid := range launch.Descendants(s.starter.child.PID()) {
			if capture.RunsPHP(pid) != nil {
				continue
			}
			if h, err := memory.Hold(pid); err == nil {
				held[pid] = h
				defer h.Release()
			}
		}
	}
	s.lineOf(1, held)
}

// follow records PHP wherever it runs in a command, until that ends.
func (s *session) follow(child *launch.Child) {
	look := &search{without: map[int]verdict{}}
	over := after(s.flags.length)
	// A short program is over before a long look would come.
	const soonest = 2 * time.Millisecond
	wait, below := soonest, time.Time{}
	for {
		pids := []int{child.PID()}
		if now := time.Now(); now.Sub(below) > wait*5 { // a look at all processes costs more
			below, pids = now, launch.Descendants(child.PID())
		}
		s.recordNew(pids, child.PID(), look)
		select {
		case <-child.Ended():
			// What the command has left behind is not ours to follow.
			s.stop(errCommand)
			return
		case <-over:
			over = nil
			s.stop(errOver)
		case <-time.After(wait):
		}
		wait = min(wait+wait/20+time.Microsecond, often)
	}
}

// recordNew records those of some processes that run PHP and are not known.
func (s *session) recordNew(pids []int, command int, look *search) {
	for _, pid := range pids {
		if s.context.Err() != nil || s.isKnown(pid) || s.active() >= maxRecorded || !look.runsPHP(pid) {
			continue
		}
		s.starting.Lock()
		settle := 500 * time.Millisecond // a helper that ends at once is not recorded
		if pid == command {
			settle = 0
		}
		if !s.isKnown(pid) {
			_ = s.start(pid, settle) // the error is that it ended meanwhile
		}
		s.starting.Unlock()
	}
}

// search remembers which processes do not run PHP, until they execute another
// program.
type search struct {
	without map[int]verdict
}

// verdict is that a program is not PHP. One that is just being loaded may be all
// the same: so it is looked at a few times, ever later.
type verdict struct {
	program string
	looks   int
	again   time.Time
}

func (s *search) runsPHP(pid int) bool {
	const mostLooks, soon, factor = 4, 10 * time.Millisecond, 10
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return false
	}
	v := s.without[pid]
	if v.program == program && (v.looks >= mostLooks || time.Now().Before(v.again)) {
		return false
	}
	if capture.RunsPHP(pid) == nil {
		return true
	}
	if v.program != program {
		v = verdict{program: program}
	}
	wait := soon
	for range v.looks {
		wait *= factor
	}
	v.looks++
	v.again = time.Now().Add(wait)
	s.without[pid] = v
	return false
}

// conclude says on standard error what was recorded of a command.
func (s *session) conclude(name string, all []*recorded) {
	if s.app.quiet {
		return
	}
	found := 0
	for _, x := range all {
		if x.err != nil {
			s.note("%s", x.unreadable().Error())
		}
		if x.summary != nil && x.summary.PHP != "" {
			found++
		}
	}
	if found == 0 {
		s.note("%s has ended, and no PHP was found in it or below it: there is no dump and no curve", name)
		return
	}
	o := report.Options{Format: report.Table, Color: s.app.color(), Width: width(s.app.stderr)}
	if err := s.report(s.app.stderr, all, o); err != nil {
		s.note("%v", err)
	}
}
