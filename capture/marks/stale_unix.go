//go:build unix

package marks

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// removeStale removes sockets below a directory that recorders have left which
// were killed: those of this user at which nobody listens.
func removeStale(parent string) {
	const most = 64 // the others are for the next recorder
	found, _ := filepath.Glob(filepath.Join(parent, prefix+"*"))
	for _, dir := range found[:min(len(found), most)] {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() {
			continue
		}
		if s, ok := info.Sys().(*syscall.Stat_t); !ok || int(s.Uid) != os.Geteuid() {
			continue
		}
		if isStale(filepath.Join(dir, socket), info.ModTime()) {
			// Nothing but a socket is removed: a directory that has more stays.
			_ = os.Remove(filepath.Join(dir, socket))
			_ = os.Remove(dir)
		}
	}
}

// isStale reports whether nobody listens at a socket in a directory that was last
// changed at a time.
func isStale(address string, changed time.Time) bool {
	const starting = time.Minute // a socket may be about to be made
	info, err := os.Lstat(address)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return time.Since(changed) > starting
	case err != nil || info.Mode().Type() != os.ModeSocket:
		return false
	}
	c, err := net.DialTimeout("unix", address, time.Second)
	if err == nil {
		_ = c.Close()
		return false
	}
	return errors.Is(err, syscall.ECONNREFUSED) && time.Since(changed) > time.Second
}
