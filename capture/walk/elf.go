package walk

import (
	"bufio"
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"io"
	"slices"

	"memtrail/capture/memory"
)

// Bounds of what is taken from the files of a process, which are its own.
const (
	maxSymbols = 1 << 22 // looked at, in a table
	maxNames   = 1 << 18 // kept, of all files
	maxName    = 256     // bytes
)

// readSymbols reads the names of data in an ELF file, most at most, by address. base
// is the address that the file gives its first byte.
func readSymbols(path string, most int) (names []symbol, base uint64, err error) {
	f, err := memory.OpenELF(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	for i := range f.Segments {
		if p := &f.Segments[i]; p.Type == uint32(elf.PT_LOAD) && p.Off == 0 {
			base = p.Vaddr
		}
	}
	sections, err := f.Sections()
	if err != nil {
		return nil, base, nil // it is stripped
	}
	for _, kind := range []elf.SectionType{elf.SHT_SYMTAB, elf.SHT_DYNSYM} {
		i := slices.IndexFunc(sections, func(s elf.Section64) bool { return s.Type == uint32(kind) })
		if i >= 0 && uint64(sections[i].Link) < uint64(len(sections)) {
			names = dataSymbols(f, &sections[i], &sections[sections[i].Link], names, most)
		}
	}
	slices.SortFunc(names, func(a, b symbol) int { return cmp.Compare(a.address, b.address) })
	return names, base, nil
}

// dataSymbols adds the names of data in a symbol table, whose names are in texts.
func dataSymbols(f *memory.ELF, table, texts *elf.Section64, names []symbol, most int) []symbol {
	if uint64(elf.SHF_COMPRESSED)&(table.Flags|texts.Flags) != 0 || int64(texts.Off) < 0 {
		return names
	}
	entry := make([]byte, elf.Sym64Size)
	r := bufio.NewReaderSize(f.Stretch(table.Off, min(table.Size, maxSymbols*elf.Sym64Size)), 64<<10)
	text := make([]byte, maxName)
	for len(names) < most {
		if _, err := io.ReadFull(r, entry); err != nil {
			break
		}
		name, info := uint64(binary.LittleEndian.Uint32(entry)), entry[4]
		s := symbol{address: binary.LittleEndian.Uint64(entry[8:]), size: binary.LittleEndian.Uint64(entry[16:])}
		if elf.ST_TYPE(info) != elf.STT_OBJECT || s.address == 0 || name >= texts.Size {
			continue
		}
		n, _ := f.ReadAt(text[:min(maxName, texts.Size-name)], int64(texts.Off+name))
		whole, _, _ := bytes.Cut(text[:n], []byte{0})
		s.name = string(whole)
		names = append(names, s)
	}
	return names
}
