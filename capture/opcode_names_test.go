package capture_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
)

// opcodeNames reads zend_vm_opcodes_names out of a process: an array of pointers
// of which the first leads to "ZEND_NOP".
func opcodeNames(t *testing.T, pid int) map[byte]string {
	t.Helper()
	type piece struct {
		from uint64
		data []byte
	}
	var pieces []piece
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Skipf("the process cannot be read: %v", err)
	}
	defer memory.Close()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(maps), "\n") {
		f := strings.Fields(line)
		if len(f) < 6 || !strings.HasPrefix(f[1], "r") || !strings.Contains(f[5], "php") {
			continue
		}
		var from, to uint64
		if _, err := fmt.Sscanf(f[0], "%x-%x", &from, &to); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, to-from)
		if _, err := memory.ReadAt(data, int64(from)); err == nil {
			pieces = append(pieces, piece{from, data})
		}
	}
	text := func(at uint64) string {
		for _, p := range pieces {
			if at >= p.from && at < p.from+uint64(len(p.data)) {
				s, _, _ := bytes.Cut(p.data[at-p.from:], []byte{0})
				return string(s)
			}
		}
		return ""
	}
	for _, p := range pieces {
		at := bytes.Index(p.data, []byte("\x00ZEND_NOP\x00"))
		if at < 0 {
			continue
		}
		var first [8]byte
		binary.LittleEndian.PutUint64(first[:], p.from+uint64(at)+1)
		for _, q := range pieces {
			for i := bytes.Index(q.data, first[:]); i >= 0 && i+2048 <= len(q.data); {
				names := map[byte]string{}
				for n := range 256 {
					name := text(binary.LittleEndian.Uint64(q.data[i+8*n:]))
					if !strings.HasPrefix(name, "ZEND_") && name != "" {
						break
					}
					if name != "" {
						names[byte(n)] = name
					}
				}
				if len(names) > 100 {
					return names
				}
				next := bytes.Index(q.data[i+8:], first[:])
				if next < 0 {
					break
				}
				i += 8 + next
			}
		}
	}
	t.Fatal("the table of names was not found")
	return nil
}
