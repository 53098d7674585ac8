package memory

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Notes of a core, elf(5) and the kernel's fs/binfmt_elf.c.
const (
	ntPRStatus = 1
	ntFile     = 0x46494c45 // "FILE"
	ntArmTLS   = 0x401      // tpidr_el0, behind the status of its thread

	maxNotes  = 64 << 20
	maxMapped = 1 << 20 // entries of NT_FILE
)

// IsCore reports whether a file that begins with head is an ELF core.
func IsCore(head []byte) bool {
	return len(head) >= 18 && bytes.HasPrefix(head, []byte(elf.ELFMAG)) && head[elf.EI_CLASS] == byte(elf.ELFCLASS64) &&
		head[elf.EI_DATA] == byte(elf.ELFDATA2LSB) && binary.LittleEndian.Uint16(head[16:]) == uint16(elf.ET_CORE)
}

// OpenCore opens an ELF core: the kernel's, gcore's, or what [WriteCore]
// wrote. Memory that a core lacks because a file has it is read from that
// file; sysroot is put before the file's path, "" for none. Where files cannot
// be mapped, the core is read into memory, which is at most most bytes then; 0
// for any.
func OpenCore(path, sysroot string, most uint64) (*Image, error) {
	return openCore(path, sysroot, most, mapFile)
}

func openCore(path, sysroot string, most uint64, mapped func(*os.File, int64) ([]byte, func(), error)) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // a mapping outlives it
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errors.New("a core must be a regular file")
	}
	all, unmap, err := mapped(f, st.Size())
	if err != nil {
		// Not all filesystems have maps, and address space can be bounded.
		return readCore(io.NewSectionReader(f, 0, st.Size()), st.Size(), sysroot, most)
	}
	image, err := parseOwned(all, sysroot, unmap)
	if err == nil {
		image.mapped = all
	}
	return image, err
}

// ReadCore reads an ELF core from its text, into at most most bytes of memory; 0 for
// any.
func ReadCore(r io.Reader, sysroot string, most uint64) (*Image, error) {
	return readCore(r, -1, sysroot, most)
}

func readCore(r io.Reader, size int64, sysroot string, most uint64) (*Image, error) {
	all, free, err := readAll(r, size, most)
	if err != nil {
		return nil, err
	}
	image, err := parseOwned(all, sysroot, free)
	if err == nil {
		image.Held = uint64(len(all))
	}
	return image, err
}

// parseOwned makes an image that releases the core's bytes when it is closed, or not
// made.
func parseOwned(all []byte, sysroot string, free func()) (image *Image, err error) {
	defer func() {
		if err != nil {
			free()
		}
	}()
	defer (&Image{mapped: all}).CatchFaults(&err)()
	if image, err = ParseCore(all, sysroot); err == nil {
		image.free = free
	}
	return image, err
}

// ParseCore is [OpenCore] for a core that is in memory. The image keeps views
// of it.
func ParseCore(all []byte, sysroot string) (*Image, error) {
	e, err := elf.NewFile(sectionless{bytes.NewReader(all)})
	if err != nil {
		return nil, fmt.Errorf("a damaged ELF core: %w", err)
	}
	if e.Type != elf.ET_CORE || e.Class != elf.ELFCLASS64 || e.Data != elf.ELFDATA2LSB || e.Machine != elf.EM_X86_64 && e.Machine != elf.EM_AARCH64 {
		return nil, fmt.Errorf("an ELF file (%s, %s) that is no core of a process on amd64 or arm64", e.Type, e.Machine)
	}
	c := &core{machine: e.Machine}
	for _, p := range e.Progs {
		if p.Type == elf.PT_NOTE && p.Filesz <= maxNotes {
			c.notes(within(all, p.Off, p.Filesz))
		}
	}
	var segments []Segment
	for _, p := range e.Progs {
		if p.Type != elf.PT_LOAD || p.Memsz == 0 || p.Vaddr+p.Memsz < p.Vaddr {
			continue
		}
		data := within(all, p.Off, min(p.Filesz, p.Memsz))
		if uint64(len(data)) < min(p.Filesz, p.Memsz) {
			c.short = true
		}
		if len(data) > 0 {
			segments = append(segments, Segment{p.Vaddr, data})
		}
		if p.Memsz > p.Filesz && p.Flags&elf.PF_W != 0 {
			c.zeros = append(c.zeros, area{p.Vaddr + p.Filesz, p.Vaddr + p.Memsz})
		}
		c.mappings = append(c.mappings, c.mapping(p))
	}
	c.addFiles()
	image := newImage(c.mappings, segments, &files{mappings: c.mappings, sysroot: sysroot})
	image.Threads = c.threads
	image.Root = sysroot
	slices.SortFunc(c.zeros, func(a, b area) int { return cmp.Compare(a.from, b.from) })
	image.zeros = c.zeros
	image.Short = c.short
	return image, nil
}

// sectionless hides the section headers of an ELF file. A core needs none, and
// package debug/elf would read the table of their names, which may be compressed and
// claim to have any size.
type sectionless struct{ *bytes.Reader }

// ReadAt implements io.ReaderAt.
func (s sectionless) ReadAt(b []byte, off int64) (int, error) {
	n, err := s.Reader.ReadAt(b, off)
	for _, hidden := range []area{{40, 48}, {60, 64}} { // e_shoff; e_shnum, e_shstrndx
		for at := max(off, int64(hidden.from)); at < min(off+int64(n), int64(hidden.to)); at++ {
			b[at-off] = 0
		}
	}
	return n, err
}

// within gives the part of a file that a header claims, as far as it is there.
func within(all []byte, off, n uint64) []byte {
	if off >= uint64(len(all)) {
		return nil
	}
	return all[off:min(off+min(n, uint64(len(all))), uint64(len(all)))]
}

