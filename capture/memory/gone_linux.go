//go:build linux && (amd64 || arm64)

package memory

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// outlived reads from a process and, once that has ended, from the files that
// it had mapped: a process may end before what was copied of it is looked at,
// and read-only data is not copied.
type outlived struct {
	*live
	files *files
}

func (o *outlived) readAt(b []byte, address uint64) error {
	err := o.live.readAt(b, address)
	if errors.Is(err, unix.ESRCH) {
		return o.files.readAt(b, address)
	}
	return err
}

// behind gives what the image reads that was not copied.
func (c *copier) behind(mappings []Mapping) backing {
	if !c.seesFiles {
		return c.live
	}
	return &outlived{c.live, &files{mappings: mappings}}
}

// seesFilesOf reports whether a process has the root directory and the mounts
// that we have. Under the same name another container has another file.
func seesFilesOf(pid int) bool {
	root, err := os.Readlink(fmt.Sprintf("/proc/%d/root", pid))
	if err != nil || root != "/" {
		return false
	}
	theirs, err1 := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", pid))
	ours, err2 := os.Readlink("/proc/self/ns/mnt")
	return err1 == nil && err2 == nil && theirs == ours
}
