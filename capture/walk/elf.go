package walk

import (
	"bufio"
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
)

// Bounds of what is taken from the files of a process, which are its own and may
// claim anything. Package debug/elf reads all symbols, code included, and takes
// sizes and compressed sections at their word: with it a file of a megabyte fills
// memory.
const (
	maxSections = 1 << 16
	maxSymbols  = 1 << 22 // looked at, in a table
	maxNames    = 1 << 18 // kept, of all files
	maxName     = 256     // bytes
)

var errNoELF = errors.New("no ELF file of 64 bits, little-endian")

// readSymbols reads the names of data in an ELF file, most at most, by address. base
// is the address that the file gives its first byte.
func readSymbols(path string, most int) (names []symbol, base uint64, err error) {
	// A FIFO would block, and a device never end.
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return nil, 0, cmp.Or(err, errNoELF)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	var h elf.Header64
	if err := readAt(f, 0, &h); err != nil {
		return nil, 0, err
	}
	if !bytes.HasPrefix(h.Ident[:], []byte(elf.ELFMAG)) || h.Ident[elf.EI_CLASS] != byte(elf.ELFCLASS64) || h.Ident[elf.EI_DATA] != byte(elf.ELFDATA2LSB) {
		return nil, 0, errNoELF
	}
	for i := range uint64(h.Phnum) {
		var p elf.Prog64
		if err := readAt(f, h.Phoff+i*uint64(h.Phentsize), &p); err != nil {
			return nil, 0, err
		}
		if p.Type == uint32(elf.PT_LOAD) && p.Off == 0 {
			base = p.Vaddr
		}
	}
	sections, err := readSections(f, &h)
	if err != nil {
		return nil, base, nil // it is stripped
	}
	for _, kind := range []elf.SectionType{elf.SHT_SYMTAB, elf.SHT_DYNSYM} {
		i := slices.IndexFunc(sections, func(s elf.Section64) bool { return s.Type == uint32(kind) })
		if i < 0 || uint64(sections[i].Link) >= uint64(len(sections)) {
			continue
		}
		table, texts := &sections[i], &sections[sections[i].Link]
		names = dataSymbols(f, table, texts, names, most)
	}
	slices.SortFunc(names, func(a, b symbol) int { return cmp.Compare(a.address, b.address) })
	return names, base, nil
}

// readSections reads the headers of a file's sections.
func readSections(f io.ReaderAt, h *elf.Header64) ([]elf.Section64, error) {
	n := uint64(h.Shnum)
	var first elf.Section64
	if err := readAt(f, h.Shoff, &first); err != nil {
		return nil, err
	}
	if n == 0 { // it does not fit there
		n = first.Size
	}
	if h.Shoff == 0 || n > maxSections || int(h.Shentsize) != binary.Size(first) {
		return nil, errNoELF
	}
	all := make([]elf.Section64, 0, min(n, 64))
	r := bufio.NewReader(io.NewSectionReader(f, int64(h.Shoff), int64(n)*int64(h.Shentsize)))
	for range n {
		var s elf.Section64
		if err := binary.Read(r, binary.LittleEndian, &s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// dataSymbols adds the names of data in a symbol table, whose names are in texts.
func dataSymbols(f io.ReaderAt, table, texts *elf.Section64, names []symbol, most int) []symbol {
	if uint64(elf.SHF_COMPRESSED)&(table.Flags|texts.Flags) != 0 || int64(table.Off) < 0 || int64(texts.Off) < 0 {
		return names
	}
	entry := make([]byte, elf.Sym64Size)
	r := bufio.NewReaderSize(io.NewSectionReader(f, int64(table.Off), int64(min(table.Size, maxSymbols*elf.Sym64Size))), 64<<10)
	text := make([]byte, maxName)
	for len(names) < most {
		if _, err := io.ReadFull(r, entry); err != nil {
			break
		}
		name, info := binary.LittleEndian.Uint32(entry), entry[4]
		s := symbol{address: binary.LittleEndian.Uint64(entry[8:]), size: binary.LittleEndian.Uint64(entry[16:])}
		if elf.ST_TYPE(info) != elf.STT_OBJECT || s.address == 0 || uint64(name) >= texts.Size {
			continue
		}
		n, _ := f.ReadAt(text[:min(maxName, texts.Size-uint64(name))], int64(texts.Off)+int64(name))
		whole, _, _ := bytes.Cut(text[:n], []byte{0})
		s.name = string(whole)
		names = append(names, s)
	}
	return names
}

// readAt reads a structure of a file.
func readAt(f io.ReaderAt, offset uint64, into any) error {
	if int64(offset) < 0 {
		return errNoELF
	}
	return binary.Read(io.NewSectionReader(f, int64(offset), int64(binary.Size(into))), binary.LittleEndian, into)
}
