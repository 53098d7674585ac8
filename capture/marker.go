package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"memtrail/capture/locate"
	"memtrail/capture/memory"
)

// marker is a text that every PHP carries: the header that expose_php sends.
var marker = []byte("X-Powered-By: PHP/")

// lookForPHP sees whether any file that a process runs code from carries PHP,
// so that a process without is not even stopped. Files that cannot be read
// leave it open.
func lookForPHP(pid int) error {
	mappings, err := memory.ReadMappings(pid)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	unread := false
	for i := range mappings {
		m := &mappings[i]
		if len(m.Permissions) < 3 || m.Permissions[2] != 'x' || m.Path == "" || m.Path[0] != '/' || seen[m.Path] {
			continue
		}
		seen[m.Path] = true
		found, err := contains(fmt.Sprintf("/proc/%d/root%s", pid, m.Path), marker)
		if found {
			return nil
		}
		unread = unread || err != nil
	}
	if unread {
		return nil
	}
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		program = "?"
	}
	return fmt.Errorf("%w: process %d runs %s; analyzer capture --list names those that do", locate.ErrNoPHP, pid, program)
}

// contains reports whether a file has a text in it.
func contains(path string, text []byte) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return false, errors.New("not a regular file")
	}
	buf := make([]byte, 1<<20)
	kept := 0
	for {
		n, err := f.Read(buf[kept:])
		if bytes.Contains(buf[:kept+n], text) {
			return true, nil
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return false, err
		}
		have := kept + n
		kept = min(have, len(text)-1)
		copy(buf, buf[have-kept:have])
	}
}
