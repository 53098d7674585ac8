package atomicfile

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fullVariable is the directory in which TestDiskFull runs, in a name space of
// its own.
const fullVariable = "ATOMICFILE_FULL"

// TestDiskFull fills a file system of 128 KiB: the old file stays, and nothing
// is left beside it that would keep the disk full.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv(fullVariable); dir != "" {
		fillDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestDiskFull$", "-test.v")
	cmd.Env = append(os.Environ(), fullVariable+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil && len(out) == 0:
		t.Skipf("no name space of its own: %v", err)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	}
}

func fillDisk(t *testing.T, dir string) {
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=128k"); err != nil {
		t.Skip(err)
	}
	path := put(t, dir, "a", "old", 0o640)
	before := names(t, dir)
	// In one piece, and in pieces smaller than the buffer: then the last fails.
	for _, piece := range []int{256 << 10, 1 << 10} {
		f := New(path, Private)
		var err error
		for written := 0; written < 256<<10 && err == nil; written += piece {
			_, err = f.Write(make([]byte, piece))
		}
		if err == nil {
			err = f.Commit()
		} else {
			f.Discard()
		}
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("pieces of %d: %v", piece, err)
		}
		is(t, path, "old", 0o640)
		if after := names(t, dir); after != before {
			t.Errorf("left: %s", after)
		}
	}
	log := put(t, dir, "log", "line\n", 0o600)
	if err := Append(log, make([]byte, 256<<10)); err == nil {
		t.Error("appended more than there is room for")
	}
	is(t, log, "line\n", 0o600)
	if err := new(Guard).Writes(filepath.Join(dir, "new")); err != nil {
		t.Errorf("the guard needs room: %v", err)
	}
}
