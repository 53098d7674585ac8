package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"memtrail/internal/simheap"
)

// smallItems is the size of the dump whose first output is timed.
const smallItems = 1000

// prepare makes or finds the dumps, in dir where they are made, and reads them
// once, so that all of them are in the page cache.
func prepare(ctx context.Context, o options, dir string) (fixtures, error) {
	f := fixtures{Plain: o.dump, Small: filepath.Join(dir, "small.json")}
	if _, err := simulate(ctx, f.Small, smallItems, o.seed); err != nil {
		return f, err
	}
	if f.Plain == "" {
		f.Plain = filepath.Join(dir, "dump.json")
		truth, err := simulate(ctx, f.Plain, o.items, o.seed)
		if err != nil {
			return f, err
		}
		if cache, ok := truth.Plant(simheap.Cache); ok {
			f.ID, f.Class = cache.Example, cache.Holds
		}
	} else {
		var err error
		if f.ID, f.Class, err = pickMember(f.Plain); err != nil {
			return f, err
		}
	}
	if o.id != "" {
		f.ID = o.id
	}
	if o.class != "" {
		f.Class = o.class
	}
	if err := findCompressed(ctx, &f, o.compress, dir); err != nil {
		return f, err
	}
	for _, file := range []string{f.Plain, f.Gzip, f.Zstd, f.Small} {
		if err := readOnce(file); err != nil {
			return f, err
		}
	}
	return f, nil
}

func simulate(ctx context.Context, file string, items int, seed uint64) (truth simheap.Truth, err error) {
	err = create(file, func(w io.Writer) (err error) {
		truth, err = simheap.Write(interruptible{ctx, w}, simheap.Options{Items: items, Seed: seed})
		return err
	})
	return truth, err
}

// findCompressed takes the compressed forms beside a dump, or makes them.
func findCompressed(ctx context.Context, f *fixtures, makeThem bool, dir string) error {
	if compressed(f.Plain) {
		return nil
	}
	for _, form := range []struct {
		file     *string
		suffix   string
		compress func(io.Writer) (io.WriteCloser, error)
	}{
		{&f.Gzip, ".gz", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }},
		{&f.Zstd, ".zst", func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }},
	} {
		if beside := f.Plain + form.suffix; exists(beside) {
			*form.file = beside
			continue
		}
		if !makeThem {
			continue
		}
		*form.file = filepath.Join(dir, filepath.Base(f.Plain)+form.suffix)
		err := create(*form.file, func(w io.Writer) error {
			in, err := os.Open(f.Plain)
			if err != nil {
				return err
			}
			defer in.Close()
			out, err := form.compress(interruptible{ctx, w})
			if err != nil {
				return err
			}
			if _, err := io.Copy(out, in); err != nil {
				return err
			}
			return out.Close()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func compressed(file string) bool {
	ext := filepath.Ext(file)
	return ext == ".gz" || ext == ".zst"
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func create(file string, write func(io.Writer) error) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := write(out); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// interruptible fails once its context has ended.
type interruptible struct {
	ctx context.Context
	io.Writer
}

func (w interruptible) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(b)
}

func readOnce(file string) error {
	if file == "" {
		return nil
	}
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = io.Copy(io.Discard, in)
	return err
}

// open reads a dump, decompressed.
func open(file string) (io.ReadCloser, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	var plain io.Reader
	switch filepath.Ext(file) {
	case ".gz":
		plain, err = gzip.NewReader(in)
	case ".zst":
		plain, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
	default:
		return in, nil
	}
	if err != nil {
		in.Close()
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{plain, in}, nil
}

// pickMember finds the most numerous class of a dump in the usual layout, and
// an object of it that is neither among the first nor among the last. In other
// layouts it finds nothing.
func pickMember(file string) (id, class string, err error) {
	in, err := open(file)
	if err != nil {
		return "", "", err
	}
	defer in.Close()
	type found struct {
		count int
		id    string
	}
	classes := map[string]*found{}
	var current []byte
	lines := bufio.NewReaderSize(in, 1<<20)
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case err == io.EOF:
			best := 0
			for name, f := range classes {
				if f.count > best || (f.count == best && name < class) {
					best, id, class = f.count, f.id, name
				}
			}
			return id, strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(class), nil
		case err == bufio.ErrBufferFull:
			continue // no line of an item is as long as that
		case err != nil:
			return "", "", fmt.Errorf("%s: %w", file, err)
		}
		if id, ok := between(line, `    "`, "\" : {\n"); ok {
			current = append(current[:0], id...)
		}
		if name, ok := between(line, `        "class" : "`, "\",\n"); ok {
			f := classes[string(name)]
			if f == nil {
				f = &found{}
				classes[string(name)] = f
			}
			// The last power of two lies behind the middle.
			if f.count++; f.count&(f.count-1) == 0 {
				f.id = string(current)
			}
		}
	}
}

func between(line []byte, before, behind string) ([]byte, bool) {
	rest, ok := bytes.CutPrefix(line, []byte(before))
	if !ok {
		return nil, false
	}
	return bytes.CutSuffix(rest, []byte(behind))
}
