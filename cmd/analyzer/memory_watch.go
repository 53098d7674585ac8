package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"memtrail/capture/host"
)

// watchMemory ends the process when it takes more than it may, before the kernel does
// so: with a line that says why, and with nothing half written. It is the net below
// the budgets that are computed, of which not everything has one: texts that are
// longer than memory, a million million of classes.
//
// It does nothing where others live in the process, too, or where the system does
// not tell what it takes. Instead is what to do where no more may be allowed.
func (a *app) watchMemory(name, instead string) {
	if !a.memory.process || a.memory.stop != nil || resident() == 0 {
		return
	}
	bytes, by := a.memory.allowed()
	if bytes == 0 || by == host.Ulimit { // which is on what is mapped
		return
	}
	limit := bytes
	if !isWhole(by) {
		limit += resident()
	}
	quit := make(chan struct{})
	a.memory.stop = func() { close(quit) }
	go func() {
		const often = 10 * time.Millisecond
		tick := time.NewTicker(often)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
			}
			if now := resident(); now > limit {
				leaveFiles()
				e := &memoryError{needed: now, atLeast: true, allowed: bytes, by: by, instead: instead}
				os.Exit(a.exitCode(&inputError{name, fmt.Errorf("%w", e)}))
			}
		}
	}()
}

// unwatch ends the watch.
func (m *memoryFlags) unwatch() {
	if m.stop != nil {
		m.stop()
		m.stop = nil
	}
}

// leaveFiles has those who write files remove what is not complete, as they do when a
// signal ends the program. This one we hear ourselves, so that it does not.
func leaveFiles() {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGTERM)
	p, err := os.FindProcess(os.Getpid())
	if err != nil || p.Signal(syscall.SIGTERM) != nil {
		return
	}
	<-heard
	const removal = 100 * time.Millisecond
	time.Sleep(removal)
}

// resident is how much memory the process has for itself, in bytes, without what is
// of files; 0 where the system does not tell.
func resident() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(text))
	if len(f) < 3 {
		return 0
	}
	all, _ := strconv.ParseUint(f[1], 10, 64)
	ofFiles, _ := strconv.ParseUint(f[2], 10, 64)
	return (all - min(ofFiles, all)) * uint64(os.Getpagesize())
}
