package linezip

import (
	"encoding/binary"
	"io"

	"github.com/cespare/xxhash/v2"
)

// Writer compresses what is written to it into one zstd frame. Another
// goroutine compresses while the caller goes on. It is to be closed, even
// after an error.
type Writer struct {
	text []byte // of the batch at hand: the end of the last, then what is new
	from int
	work chan batch
	free chan []byte // room for batches; nil for room that is made when it is needed
	done chan struct{}
	err  error // of the goroutine; to be read behind done
}

// batch is text[from:] to be compressed; before it stands what copies may come
// from.
type batch struct {
	text []byte
	from int
}

const (
	blockSize = 128 << 10 // the largest that zstd has
	batchSize = 8 * blockSize
)

// NewWriter makes a writer to w.
func NewWriter(w io.Writer) *Writer {
	const buffers = 3 // one is filled, one compressed
	z := &Writer{work: make(chan batch), free: make(chan []byte, buffers), done: make(chan struct{})}
	for range buffers {
		z.free <- nil
	}
	z.text = z.room()
	go z.run(w)
	return z
}

// room gives room for a batch, when there is some: a short text needs one of the
// buffers, not all.
func (z *Writer) room() []byte {
	b := <-z.free
	if b == nil {
		b = make([]byte, 0, window+batchSize)
	}
	return b[:0]
}

// Write takes text to be compressed. Errors are given by Close.
func (z *Writer) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		k := min(len(p), cap(z.text)-len(z.text))
		z.text = append(z.text, p[:k]...)
		if p = p[k:]; len(z.text) == cap(z.text) {
			z.hand()
		}
	}
	return n, nil
}

// hand gives the batch away and begins the next.
func (z *Writer) hand() {
	next := append(z.room(), z.text[max(0, len(z.text)-window):]...)
	z.work <- batch{z.text, z.from}
	z.text, z.from = next, len(next)
}

// Close ends the frame and gives the first error. It does not close what is
// below.
func (z *Writer) Close() error {
	z.work <- batch{z.text, z.from}
	close(z.work)
	<-z.done
	return z.err
}

// run compresses what is handed to it.
func (z *Writer) run(w io.Writer) {
	defer close(z.done)
	c := newCoder(w)
	z.err = c.begin()
	for b := range z.work {
		if z.err == nil {
			z.err = c.batch(b)
		}
		z.free <- b.text
	}
	if z.err == nil {
		z.err = c.end()
	}
}

// coder writes a frame.
type coder struct {
	out    io.Writer
	finder *finder
	block  block
	blocks blockCoder
	sum    *xxhash.Digest
	base   uint32 // position of the next text in the whole, modulo 1<<32
}

func newCoder(w io.Writer) *coder { return &coder{out: w, finder: newFinder(), sum: xxhash.New()} }

func (c *coder) begin() error {
	const (
		magic    = 0xfd2fb528
		checksum = 1 << 2
	)
	head := binary.LittleEndian.AppendUint32(nil, magic)
	_, err := c.out.Write(append(head, checksum, (windowLog-10)<<3))
	return err
}

func (c *coder) batch(b batch) error {
	c.sum.Write(b.text[b.from:])
	for from := b.from; from < len(b.text); from += blockSize {
		end := min(from+blockSize, len(b.text))
		recent := c.finder.recent
		c.finder.cut(&c.block, b.text[:end], from, c.base-uint32(from))
		out, raw, err := c.blocks.encode(&c.block, b.text[from:end])
		if err != nil {
			return err
		}
		if raw {
			c.finder.recent = recent // the reader sees no other distances
		}
		if _, err := c.out.Write(out); err != nil {
			return err
		}
		c.base += uint32(end - from)
	}
	return nil
}

func (c *coder) end() error {
	last := []byte{1, 0, 0} // an empty block
	_, err := c.out.Write(binary.LittleEndian.AppendUint32(last, uint32(c.sum.Sum64())))
	return err
}
