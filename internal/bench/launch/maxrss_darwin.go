package main

import (
	"os"
	"syscall"
)

// peakRSS returns the largest resident set of a finished process, in bytes.
func peakRSS(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss // Darwin counts in bytes
}
