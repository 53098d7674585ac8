package main

import (
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"memtrail/capture"
)

// often is how often new processes are looked for.
const often = 500 * time.Millisecond

// processes records running processes until they end, their series are
// complete, or someone interrupts.
func (s *session) processes(pids []int, pattern *regexp.Regexp) error {
	s.plainly = len(pids) == 1
	for _, pid := range pids {
		if err := capture.RunsPHP(pid); err != nil {
			return &inputError{fmt.Sprintf("%s%d", processPrefix, pid), err}
		}
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(interrupted)
	if pattern != nil {
		var err error
		if pids, err = matching(pattern); err != nil {
			return err
		}
		if len(pids) == 0 {
			return &inputError{"processes", fmt.Errorf("none runs PHP and has %q in its command line; analyzer capture --list lists those that run PHP", pattern)}
		}
	}
	for _, pid := range pids {
		if err := s.start(pid, 0); err != nil {
			s.finish()
			return &inputError{fmt.Sprintf("%s%d", processPrefix, pid), err}
		}
	}
	tick := time.NewTicker(often / 5)
	defer tick.Stop()
	over := after(s.flags.length)
	looked := time.Now()
	for s.active() > 0 {
		select {
		case <-interrupted:
			s.stop(errInterrupted)
			s.running.Wait()
		case <-over:
			s.stop(errOver)
			s.running.Wait()
		case <-tick.C:
			if pattern != nil && time.Since(looked) > 2*time.Second {
				looked = time.Now()
				s.join(pattern)
			}
		}
	}
	return s.answer()
}

// join records those that match since.
func (s *session) join(pattern *regexp.Regexp) {
	pids, err := matching(pattern)
	if err != nil {
		return
	}
	for _, pid := range pids {
		if s.isKnown(pid) || s.active() >= maxRecorded {
			continue
		}
		if s.start(pid, 0) == nil {
			s.note("process %d matches, too, and is recorded from now on", pid)
		}
	}
}

// after is a channel that is sent to after a time; nil for none.
func after(d time.Duration) <-chan time.Time {
	if d == 0 {
		return nil
	}
	return time.After(d)
}

// matching finds the processes that run PHP and have a pattern in their command
// line.
func matching(pattern *regexp.Regexp) ([]int, error) {
	all, err := capture.Processes()
	if err != nil {
		return nil, &inputError{"processes", err}
	}
	var pids []int
	for _, p := range all {
		if pattern.MatchString(p.Command) {
			pids = append(pids, p.PID)
		}
	}
	return pids, nil
}

// answer prints what was recorded of running processes.
func (s *session) answer() error {
	o, err := s.app.options()
	if err != nil {
		return err
	}
	all := s.finish()
	dumps := 0
	for _, x := range all {
		if x.summary != nil {
			dumps += len(x.summary.Dumps) + len(x.summary.Moments)
			if x.summary.Unwritten > 0 || x.summary.Trouble != "" {
				s.app.incomplete = true
			}
		}
	}
	failed := firstError(all)
	if failed != nil && dumps == 0 {
		return failed
	}
	if failed != nil {
		s.app.warn("%s", oneLine(failed.Error()))
	}
	if dumps == 0 {
		s.app.incomplete = true
	}
	return s.report(s.app.stdout, all, o)
}
