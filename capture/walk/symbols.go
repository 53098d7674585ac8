package walk

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"memtrail/capture/memory"
)

// symbols names addresses in the data of libraries. Files are read when they
// are first needed; one that cannot be read has no names.
type symbols struct {
	m     *memory.Image
	files map[string]*library
	kept  int // names of all files
	// modules are the globals of PHP's modules, where a build without threads
	// has them: its own symbols need not name them.
	modules []module
}

// module is where the globals of a module lie.
type module struct {
	name     string
	from, to uint64
}

// elfOf has the data symbols of a file, by address.
type library struct {
	from  uint64 // where the file's first page is mapped
	base  uint64 // of the file's own addresses
	names []symbol
}

type symbol struct {
	address, size uint64
	name          string
}

func newSymbols(m *memory.Image) *symbols {
	return &symbols{m: m, files: map[string]*library{}}
}

// name says what holds the word at an address: a library and the symbol there,
// or memory that has no symbols.
func (s *symbols) name(at uint64, m *memory.Mapping) (library, word string) {
	if m == nil {
		return "memory", ""
	}
	file := s.fileOf(m)
	if file == "" {
		if m.Path != "" {
			return m.Path, ""
		}
		return "anonymous memory", ""
	}
	lib := s.elfOf(file)
	library = path.Base(file)
	i, found := slices.BinarySearchFunc(lib.names, at-lib.from+lib.base, func(x symbol, a uint64) int { return cmp.Compare(x.address, a) })
	if !found {
		i--
	}
	if i >= 0 && at-lib.from+lib.base < lib.names[i].address+max(lib.names[i].size, 8) {
		x := lib.names[i]
		if off := at - lib.from + lib.base - x.address; off > 0 {
			return library, fmt.Sprintf("%s+%d", x.name, off)
		}
		return library, x.name
	}
	if g, ok := s.moduleAt(at); ok {
		return library, fmt.Sprintf("%s+%d", g.name, at-g.from)
	}
	return library, fmt.Sprintf("data+%#x", at-lib.from)
}

// moduleAt finds the module of PHP's whose globals have an address.
func (s *symbols) moduleAt(at uint64) (module, bool) {
	for _, g := range s.modules {
		if at >= g.from && at < g.to {
			return g, true
		}
	}
	return module{}, false
}

// fileOf gives the file whose data a mapping is; memory without a file right
// behind a file's data is its .bss.
func (s *symbols) fileOf(m *memory.Mapping) string {
	if m.Path != "" {
		if m.Path[0] != '/' {
			return ""
		}
		return m.Path
	}
	// A core may have it in pieces.
	const maxPieces = 256
	for range maxPieces {
		before := s.m.Mapping(m.From - 1)
		if before == nil || before.To != m.From || !before.Writable() {
			break
		}
		if before.Path != "" {
			if before.Path[0] == '/' {
				return before.Path
			}
			break
		}
		m = before
	}
	return ""
}

// elfOf reads a file's symbols, through the memory of the process where the
// file itself is in another root.
func (s *symbols) elfOf(file string) *library {
	if l, ok := s.files[file]; ok {
		return l
	}
	l := &library{}
	s.files[file] = l
	for i := range s.m.Mappings {
		if x := &s.m.Mappings[i]; x.Path == file && x.Offset == 0 {
			l.from = x.From
			break
		}
	}
	if l.names, l.base, _ = readSymbols(s.m.FilePath(file), maxNames-s.kept); len(l.names) > 0 {
		s.kept += len(l.names)
	}
	return l
}
