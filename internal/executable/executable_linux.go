package executable

import (
	"os"
	"syscall"
)

const message = `: this process may not make memory executable (MemoryDenyWriteExecute of systemd, SELinux): run analyzer-nojit, which a release has, or build with -tags nojit
`

func init() {
	if allowed() {
		return
	}
	if path, err := os.Executable(); err == nil {
		_ = syscall.Exec(path+"-nojit", os.Args, os.Environ()) // returns only where there is none
	}
	_, _ = os.Stderr.WriteString("analyzer" + message)
	os.Exit(2)
}

// allowed does what sonic does: it makes memory that was written to executable.
func allowed() bool {
	page, err := syscall.Mmap(-1, 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return true // it is memory that lacks
	}
	defer func() { _ = syscall.Munmap(page) }()
	return syscall.Mprotect(page, syscall.PROT_READ|syscall.PROT_EXEC) == nil
}
