package executable

import (
	"os"
	"syscall"
)

// Allowed reports whether memory that was written to may be made executable, as
// sonic needs it; false under MemoryDenyWriteExecute of systemd.
func Allowed() bool {
	page, err := syscall.Mmap(-1, 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return true // it is memory that lacks
	}
	defer func() { _ = syscall.Munmap(page) }()
	return syscall.Mprotect(page, syscall.PROT_READ|syscall.PROT_EXEC) == nil
}
