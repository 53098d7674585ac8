package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var errRender = errors.New("the renderer failed")

// paths are the ways in which a file can be named, with what is there before.
var paths = []struct {
	name string
	make func(t *testing.T, dir string) (path, end string)
	old  string // "" if there was no file
	mode fs.FileMode
}{
	{"new", func(_ *testing.T, dir string) (string, string) {
		return filepath.Join(dir, "a"), filepath.Join(dir, "a")
	}, "", 0o600},
	{"old", func(t *testing.T, dir string) (string, string) {
		return put(t, dir, "a", "old", 0o640), filepath.Join(dir, "a")
	}, "old", 0o640},
	{"open to others", func(t *testing.T, dir string) (string, string) {
		return put(t, dir, "a", "old", 0o666), filepath.Join(dir, "a")
	}, "old", 0o666},
	{"link", func(t *testing.T, dir string) (string, string) {
		end := put(t, dir, "a", "old", 0o600)
		return link(t, dir, "l", "a"), end
	}, "old", 0o600},
	{"link of links", func(t *testing.T, dir string) (string, string) {
		end := put(t, dir, "sub/a", "old", 0o600)
		link(t, dir, "m", "sub/a")
		return link(t, dir, "l", filepath.Join(dir, "m")), end
	}, "old", 0o600},
	{"link to nothing", func(t *testing.T, dir string) (string, string) {
		put(t, dir, "sub/other", "", 0o600)
		return link(t, dir, "l", "sub/a"), filepath.Join(dir, "sub", "a")
	}, "", 0o600},
	{"link to a directory, and out of it", func(t *testing.T, dir string) (string, string) {
		put(t, dir, "sub/deep/other", "", 0o600)
		end := put(t, dir, "sub/a", "old", 0o600)
		link(t, dir, "l", "sub/deep")
		return link(t, dir, "sub/deep/m", "../a"), end
	}, "old", 0o600},
}

func put(t *testing.T, dir, name, text string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func link(t *testing.T, dir, name, to string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.Symlink(to, path); err != nil {
		t.Skip(err) // Windows without the right to
	}
	return path
}

// TestWrite holds each kind of path against each end of a writing.
func TestWrite(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789abcdef", 3*bufferSize/16) // several flushes
	outcomes := []struct {
		name  string
		write func(w io.Writer) error
		text  string
		err   error
	}{
		{"whole", func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }, "new", nil},
		{"long", func(w io.Writer) error { _, err := io.WriteString(w, long); return err }, long, nil},
		{"empty", func(io.Writer) error { return nil }, "", nil},
		{"fails at once", func(io.Writer) error { return errRender }, "", errRender},
		{"fails late", func(w io.Writer) error { _, err := io.WriteString(w, long); return errors.Join(err, errRender) }, "", errRender},
	}
	for _, p := range paths {
		for _, o := range outcomes {
			t.Run(p.name+"/"+o.name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				path, end := p.make(t, dir)
				before := names(t, dir)
				if err := Write(path, Private, o.write); !errors.Is(err, o.err) {
					t.Fatalf("error %v, want %v", err, o.err)
				}
				want := o.text
				if o.err != nil {
					want = p.old
				}
				if o.err != nil && p.old == "" {
					if _, err := os.Stat(end); !errors.Is(err, fs.ErrNotExist) {
						t.Errorf("a file is left: %v", err)
					}
				} else {
					is(t, end, want, p.mode)
				}
				if after := names(t, dir); o.err != nil && after != before {
					t.Errorf("left in the directory: %s, before: %s", after, before)
				} else if strings.Contains(after, ".analyzer") {
					t.Errorf("left in the directory: %s", after)
				}
			})
		}
	}
}

// is checks text and mode of a file.
func is(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != text {
		t.Errorf("%s has %d bytes, want %d (%v)", path, len(got), len(text), err)
	}
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != mode && runtime.GOOS != "windows" {
		t.Errorf("%s has mode %v, want %v (%v)", path, info.Mode(), mode, err)
	}
}

// names are the files below a directory.
func names(t *testing.T, dir string) string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		list = append(list, d.Type().String()+strings.TrimPrefix(path, dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

// TestNeverEasierToRead holds the mode of the file in the making against that
// of the file that it becomes.
func TestNeverEasierToRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "new"), put(t, dir, "old", "secret", 0o600)} {
		f := New(path, Private)
		if _, err := f.Write([]byte("secret")); err != nil {
			t.Fatal(err)
		}
		if info, err := f.file.Stat(); err != nil || info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
			t.Errorf("%s is written with mode %v (%v)", path, info.Mode(), err)
		}
		f.Discard()
	}
}

// TestErrors: what cannot be written is named as the user named it, and is as
// it was.
func TestErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := put(t, dir, "file", "old", 0o600)
	loop := link(t, dir, "loop", "loop")
	for _, path := range []string{dir, filepath.Join(dir, "none", "a"), filepath.Join(file, "a"), loop} {
		err := Write(path, Shared, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err })
		if e, ok := errors.AsType[*Error](err); !ok || e.Path != path || strings.Contains(err.Error(), ".analyzer") {
			t.Errorf("%s: %v", path, err)
		}
		if err := new(Guard).Writes(path); err == nil {
			t.Errorf("%s: the guard lets it pass", path)
		}
	}
	is(t, file, "old", 0o600)
}

func TestWriteAfterEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a")
	f := New(path, Private)
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Discard()
	is(t, path, "", 0o600)
	if _, err := f.Write([]byte("more")); err == nil {
		t.Error("written to after Commit")
	}
	if err := f.Commit(); err == nil {
		t.Error("committed twice")
	}
	is(t, path, "", 0o600)
}

func TestAppend(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a")
	for range 2 {
		if err := Append(path, []byte("line\n")); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); string(got) != "line\nline\n" {
		t.Errorf("%q (%v)", got, err)
	}
	if err := Append(filepath.Dir(path), nil); err == nil {
		t.Error("appended to a directory")
	}
}