// core collects what the notes of a core say.
type core struct {
	machine  elf.Machine
	files    []Mapping
	mappings []Mapping
	threads  []Thread
	zeros    []area
	short    bool
}

// notes reads a PT_NOTE segment.
func (c *core) notes(b []byte) {
	pad := func(n uint32) uint64 { return (uint64(n) + 3) &^ 3 }
	for len(b) >= 12 {
		name, size, kind := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])
		b = b[12:]
		if pad(name)+pad(size) > uint64(len(b)) {
			return
		}
		desc := b[pad(name) : pad(name)+uint64(size)]
		b = b[pad(name)+pad(size):]
		switch kind {
		case ntFile:
			c.fileNote(desc)
		case ntPRStatus:
			c.statusNote(desc)
		case ntArmTLS:
			if n := len(c.threads); n > 0 && len(desc) >= 8 && c.machine == elf.EM_AARCH64 {
				c.threads[n-1].Pointer = binary.LittleEndian.Uint64(desc)
			}
		}
	}
}

// fileNote reads NT_FILE: count, page size, then from, to and page offset of
// each mapping, then the paths.
func (c *core) fileNote(b []byte) {
	if len(b) < 16 {
		return
	}
	n, page := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	b = b[16:]
	if n > maxMapped || uint64(len(b)) < 24*n {
		return
	}
	paths := b[24*n:]
	for i := range n {
		var path []byte
		var ok bool
		if path, paths, ok = bytes.Cut(paths, []byte{0}); !ok {
			return
		}
		e := b[24*i:]
		m := Mapping{From: binary.LittleEndian.Uint64(e), To: binary.LittleEndian.Uint64(e[8:]), Offset: binary.LittleEndian.Uint64(e[16:]) * page, Path: string(path)}
		if m.From < m.To {
			c.files = append(c.files, m)
		}
	}
}

// Registers in struct elf_prstatus, which begin at byte 112: by number of eight
// bytes. The thread pointer of arm64 is in a note of its own.
const (
	statusPID  = 32
	statusRegs = 112

	amd64Regs, amd64Stack, amd64Pointer = 27, 19, 21 // struct user_regs_struct: rsp, fs_base
	arm64Regs, arm64Stack               = 34, 31     // struct user_pt_regs: sp
)

// statusNote reads NT_PRSTATUS.
func (c *core) statusNote(b []byte) {
	reg := func(i int) uint64 {
		if at := statusRegs + 8*i; at+8 <= len(b) {
			return binary.LittleEndian.Uint64(b[at:])
		}
		return 0
	}
	if len(b) < statusRegs {
		return
	}
	t := Thread{ID: int(binary.LittleEndian.Uint32(b[statusPID:]))}
	if c.machine == elf.EM_X86_64 {
		t.Stack, t.Pointer = reg(amd64Stack), reg(amd64Pointer)
	} else {
		t.Stack = reg(arm64Stack)
	}
	c.threads = append(c.threads, t)
}

// mapping describes a segment of the core. NT_FILE ranges are half open.
func (c *core) mapping(p *elf.Prog) Mapping {
	perm := []byte("---p")
	for i, flag := range []elf.ProgFlag{elf.PF_R, elf.PF_W, elf.PF_X} {
		if p.Flags&flag != 0 {
			perm[i] = "rwx"[i]
		}
	}
	m := Mapping{From: p.Vaddr, To: p.Vaddr + p.Memsz, Permissions: string(perm)}
	for i := range c.files {
		if x := &c.files[i]; x.From <= m.From && m.From < x.To {
			m.Path, m.Offset = x.Path, x.Offset+m.From-x.From
		}
	}
	return m
}

// addFiles adds the parts of mapped files that have no segment in the core. A
// core may have single pages of a file: those that were read of code, say.
func (c *core) addFiles() {
	have := slices.Clone(c.mappings)
	slices.SortFunc(have, func(a, b Mapping) int { return cmp.Compare(a.From, b.From) })
	for _, x := range c.files {
		x.Permissions = "r--p"
		at := x.From
		add := func(to uint64) {
			if at < to {
				part := x
				part.From, part.To, part.Offset = at, to, x.Offset+at-x.From
				c.mappings = append(c.mappings, part)
			}
		}
		i, _ := slices.BinarySearchFunc(have, x.From, func(m Mapping, a uint64) int { return cmp.Compare(m.From, a) })
		for i = max(i-1, 0); i < len(have) && have[i].From < x.To; i++ {
			if have[i].To > at {
				add(have[i].From)
				at = max(at, have[i].To)
			}
		}
		add(x.To)
	}
}

// files reads from the files that were mapped what a core leaves out: pages of
// them that nobody wrote to.
type files struct {
	mappings []Mapping
	sysroot  string
	open     map[string]*os.File
}

func (x *files) readAt(b []byte, address uint64) error {
	for i := range x.mappings {
		m := &x.mappings[i]
		if m.Path == "" || m.Path[0] != '/' || address < m.From || address+uint64(len(b)) > m.To {
			continue
		}
		f, known := x.open[m.Path]
		if !known {
			if st, err := os.Stat(filepath.Join(x.sysroot, m.Path)); err == nil && st.Mode().IsRegular() {
				f, _ = os.Open(filepath.Join(x.sysroot, m.Path))
			}
			if x.open == nil {
				x.open = map[string]*os.File{}
			}
			x.open[m.Path] = f
		}
		if f == nil {
			break
		}
		n, err := f.ReadAt(b, int64(m.Offset+address-m.From))
		if n == 0 {
			return err
		}
		clear(b[n:]) // behind the end of the file, as the kernel maps it
		return nil
	}
	return fmt.Errorf("address %#x is not in the core", address)
}
