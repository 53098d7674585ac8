// Package dumpbuild makes dumps for tests: built in code item by item or from
// nodes, read from real dumps, generated at random, and printed in every layout
// that a producer or a tool in between may give them.
//
// Everything works on a neutral list of items that keeps what decoders into
// maps lose: the order of items, fields and children, keys that occur twice,
// and bytes that are no UTF-8. It is meant to be obviously right, not fast.
package dumpbuild

import (
	"slices"
	"strconv"
	"strings"
)

// A Dump is a list of items with a header.
type Dump struct {
	// Header holds the header's fields; nil leaves the header out.
	Header []Member
	// HeaderLast puts the header behind the items.
	HeaderLast bool
	Items      []Item
}

// An Item is one entry of a dump's items.
type Item struct {
	ID     string // as printed: 0x7f…
	Fields []Member
}

// A Member is a named value of an object.
type Member struct {
	Name  string // unescaped; any bytes
	Value Value
}

// A Kind tells the JSON values apart.
type Kind uint8

// The kinds of a Value.
const (
	String  Kind = iota
	Literal      // a number, true, false, null, or anything else without quotes
	Object
	Array
)

// A Value is a JSON value.
type Value struct {
	Kind    Kind
	Text    string   // of a string, unescaped, or of a literal
	Members []Member // of an object; of an array, without names
}

// Text makes a string value.
func Text(s string) Value { return Value{Kind: String, Text: s} }

// Bare makes a value that is printed without quotes.
func Bare(s string) Value { return Value{Kind: Literal, Text: s} }

// Field returns the first field of that name.
func (it *Item) Field(name string) (Value, bool) {
	i := slices.IndexFunc(it.Fields, func(m Member) bool { return m.Name == name })
	if i < 0 {
		return Value{}, false
	}
	return it.Fields[i].Value, true
}

func (it *Item) text(name string) string {
	v, _ := it.Field(name)
	return v.Text
}

// Type returns the item's type, such as "string".
func (it *Item) Type() string { return it.text("type") }

// Class returns the class of an object, unescaped.
func (it *Item) Class() string { return it.text("class") }

// Size returns the reported size in bytes, 0 where there is none.
func (it *Item) Size() uint64 {
	n, _ := strconv.ParseUint(it.text("size"), 10, 64)
	return n
}

// Handle returns the object handle as printed.
func (it *Item) Handle() string { return it.text("object_handle") }

// IsRoot reports whether the item says that it is one.
func (it *Item) IsRoot() bool { return it.text("is_root") == "true" }

// Frame returns the frame of a root.
func (it *Item) Frame() string { return it.text("frame") }

// Symbol returns the symbol name of a root.
func (it *Item) Symbol() string { return it.text("symbol_name") }

// Children returns the item's children: names with ids as texts. The slice
// belongs to the item.
func (it *Item) Children() []Member {
	v, _ := it.Field("children")
	return v.Members
}

// Clone returns a deep copy.
func (d *Dump) Clone() *Dump {
	c := *d
	c.Header = cloneMembers(d.Header)
	c.Items = slices.Clone(d.Items)
	for i := range c.Items {
		c.Items[i].Fields = cloneMembers(c.Items[i].Fields)
	}
	return &c
}

func cloneMembers(members []Member) []Member {
	members = slices.Clone(members)
	for i := range members {
		members[i].Value.Members = cloneMembers(members[i].Value.Members)
	}
	return members
}

// CanonicalID brings ids that name the same address into one form: hexadecimal
// in lower case and without leading zeros. Other ids stay as they are.
func CanonicalID(id string) string {
	if len(id) < 3 || (id[:2] != "0x" && id[:2] != "0X") {
		return id
	}
	digits := strings.ToLower(strings.TrimLeft(id[2:], "0"))
	if digits == "" {
		digits = "0"
	}
	return "0x" + digits
}
