package dump

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Input is a dump to be read: a file, compressed or not, or a stream. Its
// content, not its name, says whether it is compressed.
type Input struct {
	// Name is what to call the input in messages.
	Name string

	file storage     // nil for a stream that others close
	stat fs.FileInfo // of a regular file when it was opened, else nil
	size int64       // of a regular file, up to a large hole; else -1
	hole error       // says why size is less than the file has; nil if it is not
	head []byte      // what was read from a stream to tell its kind
	src  io.Reader
	kind compression
	// MaxWindow is how much memory, in bytes, the decoder of zstd may take for what
	// the text repeats; 0: as much as zstd does without --long.
	MaxWindow uint64
	read      atomic.Int64
	// begun is the text, of which the head has been looked at; nil if it has not been.
	begun *begun
	// source gives the items instead of all that is above; nil for text.
	source Source
}

// storage is an *os.File, or what stands for one in a test.
type storage interface {
	io.ReaderAt
	io.Closer
}

type compression uint8

const (
	plain compression = iota
	gzipped
	zstandard
)

// Open opens the dump at path; "-" is stdin. The caller closes it.
func Open(path string, stdin io.Reader) (*Input, error) {
	if path == "-" {
		return FromReader("standard input", stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("it is a directory, not a dump")}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	if !st.Mode().IsRegular() {
		in, err := FromReader(path, f)
		if err != nil {
			f.Close()
			return nil, err
		}
		in.file = f
		return in, nil
	}
	in := &Input{Name: path, file: f, stat: st, size: st.Size()}
	in.cutHoles(seekHole(f.Fd()))
	if in.size == 0 && in.hole != nil {
		f.Close()
		return nil, in.hole
	}
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		f.Close()
		return nil, err
	}
	in.kind = sniff(head[:n])
	return in, nil
}

// FromReader makes an input of a stream.
func FromReader(name string, r io.Reader) (*Input, error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Input{Name: name, size: -1, head: head[:n], src: r, kind: sniff(head[:n])}, nil
}

func sniff(head []byte) compression {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzipped
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}), isSkippable(head):
		return zstandard
	}
	return plain
}

// isSkippable reports whether a frame begins that decoders of zstd pass over: pzstd, and
// tools that add an index, write one first. See RFC 8878, 3.1.2.
func isSkippable(head []byte) bool {
	return len(head) == 4 && head[0]&0xf0 == 0x50 && head[1] == 0x2a && head[2] == 0x4d && head[3] == 0x18
}

// Size is the number of bytes to read, as stored; -1 for a stream.
func (in *Input) Size() int64 { return in.size }

// TextSize is the number of bytes of the dump itself: known for a plain file,
// guessed for a compressed one, -1 for a stream.
func (in *Input) TextSize() int64 {
	switch {
	case in.source != nil:
		return in.source.TextSize()
	case in.size < 0:
		return -1
	case in.kind == gzipped:
		return 20 * in.size
	case in.kind == zstandard:
		return 35 * in.size
	}
	return in.size
}

// BytesRead is how many of those bytes have been read so far. It can be
// called while another goroutine reads.
func (in *Input) BytesRead() int64 { return in.read.Load() }

// Again reports whether the input can be read more than once.
func (in *Input) Again() bool { return in.size >= 0 }

// Close releases the file behind the input.
func (in *Input) Close() error {
	if in.source != nil {
		return in.source.Close()
	}
	if in.begun != nil {
		in.begun.close()
	}
	if in.file == nil {
		return nil
	}
	return in.file.Close()
}

// Regular reports whether the input is a regular file.
func (in *Input) Regular() bool { return in.stat != nil }

// IsText reports whether the input is a text, not a process's memory.
func (in *Input) IsText() bool { return in.source == nil }

// Compressed reports whether what is stored is not the text itself.
func (in *Input) Compressed() bool { return in.kind != plain }

// begun is a text of which the first bytes have been read.
type begun struct {
	head  []byte
	r     io.Reader // what follows
	close func()
}

// Head gives the first bytes of the text of a regular file, at most n, and fewer where
// it ends, or is damaged, before that. The text is read from its start all the same,
// and by the decoder that is at work by then: one for a window of zstd takes memory.
func (in *Input) Head(n int) []byte {
	if !in.Regular() || in.begun != nil {
		return nil
	}
	head := make([]byte, n)
	if in.kind == plain {
		got, _ := in.file.ReadAt(head[:min(int64(n), in.size)], 0)
		return head[:got]
	}
	r, done, err := in.stream()
	if err != nil {
		return nil
	}
	got, err := io.ReadFull(r, head)
	if head = head[:got]; err != nil {
		done() // what is wrong comes up again
		return head
	}
	in.begun = &begun{head, r, done}
	return head
}

