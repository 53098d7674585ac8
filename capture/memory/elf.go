package memory

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// ELF is a program or a library, open. Its headers may claim anything. Package
// debug/elf takes sizes and compressed sections at their word: with it a file of a
// megabyte fills memory. This reads what it is asked for, at offsets.
type ELF struct {
	*os.File
	Header   elf.Header64
	Segments []elf.Prog64
}

// ErrNoELF is returned for a file of another kind.
var ErrNoELF = errors.New("no ELF file of 64 bits, little-endian")

// OpenELF opens an ELF file. A FIFO, which would block, and a device are none.
func OpenELF(path string) (*ELF, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, ErrNoELF
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	e := &ELF{File: f}
	if err := e.read(); err != nil {
		f.Close()
		return nil, err
	}
	return e, nil
}

func (e *ELF) read() error {
	h := &e.Header
	if err := readStruct(e.Stretch(0, uint64(binary.Size(h))), h); err != nil {
		return ErrNoELF
	}
	if !bytes.HasPrefix(h.Ident[:], []byte(elf.ELFMAG)) || h.Ident[elf.EI_CLASS] != byte(elf.ELFCLASS64) || h.Ident[elf.EI_DATA] != byte(elf.ELFDATA2LSB) {
		return ErrNoELF
	}
	if size := binary.Size(elf.Prog64{}); h.Phnum > 0 && int(h.Phentsize) != size {
		return ErrNoELF
	}
	r := bufio.NewReader(e.Stretch(h.Phoff, uint64(h.Phnum)*uint64(h.Phentsize)))
	for range h.Phnum {
		var p elf.Prog64
		if err := readStruct(r, &p); err != nil {
			return err
		}
		e.Segments = append(e.Segments, p)
	}
	return nil
}

// maxSections bounds the sections of a file: theirs is a number of 64 bits.
const maxSections = 1 << 16

// Sections reads the headers of the file's sections, which a stripped file lacks.
func (e *ELF) Sections() ([]elf.Section64, error) {
	var first elf.Section64
	size := uint64(binary.Size(first))
	if e.Header.Shoff == 0 || uint64(e.Header.Shentsize) != size {
		return nil, ErrNoELF
	}
	if err := readStruct(e.Stretch(e.Header.Shoff, size), &first); err != nil {
		return nil, err
	}
	n := uint64(e.Header.Shnum)
	if n == 0 { // it does not fit there
		n = first.Size
	}
	if n > maxSections {
		return nil, ErrNoELF
	}
	var all []elf.Section64
	r := bufio.NewReader(e.Stretch(e.Header.Shoff, n*size))
	for range n {
		var s elf.Section64
		if err := readStruct(r, &s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Stretch is a part of the file, as far as it is there.
func (e *ELF) Stretch(offset, size uint64) io.Reader {
	const most = 1 << 62
	if offset > most {
		return bytes.NewReader(nil)
	}
	return io.NewSectionReader(e.File, int64(offset), int64(min(size, most)))
}

func readStruct(r io.Reader, into any) error { return binary.Read(r, binary.LittleEndian, into) }
