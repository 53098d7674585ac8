package capture

import (
	"debug/elf"

	"memtrail/capture/memory"
)

// goMagic begins what Go's linker tells of a program; see cmd/link/internal/ld,
// buildinfo. It stands in writable data, in a section of its own.
var goMagic = []byte("\xff Go buildinf:")

// maxGoData bounds how much of a program's data is searched, in bytes.
const maxGoData = 256 << 20

// isGoProgram reports whether a file is a program that Go's linker made.
func isGoProgram(path string) bool {
	f, err := memory.OpenELF(path)
	if err != nil {
		return false
	}
	defer f.Close()
	left := uint64(maxGoData)
	for i := range f.Segments {
		p := &f.Segments[i]
		if p.Type != uint32(elf.PT_LOAD) || p.Flags&uint32(elf.PF_W) == 0 {
			continue
		}
		size := min(p.Filesz, left)
		left -= size
		if found, _ := containsText(f.Stretch(p.Off, size), goMagic); found {
			return true
		}
	}
	return false
}