// changed says how the file of an input is no longer what was opened; nil if it
// is, as far as its size and the time of its last change tell, or if it is no
// regular file. One that has been renamed or removed is still what it was.
func (in *Input) changed() error {
	if in.stat == nil {
		return nil
	}
	if f, ok := in.file.(interface{ Stat() (fs.FileInfo, error) }); ok {
		switch now, err := f.Stat(); {
		case err != nil:
		case now.Size() != in.stat.Size():
			return fmt.Errorf("the file changed while it was read, from %d bytes to %d", in.stat.Size(), now.Size())
		case !now.ModTime().Equal(in.stat.ModTime()):
			return errors.New("the file was written to while it was read")
		}
	}
	if now, err := os.Stat(in.Name); err == nil && !os.SameFile(now, in.stat) {
		return errors.New("another file took the place of this one while it was read")
	}
	return nil
}

// stream gives the uncompressed text from its start. close must be called.
func (in *Input) stream() (r io.Reader, close func(), err error) {
	if b := in.begun; b != nil {
		in.begun = nil
		return io.MultiReader(bytes.NewReader(b.head), b.r), b.close, nil
	}
	raw := &counted{in: in, r: in.src, head: in.head}
	defer func() {
		if err == nil {
			r = &zeroRuns{r: r, most: maxHoles}
		}
	}()
	if in.Again() {
		in.read.Store(0)
		raw = &counted{in: in, r: io.NewSectionReader(in.file, 0, in.size)}
	}
	switch in.kind {
	case gzipped:
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, nil, &FormatError{Found: "a gzip file with a damaged head"}
		}
		return &damage{r: z, raw: raw, kind: "gzip"}, func() { z.Close() }, nil
	case zstandard:
		// One decoding goroutine: the other core scans meanwhile.
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(cmp.Or(in.MaxWindow, maxZstdWindow)))
		if err != nil {
			return nil, nil, err
		}
		return &damage{r: z, raw: raw, kind: "zstd"}, z.Close, nil
	}
	return raw, func() {}, nil
}

// Text gives the uncompressed text from its start, to read as something else than
// a dump. The caller closes it before the input; a stream has its text once.
func (in *Input) Text() (io.ReadCloser, error) {
	r, done, err := in.stream()
	if err != nil {
		return nil, err
	}
	return &openText{r, done}, nil
}

type openText struct {
	io.Reader
	done func()
}

func (t *openText) Close() error {
	t.done()
	return nil
}

// maxZstdWindow bounds what a frame's header can make the decoder allocate;
// it is what zstd --ultra -22 uses.
const maxZstdWindow = 128 << 20

// LargestWindow is the most that MaxWindow can be: what zstd --long=31 uses.
const LargestWindow = 2 << 30

// counted counts what is read.
type counted struct {
	in   *Input
	r    io.Reader
	head []byte // comes first
	err  error  // of r, other than io.EOF
}

func (c *counted) Read(p []byte) (int, error) {
	if len(c.head) > 0 {
		n := copy(p, c.head)
		c.head = c.head[n:]
		c.in.read.Add(int64(n))
		return n, nil
	}
	n, err := c.r.Read(p)
	c.in.read.Add(int64(n))
	if err != nil && err != io.EOF {
		// Whoever prints the message names the input.
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		c.err = err
	}
	return n, err
}

// damage words a decoder's errors.
type damage struct {
	r    io.Reader
	raw  *counted // what r reads
	kind string
}

func (d *damage) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	switch {
	case err == nil || err == io.EOF:
	case d.raw.err != nil:
		err = d.raw.err
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the %s data ends early", d.kind)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		err = fmt.Errorf("the checksum or the length of the %s data is wrong", d.kind)
	case errors.Is(err, gzip.ErrHeader):
		err = fmt.Errorf("what follows the end of the %s data is no %[1]s data", d.kind)
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		err = errors.New("the zstd data was written with --long, and needs more memory than zstd takes by itself; allow it with --max-window 2G")
	default:
		err = fmt.Errorf("the %s data is damaged", d.kind)
	}
	return n, err
}
