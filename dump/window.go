package dump

import (
	"encoding/binary"
	"io"
)

const (
	// windowSize is small enough to stay in a core's second-level cache, so
	// that the scan reads what the copy from the page cache has just warmed.
	windowSize = 256 << 10
	// windowPad is how far behind the last byte a scan may look without
	// asking; the bytes there mean nothing.
	windowPad = 320
	// maxIdle is how often in a row a reader may give nothing without an error.
	maxIdle = 100
)

// window is a stretch of the input held in memory. Unread bytes are
// buf[pos:end]; buf[end:end+windowPad] exists and may be looked at.
type window struct {
	src  io.Reader
	buf  []byte
	size int // of what is held as a rule; a single long value makes it more
	pos  int
	end  int
	base int64 // offset of buf[0] in the input
	eof  bool
	err  error // of src, other than io.EOF

	shared bool // buf is not to be changed
}

func newWindow(src io.Reader, at int64, size int) window {
	return window{src: src, base: at, size: size, buf: make([]byte, size+windowPad)}
}

// offset is the position in the input of the next unread byte.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// rest is the number of unread bytes in the window.
func (w *window) rest() int { return w.end - w.pos }

// fill moves the unread bytes to the front and reads until the window is
// full or the input ends. It reports whether it got any. Positions in the
// window change: they are to be kept relative to pos.
func (w *window) fill() bool {
	if w.eof {
		return false
	}
	if w.pos > 0 {
		copy(w.buf, w.buf[w.pos:w.end])
		w.base += int64(w.pos)
		w.end -= w.pos
		w.pos = 0
	}
	had := w.end
	for idle := 0; w.end < len(w.buf)-windowPad; {
		n, err := w.src.Read(w.buf[w.end : len(w.buf)-windowPad])
		w.end += n
		if idle++; n > 0 {
			idle = 0
		} else if err == nil && idle == maxIdle {
			err = io.ErrNoProgress
		}
		if err != nil {
			w.eof = true
			if err != io.EOF {
				w.err = err
			}
			break
		}
	}
	return w.end > had
}

// more makes sure that n unread bytes are there, growing the window when it
// is too small. It reports false when the input ends before that.
func (w *window) more(n int) bool {
	for w.rest() < n {
		if w.eof {
			return false
		}
		if n > len(w.buf)-windowPad {
			b := make([]byte, max(n, 2*(len(w.buf)-windowPad))+windowPad)
			copy(b, w.buf[w.pos:w.end])
			w.base += int64(w.pos)
			w.end -= w.pos
			w.pos = 0
			w.buf = b
		}
		if !w.fill() {
			return w.rest() >= n
		}
	}
	return true
}

// space skips blanks and gives the byte behind them without reading it. It
// reports false at the end of the input.
func (w *window) space() (byte, bool) {
	for {
		for w.pos < w.end {
			switch c := w.buf[w.pos]; c {
			case ' ', '\n', '\r', '\t':
				w.pos++
			default:
				return c, true
			}
		}
		if !w.fill() {
			return 0, false
		}
	}
}

// peek gives the byte at distance i from pos, reading more if need be.
func (w *window) peek(i int) (byte, bool) {
	if w.rest() <= i && !w.more(i+1) {
		return 0, false
	}
	return w.buf[w.pos+i], true
}

const (
	ones    = 0x0101010101010101
	highs   = 0x8080808080808080
	quotes  = '"' * ones
	slashes = '\\' * ones
	spaces  = ' ' * ones
)

// zeros marks, with its high bit, the lowest byte of x that is zero; marks
// above that one may be wrong.
func zeros(x uint64) uint64 { return (x - ones) &^ x & highs }

func load(b []byte, p int) uint64 { return binary.LittleEndian.Uint64(b[p:]) }
