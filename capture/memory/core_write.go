package memory

import (
	"bufio"
	"debug/elf"
	"encoding/binary"
	"io"
)

// WriteCore writes the image as an ELF core, as gdb reads it: what was copied,
// what was read of the rest so far, the mapped files, the threads. It holds
// all the secrets that the process has in memory.
func WriteCore(w io.Writer, m *Image, machine elf.Machine, pid int) error {
	out := bufio.NewWriterSize(w, 1<<20)
	loads := coreLoads(m)
	note := coreNotes(m, machine, pid)
	const ehdr, phdr = 64, 56
	off := uint64(ehdr + phdr*(len(loads)+1))
	head := elf.Header64{
		Type: uint16(elf.ET_CORE), Machine: uint16(machine), Version: 1, Phoff: ehdr,
		Ehsize: ehdr, Phentsize: phdr, Phnum: uint16(len(loads) + 1),
	}
	copy(head.Ident[:], elf.ELFMAG)
	head.Ident[elf.EI_CLASS], head.Ident[elf.EI_DATA], head.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1
	var progs []elf.Prog64
	progs = append(progs, elf.Prog64{Type: uint32(elf.PT_NOTE), Off: off, Filesz: uint64(len(note)), Align: 4})
	at := (off + uint64(len(note)) + pageSize - 1) &^ (pageSize - 1)
	first := at
	for _, l := range loads {
		progs = append(progs, elf.Prog64{
			Type: uint32(elf.PT_LOAD), Flags: uint32(l.flags), Off: at, Vaddr: l.Address,
			Filesz: uint64(len(l.Data)), Memsz: uint64(len(l.Data)) + l.zeros, Align: pageSize,
		})
		at += uint64(len(l.Data))
	}
	for _, v := range []any{&head, progs} {
		if err := binary.Write(out, binary.LittleEndian, v); err != nil {
			return err
		}
	}
	if _, err := out.Write(note); err != nil {
		return err
	}
	if _, err := out.Write(make([]byte, first-off-uint64(len(note)))); err != nil {
		return err
	}
	for _, l := range loads {
		if _, err := out.Write(l.Data); err != nil {
			return err
		}
	}
	return out.Flush()
}

// load is a segment with its permissions.
type load struct {
	Segment
	flags elf.ProgFlag
	grown bool   // Data is the load's own, and may be appended to
	zeros uint64 // bytes behind it that were never written to
}

// maxLoads is how many segments a core's header can count.
const maxLoads = 0xfffe

// coreLoads gives what the core is to hold: the segments, cut where the
// permissions change, and the pages of the rest that were read.
func coreLoads(m *Image) []load {
	var loads []load
	for i := range m.Segments {
		s := m.Segments[i]
		for len(s.Data) > 0 {
			n := uint64(len(s.Data))
			flags := elf.PF_R | elf.PF_W
			if x := m.Mapping(s.Address); x != nil {
				n = min(n, x.To-s.Address)
				flags = flagsOf(x)
			}
			loads = append(loads, load{Segment{s.Address, s.Data[:n]}, flags, false, 0})
			s = Segment{s.Address + n, s.Data[n:]}
		}
	}
	for _, base := range m.readPages() {
		if len(loads) >= maxLoads {
			break
		}
		page := m.pages[base]
		flags := elf.PF_R
		if x := m.Mapping(base); x != nil {
			flags = flagsOf(x)
		}
		// Pages that follow each other make one segment.
		if n := len(loads); n > 0 && loads[n-1].End() == base && loads[n-1].flags == flags && loads[n-1].grown {
			loads[n-1].Data = append(loads[n-1].Data, page...)
			continue
		}
		loads = append(loads, load{Segment{base, append([]byte(nil), page...)}, flags, true, 0})
	}
	for _, z := range m.zeros {
		loads = append(loads, load{Segment{z.from, nil}, elf.PF_R | elf.PF_W, false, z.to - z.from})
	}
	return loads[:min(len(loads), maxLoads)]
}

func flagsOf(m *Mapping) elf.ProgFlag {
	var f elf.ProgFlag
	for i, flag := range []elf.ProgFlag{elf.PF_R, elf.PF_W, elf.PF_X} {
		if len(m.Permissions) > i && m.Permissions[i] != '-' {
			f |= flag
		}
	}
	return f
}

// coreNotes makes NT_PRSTATUS of each thread, then NT_FILE.
func coreNotes(m *Image, machine elf.Machine, pid int) []byte {
	var b []byte
	threads := m.Threads
	if len(threads) == 0 {
		threads = []Thread{{ID: pid}}
	}
	for _, t := range threads {
		b = appendStatus(b, &t, machine)
	}
	var table, paths []byte
	n := uint64(0)
	for i := range m.Mappings {
		x := &m.Mappings[i]
		if x.Path == "" || x.Path[0] != '/' {
			continue
		}
		table = binary.LittleEndian.AppendUint64(table, x.From)
		table = binary.LittleEndian.AppendUint64(table, x.To)
		table = binary.LittleEndian.AppendUint64(table, x.Offset/pageSize)
		paths = append(append(paths, x.Path...), 0)
		n++
	}
	desc := binary.LittleEndian.AppendUint64(nil, n)
	desc = binary.LittleEndian.AppendUint64(desc, pageSize)
	return appendNote(b, "CORE", ntFile, append(append(desc, table...), paths...))
}

// appendStatus appends the notes of a thread.
func appendStatus(b []byte, t *Thread, machine elf.Machine) []byte {
	regs := amd64Regs
	if machine == elf.EM_AARCH64 {
		regs = arm64Regs
	}
	desc := make([]byte, statusRegs+8*regs+8) // behind the registers: whether those of floating point are there
	binary.LittleEndian.PutUint32(desc[statusPID:], uint32(t.ID))
	set := func(reg int, v uint64) { binary.LittleEndian.PutUint64(desc[statusRegs+8*reg:], v) }
	if machine != elf.EM_AARCH64 {
		set(amd64Stack, t.Stack)
		set(amd64Pointer, t.Pointer)
		return appendNote(b, "CORE", ntPRStatus, desc)
	}
	set(arm64Stack, t.Stack)
	b = appendNote(b, "CORE", ntPRStatus, desc)
	return appendNote(b, "LINUX", ntArmTLS, binary.LittleEndian.AppendUint64(nil, t.Pointer))
}

// appendNote appends a note of the kernel's.
func appendNote(b []byte, name string, kind uint32, desc []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(name)+1))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(desc)))
	b = binary.LittleEndian.AppendUint32(b, kind)
	b = append(append(b, name...), make([]byte, 8-len(name))...) // the zero behind it, and up to four bytes
	b = append(b, desc...)
	return append(b, make([]byte, -len(desc)&3)...)
}
