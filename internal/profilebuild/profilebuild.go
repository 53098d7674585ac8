// Package profilebuild writes small profiles in memprof's three formats, for
// tests.
package profilebuild

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
)

// Frame is a call path: a function, what it holds itself, and what it called.
type Frame struct {
	Name          string
	File          string // "" for php:internal
	Bytes, Blocks uint64
	Calls         uint64
	Called        []*Frame
}

// Inclusive is what a frame and all that it called hold.
func (f *Frame) Inclusive() (bytes, blocks uint64) {
	bytes, blocks = f.Bytes, f.Blocks
	for _, c := range f.Called {
		b, n := c.Inclusive()
		bytes, blocks = bytes+b, blocks+n
	}
	return bytes, blocks
}

// Array writes the profile of a root as memprof_dump_array() and json_encode()
// do.
func Array(root *Frame) string {
	var out strings.Builder
	writeArray(&out, root)
	return out.String()
}

func writeArray(out *strings.Builder, f *Frame) {
	bytes, blocks := f.Inclusive()
	fmt.Fprintf(out, `{"memory_size":%d,"blocks_count":%d,"memory_size_inclusive":%d,"blocks_count_inclusive":%d,"calls":%d,"called_functions":`,
		f.Bytes, f.Blocks, bytes, blocks, f.Calls)
	if len(f.Called) == 0 {
		out.WriteString("[]}")
		return
	}
	for i, c := range f.Called {
		out.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		name, _ := json.Marshal(c.Name) // a string never fails
		out.WriteString(strings.ReplaceAll(string(name), "/", `\/`) + ":")
		writeArray(out, c)
	}
	out.WriteString("}}")
}

// Callgrind writes the profile of a root as memprof_dump_callgrind() does.
func Callgrind(root *Frame) string {
	var out strings.Builder
	out.WriteString("version: 1\ncmd: unknown\npositions: line\nevents: Memory_Size_(bytes) BlocksCount\n\n")
	writeCallgrind(&out, root, true)
	bytes, blocks := root.Inclusive()
	fmt.Fprintf(&out, "total: %d %d\n", bytes, blocks)
	return out.String()
}

func (f *Frame) file(root bool) string {
	if f.File == "" && !root {
		return "php:internal"
	}
	return f.File
}

func writeCallgrind(out *strings.Builder, f *Frame, root bool) {
	for _, c := range f.Called {
		writeCallgrind(out, c, false)
	}
	fmt.Fprintf(out, "fl=%s\nfn=%s\n1 %d %d\n", f.file(root), f.Name, f.Bytes, f.Blocks)
	for _, c := range f.Called {
		bytes, blocks := c.Inclusive()
		fmt.Fprintf(out, "cfl=%s\ncfn=%s\ncalls=%d 1\n1 %d %d\n", c.file(false), c.Name, c.Calls, bytes, blocks)
	}
	out.WriteString("\n")
}

// Heap writes the profile of a root as memprof_dump_pprof() does.
func Heap(root *Frame) string {
	var out strings.Builder
	symbols := map[string]uint64{}
	out.WriteString("--- symbol\nbinary=/app/profile.heap\n")
	name(&out, symbols, root)
	out.WriteString("---\n--- profile\n")
	for _, n := range []uint64{0, 3, 0, 0, 0} {
		word(&out, n)
	}
	record(&out, symbols, root, nil)
	return out.String()
}

func name(out *strings.Builder, symbols map[string]uint64, f *Frame) {
	if symbols[f.Name] == 0 {
		symbols[f.Name] = 8 * uint64(len(symbols)+1)
		fmt.Fprintf(out, "0x%016x %s\n", symbols[f.Name], f.Name)
	}
	for _, c := range f.Called {
		name(out, symbols, c)
	}
}

// record writes what a frame holds, and all below it; the root is on no path.
func record(out *strings.Builder, symbols map[string]uint64, f *Frame, path []uint64) {
	if f.Bytes > 0 {
		word(out, f.Bytes)
		word(out, uint64(len(path)))
		for i := range path {
			word(out, path[len(path)-1-i])
		}
	}
	for _, c := range f.Called {
		record(out, symbols, c, append(path, symbols[c.Name]))
	}
}

func word(out *strings.Builder, n uint64) {
	out.Write(binary.LittleEndian.AppendUint64(nil, n))
}
