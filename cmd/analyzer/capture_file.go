package main

import (
	"debug/elf"
	"io"
	"runtime"
	"strings"

	"github.com/klauspost/compress/zstd"

	"memtrail/capture"
	"memtrail/dump"
	"memtrail/internal/atomicfile"
	"memtrail/internal/linezip"
	"memtrail/report"
)

// writeCapture writes the file and fills in what became of it. What a process
// has in memory is for the user alone, so the file is.
func (a *app) writeCapture(c *capture.Capture, r *report.Captured) error {
	write := func(w io.Writer) error { return writeTo(w, c, r) }
	if r.File == standardOutput {
		return write(a.stdout)
	}
	return atomicfile.Write(r.File, atomicfile.Private, write)
}

// writeTo writes what the file has and counts its bytes.
func writeTo(w io.Writer, c *capture.Capture, r *report.Captured) error {
	counted := &countingWriter{w: w}
	defer func() { r.Bytes = counted.n }()
	if strings.HasSuffix(r.File, ".zst") {
		return compressed(counted, r.Raw, func(w io.Writer) error { return writeForm(w, c, r) })
	}
	return writeForm(counted, c, r)
}

// compressed writes through zstd. A core is no text of lines.
func compressed(w io.Writer, raw bool, write func(io.Writer) error) error {
	var z io.WriteCloser
	if raw {
		var err error
		if z, err = zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest)); err != nil {
			return err
		}
	} else {
		z = linezip.NewWriter(w)
	}
	err := write(z)
	if closed := z.Close(); err == nil {
		err = closed
	}
	return err
}

// writeForm writes a core or a dump.
func writeForm(w io.Writer, c *capture.Capture, r *report.Captured) error {
	if r.Raw {
		return writeRaw(w, c, r)
	}
	return writeItems(w, c, r)
}

// writeItems writes the items as JSON.
func writeItems(w io.Writer, c *capture.Capture, r *report.Captured) error {
	header := c.Header()
	out := dump.NewWriter(w, &header)
	info, err := c.Items(true, out.Item)
	if err != nil {
		return err
	}
	r.Items, r.Off = info.Items, info.Capture.Off
	return out.Close(info.Capture)
}

// writeRaw writes a core. The values are walked over first: what that reads of
// memory that was not copied belongs into the core, too.
func writeRaw(w io.Writer, c *capture.Capture, r *report.Captured) error {
	info, err := c.Items(true, func(*dump.Item) {})
	if err != nil {
		return err
	}
	r.Items, r.Off = info.Items, info.Capture.Off
	machine := elf.EM_X86_64
	if runtime.GOARCH == "arm64" {
		machine = elf.EM_AARCH64
	}
	return c.WriteCore(w, machine)
}

// countingWriter counts what is written.
type countingWriter struct {
	w io.Writer
	n uint64
}

func (c *countingWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += uint64(n)
	return n, err
}
