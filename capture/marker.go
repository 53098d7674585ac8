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

// maxProgram bounds how much of a file is looked through, in bytes. A sparse one, which
// a process may have mapped, has no end that could be waited for.
const maxProgram = 1 << 30

// contains reports whether a file has a text in it. Of a file that is too large to tell
// it is an error.
func contains(path string, text []byte) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return false, errors.New("not a regular file")
	}
	found, err := containsText(io.LimitReader(f, maxProgram), text)
	if st, statErr := f.Stat(); err == nil && !found && (statErr != nil || st.Size() > maxProgram) {
		err = errors.New("too large to be looked through")
	}
	return found, err
}

// containsText reports whether a text has another in it.
func containsText(r io.Reader, text []byte) (bool, error) {
	buf := make([]byte, 1<<20)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
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
