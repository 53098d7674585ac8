package host

import (
	"os"

	"golang.org/x/sys/unix"
)

// MayMakeCode reports whether memory that was written to may be made
// executable, as sonic needs it; false under MemoryDenyWriteExecute of systemd.
func MayMakeCode() bool {
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return false
	}
	defer func() { _ = unix.Munmap(page) }()
	return unix.Mprotect(page, unix.PROT_READ|unix.PROT_EXEC) == nil
}
