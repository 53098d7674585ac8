package code

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"memtrail/capture/layout"
	"memtrail/capture/memory"
)

// Function is a compiled function of the program.
type Function struct {
	Address uint64 // of its zend_op_array
	Class   string // its scope; of a closure, that of the function it is declared in
	Parent  uint64 // of a closure, the function that it is declared in, where that is known
	Key     string // in the table of functions: before 8.1 closures are there, and are named by it
	// Running is set for a function that is on a stack, so that its variables
	// are alive: those of others are not worth a site.
	Running bool

	scanned  bool // or about to be
	encloses bool // others are declared in it
}

// bounds on what is believed of a function.
const (
	maxOps  = 1 << 18
	maxVars = 1 << 16
	maxText = 4 << 10
	// maxAllOps bounds the instructions of all functions: a program of a million
	// lines has fewer. Damaged memory may give many functions the same large code.
	maxAllOps = 1 << 24
	// maxNotes bounds what is noted of one function and looked through again.
	maxNotes = 1 << 10
)

const opSize = 32 // zend_op

// Types of operands, Zend/zend_compile.h.
const (
	operandUnused = 0
	operandConst  = 1
	operandTemp   = 2
	operandVar    = 4
	operandCV     = 8
)

// instruction is a zend_op. Operands that are no constants are offsets into the
// frame, or numbers.
type instruction struct {
	address             uint64
	op1, op2, result    uint32
	extended            uint32
	line                uint32
	code                opcode
	type1, type2, typeR byte
}

// reader reads functions from memory.
type reader struct {
	m     *memory.Image
	o     offsets
	names map[uint64]*name // of zend_strings that were read
	spare []name           // room for the next
	none  name             // of what is no string
}

// offsets are those of zend_op_array that are needed, for one version.
type offsets struct {
	version                                      int
	flags, name, args, argInfo                   uint64
	lastVar, last, opcodes, vars, filename, line uint64
	argInfoSize, argType                         uint64
}

func newReader(m *memory.Image, t *layout.Table, functions int) *reader {
	o := func(field string) uint64 { return t.Offset("zend_op_array." + field) }
	return &reader{m: m, names: make(map[uint64]*name, 2*functions), o: offsets{
		version: t.Version,
		flags:   o("fn_flags"), name: o("function_name"), args: o("num_args"), argInfo: o("arg_info"),
		lastVar: o("last_var"), last: o("last"), opcodes: o("opcodes"), vars: o("vars"), filename: o("filename"), line: o("line_start"),
		argInfoSize: t.Size("zend_arg_info"), argType: 8,
	}}
}

// text gives the text of a zend_string; "" if there is none.
func (r *reader) text(s uint64) string { return r.named(s).text }

// named gives a zend_string as a name.
func (r *reader) named(s uint64) *name {
	if s == 0 {
		return &r.none
	}
	n := r.names[s]
	if n == nil {
		if len(r.spare) == 0 {
			r.spare = make([]name, 128)
		}
		n, r.spare = &r.spare[0], r.spare[1:]
		n.text = textAt(r.m, s)
		r.names[s] = n
	}
	return n
}

// textAt reads the text of a zend_string.
func textAt(m *memory.Image, s uint64) string {
	const length, characters = 16, 24
	return string(m.Bytes(s+characters, min(m.Word(s+length), maxText)))
}

// looksLikeString reports whether a zend_string may lie at an address.
func looksLikeString(m *memory.Image, s uint64) bool {
	const isString = 6
	return s != 0 && s&7 == 0 && m.Byte(s+4)&15 == isString && m.Word(s+16) < maxText
}

// instructions appends the code of a function to a slice.
func (r *reader) instructions(fn uint64, all []instruction) []instruction {
	n := uint64(min(r.m.Half(fn+r.o.last), maxOps))
	at := r.m.Word(fn + r.o.opcodes)
	b := r.m.Bytes(at, n*opSize)
	all = slices.Grow(all, len(b)/opSize)
	for i := 0; i+opSize <= len(b); i += opSize {
		o := b[i : i+opSize : i+opSize]
		operands, rest := binary.LittleEndian.Uint64(o[8:]), binary.LittleEndian.Uint64(o[16:])
		all = append(all, instruction{
			address: at + uint64(i), op1: uint32(operands), op2: uint32(operands >> 32), result: uint32(rest), extended: uint32(rest >> 32),
			line: binary.LittleEndian.Uint32(o[24:]), code: opcode(o[28]), type1: o[29], type2: o[30], typeR: o[31],
		})
	}
	return all
}

// variableAt gives the name of a function's nth compiled variable; parameters
// come first.
func (r *reader) variableAt(fn uint64, n uint32) string {
	if n >= min(r.m.Half(fn+r.o.lastVar), maxVars) {
		return ""
	}
	return r.text(r.m.Word(r.m.Word(fn+r.o.vars) + 8*uint64(n)))
}

// constant is the address of the zval of a constant operand: it is given
// relative to the instruction.
func constant(in *instruction, operand uint32) uint64 {
	return in.address + uint64(int64(int32(operand)))
}

