package main

import (
	"os"
	"syscall"
)

// maxResident is the most memory that a process that has ended had at once, in bytes.
func maxResident(p *os.ProcessState) uint64 {
	return uint64(p.SysUsage().(*syscall.Rusage).Maxrss) << 10
}
