package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"memtrail/report"
)

// byteOrderMark is what some editors begin a file of UTF-8 with.
const byteOrderMark = "\ufeff"

// How large files may be that are no dumps, in bytes. What reads them keeps all of
// them, or a part that whoever wrote them chooses.
const (
	maxBaseline     = 16 << 20
	maxConfig       = 32 << 10 // the parser descends as deep as it is nested
	maxSuppressions = 1 << 20
	maxMaps         = 64 << 20 // Linux allows 65,530 mappings unless it is told otherwise
	maxCurve        = 256 << 20
	maxNames        = 16 << 20 // of a list
)

// smallFile is a file that is no dump, and of limited size.
type smallFile struct {
	*os.File
	limited
}

// openSmall opens a file of at most most bytes. Who reads more gets an error: this is
// no such file.
func openSmall(path string, most int64, what string) (*smallFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &smallFile{f, limited{f, most, most, what}}, nil
}

// Read reads within the limit.
func (f *smallFile) Read(p []byte) (int, error) { return f.limited.Read(p) }

// limited is a text of at most so many bytes: more is an error, where io.LimitReader
// takes what it has for all.
type limited struct {
	r          io.Reader
	left, most int64
	what       string // it should be
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, fmt.Errorf("larger than %s: this is no %s", report.Size(uint64(l.most)), l.what)
	}
	return n, err
}

// readSmall reads all of a file that openSmall opens.
func readSmall(path string, most int64, what string) ([]byte, error) {
	f, err := openSmall(path, most, what)
	if err != nil {
		return nil, &inputError{path, err}
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, &inputError{path, err}
	}
	return bytes.TrimPrefix(text, []byte(byteOrderMark)), nil
}
