package memory

import (
	"bytes"
	"debug/elf"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseMaps(t *testing.T) {
	got, err := parseMaps(strings.NewReader(`55d0c0a00000-55d0c0b00000 r-xp 00001000 fd:01 1234                       /usr/bin/php 8.2 (deleted)
7f0000000000-7f0000200000 rw-p 00000000 00:00 0
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Mapping{
		{0x55d0c0a00000, 0x55d0c0b00000, "r-xp", 0x1000, "/usr/bin/php 8.2 (deleted)"},
		{0x7f0000000000, 0x7f0000200000, "rw-p", 0, ""},
		{0x7ffc00000000, 0x7ffc00021000, "rw-p", 0, "[stack]"},
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Errorf("mapping %d is %+v, want %+v", i, got[min(i, len(got)-1)], want[i])
		}
	}
	for _, line := range []string{"", "x", "zz-10 r--p 0 0:0 0", "20-10 r--p 0 0:0 0", "10-20 r--p"} {
		if m, err := ParseMapping(line); err == nil {
			t.Errorf("%q is %+v", line, m)
		}
	}
}

// random makes segments with gaps, near and far.
func random(r *rand.Rand) []Segment {
	var all []Segment
	at := uint64(0x10000)
	for range 2 + r.IntN(20) {
		at += uint64(r.IntN(4)) * uint64(r.IntN(3<<20)) &^ 7
		data := make([]byte, 8+r.IntN(1<<16)&^7)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		all = append(all, Segment{at, data})
		at += uint64(len(data))
	}
	return all
}

// Reads are held against a search through all segments.
func TestImage(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 30 {
		all := random(r)
		m := New(nil, append([]Segment(nil), all...))
		end := all[len(all)-1].End()
		for range 3000 {
			a, n := r.Uint64N(end+1<<16), uint64(1+r.IntN(200))
			if r.IntN(2) == 0 { // at an end
				s := all[r.IntN(len(all))]
				a = s.Address + uint64(r.IntN(2))*uint64(len(s.Data)) - uint64(r.IntN(16))
			}
			var want []byte
			for _, s := range all {
				if a >= s.Address && a+n <= s.End() {
					want = s.Data[a-s.Address:][:n]
				}
			}
			got := m.Bytes(a, n)
			// What lies across two segments is put together page by page, if
			// whole pages are there.
			if want != nil && !bytes.Equal(got, want) {
				t.Fatalf("%d bytes at %#x: %x, want %x", n, a, got, want)
			}
			if want == nil && got != nil {
				for i := range got {
					if b := m.Bytes(a+uint64(i), 1); b == nil || b[0] != got[i] {
						t.Fatalf("byte %d of %d at %#x is %x, alone %x", i, n, a, got[i], b)
					}
				}
			}
		}
		if m.Word(^uint64(0)) != 0 || m.Word(1<<48) != 0 || m.Byte(^uint64(0)-3) != 0 || m.Bytes(8, 1<<40) != nil {
			t.Fatal("something lies at the end of the address space")
		}
	}
}

// A core that was written reads as the image did.
func TestCoreRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	for round := range 10 {
		machine := []elf.Machine{elf.EM_X86_64, elf.EM_AARCH64}[round%2]
		var all []Segment
		var mappings []Mapping
		at := uint64(0x7f0000000000)
		for i := range 5 {
			data := make([]byte, (1+r.IntN(8))*pageSize)
			for i := range data {
				data[i] = byte(r.Uint32())
			}
			path := ""
			if i%2 == 1 {
				path = "/usr/lib/x.so"
			}
			all = append(all, Segment{at, data})
			mappings = append(mappings, Mapping{at, at + uint64(len(data)), "rw-p", uint64(i) * pageSize, path})
			at += uint64(len(data)) + uint64(r.IntN(3))*pageSize
		}
		m := New(mappings, all)
		m.zeros = []area{{at, at + 4*pageSize}}
		m.Threads = []Thread{{ID: 42, Pointer: 0x1234, Stack: 0x5678}, {ID: 43, Pointer: 0x2345, Stack: 0x6789}}
		path := filepath.Join(t.TempDir(), "core")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteCore(f, m, machine, 42); err != nil {
			t.Fatal(err)
		}
		f.Close()
		core, err := OpenCore(path, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if !bytes.Equal(core.Bytes(s.Address, uint64(len(s.Data))), s.Data) {
				t.Errorf("the segment at %#x differs", s.Address)
			}
		}
		if b := core.Bytes(at+pageSize, 16); b == nil || !bytes.Equal(b, make([]byte, 16)) {
			t.Errorf("memory without pages reads as %x", b)
		}
		if !slices.Equal(core.Threads, m.Threads) {
			t.Errorf("threads %+v on %v", core.Threads, machine)
		}
		if x := core.Mapping(all[1].Address); x == nil || x.Path != "/usr/lib/x.so" || x.Offset != pageSize {
			t.Errorf("mapping %+v", x)
		}
		core.Close()
	}
}

// Of a file that is mapped a core has the pages that were read; the rest of the
// mapping is known all the same.
func TestCoreOfPages(t *testing.T) {
	const at, pages = uint64(0x55d0c0a00000), 8
	for _, read := range [][]uint64{{}, {0}, {3}, {0, 1, 5}, {7}, {0, 1, 2, 3, 4, 5, 6, 7}} {
		m := New([]Mapping{{at, at + pages*pageSize, "r-xp", 16 * pageSize, "/usr/bin/php"}}, []Segment{{0x7f0000000000, make([]byte, pageSize)}})
		for _, p := range read {
			m.pages[at+p*pageSize] = bytes.Repeat([]byte{byte(p + 1)}, pageSize)
		}
		var out bytes.Buffer
		if err := WriteCore(&out, m, elf.EM_X86_64, 42); err != nil {
			t.Fatal(err)
		}
		core, err := ParseCore(out.Bytes(), "/nonexistent")
		if err != nil {
			t.Fatal(err)
		}
		for p := range uint64(pages) {
			a := at + p*pageSize
			x := core.Mapping(a + 8)
			if x == nil || x.Path != "/usr/bin/php" || x.Offset+a-x.From != (16+p)*pageSize {
				t.Errorf("pages %d of 8 are there: page %d is mapped from %+v", read, p, x)
			}
			if b := core.Bytes(a, 8); slices.Contains(read, p) != (b != nil) || b != nil && b[0] != byte(p+1) {
				t.Errorf("pages %d of 8 are there: page %d reads %x", read, p, b)
			}
		}
	}
}

// No core is an error, never a panic.
func TestNoCore(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("{}"), []byte(elf.ELFMAG), make([]byte, 4096), append([]byte(elf.ELFMAG+"\x02\x01\x01"), make([]byte, 100)...)} {
		if m, err := ParseCore(b, ""); err == nil {
			t.Errorf("%d bytes are a core with %d segments", len(b), len(m.Segments))
		}
	}
}
