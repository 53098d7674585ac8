package capture

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"memtrail/internal/cases"
)

// A program of Go's is told as package debug/buildinfo does, others are not.
func TestIsGoProgram(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("programs are ELF files on Linux")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		tool = self
	}
	for _, path := range []string{self, tool, "/bin/sh", "/bin/ls", os.DevNull, t.TempDir(), "/nonexistent"} {
		_, err := buildinfo.ReadFile(path)
		if got := isGoProgram(path); got != (err == nil) {
			t.Errorf("%s: %t, %v", path, got, err)
		}
	}
}

// What a file claims of itself is not believed.
func TestHostilePrograms(t *testing.T) {
	for name, p := range map[string]elf.Prog64{
		"no end":   {Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_W), Filesz: 1<<64 - 1},
		"anywhere": {Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_W), Off: 1<<64 - 1, Filesz: 5},
		"code":     {Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_X), Filesz: 1 << 20},
	} {
		h := elf.Header64{Phoff: 64, Phentsize: 56, Phnum: 1, Shoff: 8, Shnum: 60000, Shstrndx: 3}
		copy(h.Ident[:], elf.ELFMAG+"\x02\x01\x01")
		var b bytes.Buffer
		for _, part := range []any{h, p} {
			if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
				t.Fatal(err)
			}
		}
		b.WriteString("text")
		if name == "code" {
			b.Write(goMagic)
		}
		path := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(path, b.Bytes(), 0o700); err != nil {
			t.Fatal(err)
		}
		if isGoProgram(path) {
			t.Errorf("%s: a program of Go's", name)
		}
	}
}

// A text is found wherever pieces of a file end, and nothing is waited for that has no
// end.
func TestContains(t *testing.T) {
	const piece = 1 << 20
	for _, at := range []int{0, 5, piece - len(marker), piece - 1, piece, piece + 1, 2*piece - 3} {
		text := strings.Repeat(".", at) + string(marker) + "..."
		if found, err := containsText(strings.NewReader(text), marker); !found || err != nil {
			t.Errorf("at %d: %t, %v", at, found, err)
		}
		if found, err := containsText(strings.NewReader(text[:at+len(marker)-1]), marker); found || err != nil {
			t.Errorf("cut at %d: %t, %v", at, found, err)
		}
	}
	path := filepath.Join(t.TempDir(), "sparse")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxProgram+1); err != nil {
		t.Skip(err)
	}
	cases.OnlyFull(t, "a gigabyte of zeros is read")
	if found, err := contains(path, marker); found || err == nil {
		t.Errorf("a file without end: %t, %v", found, err)
	}
}
