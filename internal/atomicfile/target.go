package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// A target is what a path stands for.
type target struct {
	path     string      // behind all links
	mode     fs.FileMode // of the file, or of the one to create
	exists   bool
	straight bool // written as it is: no regular file
	// descriptor is the number of one that the program has open, 0 if it is none:
	// to open /dev/stdout again would start at the beginning of the shell's file.
	descriptor int
}

var errDirectory = errors.New("it is a directory")

// maxLinks is how many links a path may have, as on Linux.
const maxLinks = 40

// targetOf follows a path. mode is that of a file to create.
func targetOf(path string, mode fs.FileMode) (target, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return target{}, errDirectory
	}
	if err == nil && !info.Mode().IsRegular() {
		return target{path: path, straight: true, descriptor: descriptorOf(path)}, nil
	}
	end, err := resolve(path)
	if err != nil {
		return target{}, err
	}
	t := target{path: end, mode: mode, descriptor: descriptorOf(end)}
	if t.descriptor > 0 {
		t.straight = true
		return t, nil
	}
	if info, err := os.Stat(end); err == nil {
		t.exists, t.mode = true, info.Mode().Perm()
	}
	return t, nil
}

// resolve follows links to a file that may not be there yet, or to a
// descriptor.
func resolve(path string) (string, error) {
	for range maxLinks {
		if descriptorOf(path) > 0 {
			return path, nil
		}
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path, nil
		}
		next, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(next) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return "", err
			}
			next = filepath.Join(dir, next)
		}
		path = next
	}
	return "", errors.New("too many links")
}

var descriptorPath = regexp.MustCompile(`^/(?:dev|proc/self)/fd/([0-9]+)$`)

// descriptorOf is the number of the descriptor that a path names, 0 for none.
func descriptorOf(path string) int {
	switch path {
	case "/dev/stdout":
		return 1
	case "/dev/stderr":
		return 2
	}
	m := descriptorPath.FindStringSubmatch(path)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return n
}

// open opens what is written straight.
func (t target) open() (*os.File, error) {
	switch t.descriptor {
	case 0:
		return os.OpenFile(t.path, os.O_WRONLY, 0)
	case 1:
		return os.Stdout, nil
	case 2:
		return os.Stderr, nil
	}
	return os.NewFile(uintptr(t.descriptor), t.path), nil
}

// close closes what open has opened. Descriptors belong to the program.
func (t target) close(f *os.File) error {
	if t.descriptor > 0 {
		return nil
	}
	return f.Close()
}
