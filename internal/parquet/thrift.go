package parquet

import "encoding/binary"

// Types of values in Thrift's compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI32    = 5
	thriftI64    = 6
	thriftBinary = 8
	thriftList   = 9
	thriftStruct = 12
)

// thrift writes structs in Thrift's compact protocol. Fields come in the order of
// their numbers; what a struct has of them is up to the caller.
type thrift struct {
	b    []byte
	last []int // numbers of the last fields, of the structs that are open
}

// begin opens a struct that is the whole, or an element of a list.
func (t *thrift) begin() { t.last = append(t.last, 0) }

func (t *thrift) end() {
	t.b = append(t.b, 0)
	t.last = t.last[:len(t.last)-1]
}

// field begins a field. Numbers are less than 16 apart.
func (t *thrift) field(number int, kind byte) {
	last := &t.last[len(t.last)-1]
	t.b = append(t.b, byte(number-*last)<<4|kind)
	*last = number
}

func (t *thrift) varint(n int64) { t.b = binary.AppendVarint(t.b, n) }

func (t *thrift) text(s []byte) {
	t.b = binary.AppendUvarint(t.b, uint64(len(s)))
	t.b = append(t.b, s...)
}

func (t *thrift) i32(number, n int) {
	t.field(number, thriftI32)
	t.varint(int64(n))
}

func (t *thrift) i64(number int, n int64) {
	t.field(number, thriftI64)
	t.varint(n)
}

func (t *thrift) i8(number int, n byte) {
	t.field(number, thriftByte)
	t.b = append(t.b, n)
}

func (t *thrift) bool(number int, v bool) {
	if v {
		t.field(number, thriftTrue)
	} else {
		t.field(number, thriftFalse)
	}
}

func (t *thrift) binary(number int, s []byte) {
	t.field(number, thriftBinary)
	t.text(s)
}

// list begins a list of n elements, which the caller writes next.
func (t *thrift) list(number int, kind byte, n int) {
	t.field(number, thriftList)
	if n < 15 {
		t.b = append(t.b, byte(n)<<4|kind)
		return
	}
	t.b = append(t.b, 15<<4|kind)
	t.b = binary.AppendUvarint(t.b, uint64(n))
}

// nested writes a struct as a field.
func (t *thrift) nested(number int, fields func()) {
	t.field(number, thriftStruct)
	t.begin()
	fields()
	t.end()
}

// empty writes a struct without fields as a field, as unions have them.
func (t *thrift) empty(number int) { t.nested(number, func() {}) }