// constantText gives the text of a constant operand; "" if it is no string.
func (r *reader) constantText(in *instruction, operand uint32, typ byte) string {
	return r.constantName(in, operand, typ).text
}

// constantName is constantText, as a name.
func (r *reader) constantName(in *instruction, operand uint32, typ byte) *name {
	const isString = 6
	if typ != operandConst {
		return &r.none
	}
	z := r.m.Bytes(constant(in, operand), slotSize)
	if len(z) < slotSize || z[8] != isString {
		return &r.none
	}
	return r.named(binary.LittleEndian.Uint64(z))
}

// isEmpty reports whether an operand is a constant that holds nothing: null, an
// empty array, an empty string.
func (r *reader) isEmpty(in *instruction, operand uint32, typ byte) bool {
	const (
		isNull, isString, isArray = 1, 6, 7

		arrayCount, stringLength = 28, 16
	)
	if typ != operandConst {
		return false
	}
	z := constant(in, operand)
	switch r.m.Byte(z + 8) {
	case isNull:
		return true
	case isString:
		return r.m.Word(r.m.Word(z)+stringLength) == 0
	case isArray:
		return r.m.Half(r.m.Word(z)+arrayCount) == 0
	}
	return false
}

// argumentClass gives the class that an argument is declared to be of, no name
// where it is none, or one of several.
func (r *reader) argumentClass(fn uint64, number uint32) *name {
	info := r.m.Word(fn + r.o.argInfo)
	if number == 0 || info == 0 || number > r.m.Half(fn+r.o.args) {
		return &r.none
	}
	return r.named(typeText(r.m, r.o.version, info+uint64(number-1)*r.o.argInfoSize+r.o.argType))
}

// byReference reports whether an argument, counted from 1, is taken by
// reference: _ZEND_SEND_MODE_SHIFT of the type's mask, Zend/zend_compile.h, seen
// in all versions by a function that has both kinds.
func (r *reader) byReference(fn uint64, number uint32) bool {
	if fn == 0 {
		return false
	}
	n := r.m.Half(fn + r.o.args)
	const variadic = 1 << 14 // ZEND_ACC_VARIADIC: one more, that stands for all further ones
	if r.m.Half(fn+r.o.flags)&variadic != 0 {
		n++
		number = min(number, n)
	}
	info := r.m.Word(fn + r.o.argInfo)
	if number == 0 || number > n || info == 0 {
		return false
	}
	mask := info + uint64(number-1)*r.o.argInfoSize + r.o.argType + 8
	switch {
	case r.o.version < 80000:
		return r.m.Byte(mask) != 0
	case r.o.version < 80100:
		return r.m.Half(mask)&(1<<24) != 0
	}
	return r.m.Half(mask)&(1<<25) != 0
}

// typeText is the zend_string of the class name in a zend_type, 0 if there is none.
// In 7.4 the type is one word whose lowest bits are flags.
func typeText(m *memory.Image, version int, at uint64) uint64 {
	const flags = 7
	w := m.Word(at)
	if version < 80000 {
		w &^= flags
	}
	if !looksLikeString(m, w) {
		return 0
	}
	return w
}

// isFile reports whether a function is the code of a file.
func (r *reader) isFile(fn uint64) bool { return r.m.Word(fn+r.o.name) == 0 }

// TypeName reads the class that a zend_type of a version names, "" for none or
// several.
func TypeName(m *memory.Image, version int, at uint64) string {
	if s := typeText(m, version, at); s != 0 {
		return textAt(m, s)
	}
	return ""
}

// file is the file that a function is declared in.
func (r *reader) file(fn uint64) string { return r.text(r.m.Word(fn + r.o.filename)) }

// name is the bare name of a function.
func (r *reader) name(fn uint64) string { return r.functionName(fn).text }

func (r *reader) functionName(fn uint64) *name { return r.named(r.m.Word(fn + r.o.name)) }

// ClosureLabel is how a closure is called whose function is not known.
const ClosureLabel = "{closure}"

// label names a function: C::m(), f(), "{closure} in C::m()"; "" for the code of
// a file. The name of a closure has its namespace before it, and from 8.4 on
// tells where it is declared.
func (r *reader) label(f *Function, functions map[uint64]*Function) string {
	name := r.name(f.Address)
	switch {
	case isClosure(name):
		const maxDepth = 64
		p := functions[f.Parent]
		for n := 0; p != nil && isClosure(r.name(p.Address)) && n < maxDepth; n++ {
			p = functions[p.Parent]
		}
		if p != nil && r.name(p.Address) != "" {
			return ClosureLabel + " in " + p.qualified(r.name(p.Address)) + "()"
		}
		return ClosureLabel
	case name == "":
		return ""
	}
	return f.qualified(name) + "()"
}

func isClosure(name string) bool { return strings.Contains(name, "{closure") }

// trimAnonymous cuts the file off the name of an anonymous class.
func trimAnonymous(name string) string {
	b, _, _ := bytes.Cut([]byte(name), []byte{0})
	return string(b)
}
