//go:build linux && (amd64 || arm64)

package memory

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// outlived reads from a process and, what is no longer there, from the files that
// it had mapped: a process may end before what was copied of it is looked at, and
// read-only data is not copied. Before it ends, PHP unloads its extensions
// (dlclose() in php_module_shutdown()), whose names then are nowhere else.
type outlived struct {
	*live
	files *files
}

func (o *outlived) readAt(b []byte, address uint64) error {
	err := o.live.readAt(b, address)
	if (errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EFAULT)) && o.files.readAt(b, address) == nil {
		return nil
	}
	return err
}

// behind gives what the image reads that was not copied.
func (c *copier) behind(mappings []Mapping) backing {
	if c.root == nil && !c.ours {
		return c.live
	}
	return &outlived{c.live, &files{mappings: mappings, sysroot: c.sysroot()}}
}

// sysroot is put before the paths of the process's mappings.
func (c *copier) sysroot() string {
	switch {
	case c.ours:
		return ""
	case c.root == nil:
		return rootOf(c.pid)
	}
	return fmt.Sprintf("/proc/self/fd/%d", c.root.Fd())
}

func rootOf(pid int) string { return fmt.Sprintf("/proc/%d/root", pid) }

// hasOurMounts reports whether a process has the mounts that we have: no
// container of its own. The kernel then gives us the paths of its mappings as
// they are for us.
func hasOurMounts(pid int) bool {
	theirs, err1 := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", pid))
	ours, err2 := os.Readlink("/proc/self/ns/mnt")
	return err1 == nil && err2 == nil && theirs == ours
}
