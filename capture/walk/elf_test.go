package walk

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The names of a library are those that debug/elf finds.
func TestSymbols(t *testing.T) {
	libraries, _ := filepath.Glob("/lib/*-linux-gnu/lib*.so.*")
	if runtime.GOOS != "linux" || len(libraries) == 0 {
		t.Skip("no libraries here")
	}
	for _, path := range libraries[:min(len(libraries), 5)] {
		f, err := elf.Open(path)
		if err != nil || f.Class != elf.ELFCLASS64 {
			continue
		}
		var want []symbol
		static, _ := f.Symbols()
		dynamic, _ := f.DynamicSymbols()
		for _, x := range append(static, dynamic...) {
			if elf.ST_TYPE(x.Info) == elf.STT_OBJECT && x.Value != 0 {
				want = append(want, symbol{x.Value, x.Size, x.Name[:min(len(x.Name), maxName)]})
			}
		}
		f.Close()
		slices.SortFunc(want, func(a, b symbol) int { return cmp.Compare(a.address, b.address) })
		got, _, err := readSymbols(path, maxNames)
		order := func(a, b symbol) int {
			return cmp.Or(cmp.Compare(a.address, b.address), cmp.Compare(a.name, b.name))
		}
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %d names, want %d; %v", path, len(got), len(want), err)
		}
	}
}

// writeLibrary writes an ELF file of n symbols, which a test damages.
func writeLibrary(t *testing.T, n int, texts string, change func(h *elf.Header64, sections []elf.Section64)) string {
	t.Helper()
	const header, section = 64, 64
	symbols := make([]elf.Sym64, n)
	for i := range symbols {
		symbols[i] = elf.Sym64{Name: uint32(i % max(len(texts), 1)), Info: byte(elf.STT_OBJECT), Value: uint64(1000 + 8*i), Size: 8}
	}
	at := uint64(header + 3*section + 56)
	sections := []elf.Section64{
		{},
		{Type: uint32(elf.SHT_SYMTAB), Off: at, Size: uint64(n * elf.Sym64Size), Link: 2, Entsize: elf.Sym64Size},
		{Type: uint32(elf.SHT_STRTAB), Off: at + uint64(n*elf.Sym64Size), Size: uint64(len(texts))},
	}
	h := elf.Header64{
		Type: uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: header + 3*section, Shoff: header,
		Ehsize: header, Phentsize: 56, Phnum: 1, Shentsize: section, Shnum: 3, Shstrndx: 2,
	}
	copy(h.Ident[:], elf.ELFMAG+"\x02\x01\x01")
	if change != nil {
		change(&h, sections)
	}
	var b bytes.Buffer
	for _, part := range []any{h, sections, elf.Prog64{Type: uint32(elf.PT_LOAD), Vaddr: 0x400}, symbols} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	b.WriteString(texts)
	path := filepath.Join(t.TempDir(), "lib.so")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What a file claims is not believed, and what it has is bounded.
func TestHostileLibraries(t *testing.T) {
	long := strings.Repeat("n", 1<<20)
	for name, c := range map[string]struct {
		n      int
		texts  string
		change func(h *elf.Header64, sections []elf.Section64)
		want   int
	}{
		"sound":               {3, "a\x00b\x00", nil, 3},
		"names overlap":       {1000, long, nil, 100},
		"a size of anything":  {3, "a", func(_ *elf.Header64, s []elf.Section64) { s[1].Size, s[2].Size = math.MaxUint64, math.MaxUint64 }, 3},
		"a place of anything": {3, "a", func(_ *elf.Header64, s []elf.Section64) { s[1].Off, s[2].Off = math.MaxUint64, math.MaxInt64 }, 0},
		"texts of no section": {3, "a", func(_ *elf.Header64, s []elf.Section64) { s[1].Link = 77 }, 0},
		"compressed":          {3, "a", func(_ *elf.Header64, s []elf.Section64) { s[2].Flags = uint64(elf.SHF_COMPRESSED) }, 0},
		"many sections":       {3, "a", func(h *elf.Header64, s []elf.Section64) { h.Shnum, s[0].Size = 0, math.MaxUint64 }, 0},
		"no sections":         {3, "a", func(h *elf.Header64, _ []elf.Section64) { h.Shoff = 0 }, 0},
		"sections elsewhere":  {3, "a", func(h *elf.Header64, _ []elf.Section64) { h.Shoff = math.MaxInt64 }, 0},
		"no texts":            {3, "", nil, 0},
	} {
		path := writeLibrary(t, c.n, c.texts, c.change)
		names, base, err := readSymbols(path, 100)
		if err != nil || len(names) != c.want || base != 0x400 {
			t.Errorf("%s: %d names, want %d; base %#x; %v", name, len(names), c.want, base, err)
		}
		for _, x := range names {
			if len(x.name) > maxName {
				t.Errorf("%s: a name of %d bytes", name, len(x.name))
			}
		}
	}
	for name, change := range map[string]func(h *elf.Header64, s []elf.Section64){
		"32 bits":           func(h *elf.Header64, _ []elf.Section64) { h.Ident[elf.EI_CLASS] = 1 },
		"segments anywhere": func(h *elf.Header64, _ []elf.Section64) { h.Phoff = math.MaxUint64 },
	} {
		if names, _, err := readSymbols(writeLibrary(t, 3, "a", change), 100); err == nil {
			t.Errorf("%s: %d names", name, len(names))
		}
	}
	for _, path := range []string{t.TempDir(), os.DevNull, filepath.Join(t.TempDir(), "none")} {
		if _, _, err := readSymbols(path, 100); err == nil {
			t.Errorf("%s is read", path)
		}
	}
}

func FuzzSymbols(f *testing.F) {
	f.Add([]byte(elf.ELFMAG + "\x02\x01\x01" + strings.Repeat("\x00", 57)))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "lib.so")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		names, _, err := readSymbols(path, 100)
		if len(names) > 100 || err != nil && names != nil {
			t.Errorf("%d names, %v", len(names), err)
		}
	})
}
