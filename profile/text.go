package profile

import (
	"bufio"
	"errors"
	"io"
)

// text is an input with a place in it.
type text struct {
	r      *bufio.Reader
	offset int64 // of the next byte
	size   int64 // of all of it; -1 where that is not known
	err    error // of reading, other than io.EOF
}

func newText(r io.Reader) *text { return &text{r: bufio.NewReaderSize(r, 64<<10)} }

func (t *text) fail(err error) {
	if t.err == nil && err != io.EOF {
		t.err = err
	}
}

// peek returns the next bytes, fewer at the end of the input. They are valid
// until the next call.
func (t *text) peek(n int) []byte {
	b, err := t.r.Peek(n)
	if err != nil {
		t.fail(err)
	}
	return b
}

// next reads a byte; false at the end.
func (t *text) next() (byte, bool) {
	c, err := t.r.ReadByte()
	if err != nil {
		t.fail(err)
		return 0, false
	}
	t.offset++
	return c, true
}

func (t *text) back() {
	if t.r.UnreadByte() == nil {
		t.offset--
	}
}

// maxLine bounds a line: a name of a megabyte is not one of PHP's.
const maxLine = 1 << 20

// until reads up to a byte, which it takes but does not return; false where the
// input ends first. The bytes are valid until the next call.
func (t *text) until(end byte) ([]byte, bool, error) {
	line, err := t.r.ReadSlice(end)
	t.offset += int64(len(line))
	var long []byte
	for errors.Is(err, bufio.ErrBufferFull) {
		if long = append(long, line...); len(long) > maxLine {
			return nil, false, t.wrong("a name or line longer than 1 MiB")
		}
		line, err = t.r.ReadSlice(end)
		t.offset += int64(len(line))
	}
	if long != nil {
		line = append(long, line...)
	}
	if err != nil {
		t.fail(err)
		return line, false, t.err
	}
	return line[:len(line)-1], true, nil
}

// wrong is an error at the place where the text is.
func (t *text) wrong(found string) error {
	if t.err != nil {
		return t.err
	}
	return &FormatError{Offset: max(t.offset, 1), Found: found}
}

// early is the error of a text that ends too early.
func (t *text) early() error { return t.wrong("it ends early") }
