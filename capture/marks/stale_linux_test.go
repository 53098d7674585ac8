package marks

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What a recorder has left that was killed is removed by the next one; what may
// be another's stays.
func TestRemoveStale(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	long := time.Now().Add(-time.Hour)
	make := func(name string, files ...string) string {
		t.Helper()
		dir := filepath.Join(os.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(dir, long, long); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	listen := func(dir string, killed bool) {
		t.Helper()
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, socket), Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		if killed {
			l.SetUnlinkOnClose(false)
			l.Close()
		}
		if err := os.Chtimes(dir, long, long); err != nil {
			t.Fatal(err)
		}
	}
	killed, empty := make(prefix+"1"), make(prefix+"2")
	listen(killed, true)
	alive, young, file, more, foreign := make(prefix+"3"), make(prefix+"4"), make(prefix+"5", socket), make(prefix+"6", "x"), make("other-7")
	listen(alive, false)
	listen(more, true)
	listen(foreign, true)
	if err := os.Chtimes(young, time.Time{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(os.TempDir(), prefix+"8")
	if err := os.Symlink(foreign, link); err != nil {
		t.Fatal(err)
	}
	s, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, dir := range []string{killed, empty} {
		if _, err := os.Lstat(dir); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", dir, err)
		}
	}
	for _, path := range []string{filepath.Join(alive, socket), young, filepath.Join(file, socket), filepath.Join(more, "x"), filepath.Join(foreign, socket), link} {
		if _, err := os.Lstat(path); err != nil {
			t.Error(err)
		}
	}
}
