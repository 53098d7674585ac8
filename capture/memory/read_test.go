package memory

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// written writes a core of some segments, and gives them.
func written(t *testing.T) (path string, all []Segment) {
	t.Helper()
	all = random(rand.New(rand.NewPCG(4, 2)))
	all = append(all, Segment{all[len(all)-1].End() + 1<<20, bytes.Repeat([]byte("memory"), 1<<16)})
	path = filepath.Join(t.TempDir(), "core")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := WriteCore(f, New(nil, all), elf.EM_X86_64, 42); err != nil {
		t.Fatal(err)
	}
	return path, all
}

func noMap(*os.File, int64) ([]byte, func(), error) { return nil, nil, errors.ErrUnsupported }

// Where a core cannot be mapped it is read, to the same bytes, if it has room.
func TestCoreWithoutMaps(t *testing.T) {
	path, all := written(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	size := uint64(len(text))
	for name, open := range map[string]func(most uint64) (*Image, error){
		"file":   func(most uint64) (*Image, error) { return openCore(path, "", most, noMap) },
		"stream": func(most uint64) (*Image, error) { return ReadCore(iotest.HalfReader(bytes.NewReader(text)), "", most) },
	} {
		for _, most := range []uint64{0, size, size + 1, 1 << 40} {
			m, err := open(most)
			if err != nil {
				t.Fatalf("%s, at most %d: %v", name, most, err)
			}
			if m.Held != size {
				t.Errorf("%s: %d bytes are held, of %d", name, m.Held, size)
			}
			for _, s := range all {
				if !bytes.Equal(m.Bytes(s.Address, uint64(len(s.Data))), s.Data) {
					t.Errorf("%s: the segment at %#x differs", name, s.Address)
				}
			}
			m.Close()
		}
		_, err := open(size - 1)
		e, ok := errors.AsType[*SizeError](err)
		if !ok || !errors.Is(err, ErrMemory) || e.Needed < size || e.Allowed != size-1 || e.AtLeast != (name == "stream") {
			t.Errorf("%s, too large: %v", name, err)
		}
	}
	if m, err := OpenCore(path, "", 1); err != nil || m.Held != 0 {
		t.Errorf("a core that is mapped takes no memory: %v", err)
	} else {
		m.Close()
	}
}

// A core needs no sections, and what it says of them is not read.
func TestSectionsOfCore(t *testing.T) {
	path, all := written(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := all[len(all)-1]
	for _, shoff := range []uint64{64, uint64(len(text)) - 8, 1 << 62, 1<<64 - 1} {
		binary.LittleEndian.PutUint64(text[40:], shoff)
		copy(text[58:], "\x40\x00\x07\x00\x03\x00") // e_shentsize, e_shnum, e_shstrndx
		m, err := ParseCore(text, "")
		if err != nil || !bytes.Equal(m.Bytes(last.Address, 12), last.Data[:12]) {
			t.Errorf("sections at %#x: %v", shoff, err)
		}
	}
}

// Reading by pieces, where no room can be reserved, gives what one stretch does.
func TestReadInPieces(t *testing.T) {
	none := func(uint64, bool) ([]byte, func(int), func()) { return nil, nil, nil }
	text := strings.Repeat("0123456789abcdef", 3<<16)
	size := len(text)
	broken := errors.New("the disk is gone")
	for _, by := range []reserver{reserve, none} {
		for n := range 3 {
			text := text[:size-n]
			for _, known := range []int64{-1, int64(len(text))} {
				b, free, err := readWith(by, iotest.OneByteReader(strings.NewReader(text[:n+1])), -1, uint64(n+1))
				if err != nil || string(b) != text[:n+1] {
					t.Errorf("%d bytes: %d, %v", n+1, len(b), err)
				} else {
					free()
				}
				b, free, err = readWith(by, strings.NewReader(text), known, 0)
				if err != nil || string(b) != text {
					t.Errorf("%d bytes of %d: %v", len(b), len(text), err)
					continue
				}
				free()
				if _, _, err = readWith(by, iotest.TimeoutReader(iotest.HalfReader(strings.NewReader(text))), known, 0); !errors.Is(err, iotest.ErrTimeout) {
					t.Errorf("an error of reading is %v", err)
				}
				if _, _, err = readWith(by, iotest.ErrReader(broken), known, 0); !errors.Is(err, broken) {
					t.Errorf("an error of reading is %v", err)
				}
				if _, _, err := readWith(by, strings.NewReader(text), known, 1<<20); !errors.Is(err, ErrMemory) {
					t.Errorf("more than it may: %v", err)
				}
			}
		}
	}
}

// A core that is cut while it is mapped is an error, not the end of the program.
func TestCutWhileMapped(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no file is mapped")
	}
	path, all := written(t)
	m, err := OpenCore(path, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
	sum := func() (n int, err error) {
		defer m.CatchFaults(&err)()
		for _, s := range all {
			for _, c := range m.Bytes(s.Address, uint64(len(s.Data))) {
				n += int(c)
			}
		}
		return n, nil
	}
	if n, err := sum(); err == nil || !strings.Contains(err.Error(), "changed while it was read") {
		t.Errorf("%d, %v", n, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic of another kind is no fault of the file")
		}
	}()
	_ = func() (err error) { defer m.CatchFaults(&err)(); panic("other") }()
}
