package dumpbuild

import (
	"fmt"
	"strconv"
)

// A Builder makes a dump item by item, or from nodes:
//
//	b := dumpbuild.New()
//	b.Item(0x7f0000001000, "object").Class(`App\User`).Handle(3).Root("<GLOBAL>", "u").Child("name", 0x7f0000001028)
//	b.Item(0x7f0000001028, "string").Size(21)
//	dump := b.Dump().PrintUsual()
//
// Both ways may be mixed. Items come in the order of the calls.
type Builder struct {
	header []Member
	items  []*ItemBuilder
	nodes  nodes
}

// New returns a Builder with a header of one chunk of memory and no items.
func New() *Builder {
	b := &Builder{nodes: newNodes()}
	return b.Memory(400_000, 2<<20, 410_000, 2<<20)
}

// Memory sets the header's figures, in bytes.
func (b *Builder) Memory(usage, usageReal, peak, peakReal uint64) *Builder {
	b.header = nil
	for _, f := range []struct {
		name  string
		bytes uint64
	}{
		{"memory_usage", usage}, {"memory_usage_real", usageReal},
		{"peak_memory_usage", peak}, {"peak_memory_usage_real", peakReal},
	} {
		b.header = append(b.header, Member{f.name, Bare(strconv.FormatUint(f.bytes, 10))})
	}
	return b
}

// NoHeader leaves the header out.
func (b *Builder) NoHeader() *Builder {
	b.header = nil
	return b
}

// Item adds an item of the given address and type. It has the size that
// php-meminfo reports for the type's shortest value, and is no root.
func (b *Builder) Item(id uint64, typ string) *ItemBuilder {
	return b.ItemID(FormatID(id), typ)
}

// ItemID is Item for an id that is no address, or is to be printed as it is.
func (b *Builder) ItemID(id, typ string) *ItemBuilder {
	it := &ItemBuilder{id: id, typ: typ, size: 16, children: typ == "array" || typ == "object"}
	if it.children {
		it.size = 72
	}
	b.items = append(b.items, it)
	return it
}

// Dump returns what has been built. The Builder may go on afterwards.
func (b *Builder) Dump() *Dump {
	d := &Dump{Header: cloneMembers(b.header), Items: []Item{}}
	for _, it := range b.items {
		d.Items = append(d.Items, it.item())
	}
	return d
}

// FormatID prints an address as a dump does.
func FormatID(id uint64) string { return fmt.Sprintf("%#x", id) }

// An ItemBuilder describes one item. Its methods return it, to be chained.
type ItemBuilder struct {
	id, typ       string
	size          uint64
	root          bool
	frame, symbol string
	class, handle string
	children      bool
	edges         []Member
	extra         []Member
}

// Size sets the reported size in bytes.
func (it *ItemBuilder) Size(bytes uint64) *ItemBuilder {
	it.size = bytes
	return it
}

// Root makes the item a variable of a frame.
func (it *ItemBuilder) Root(frame, symbol string) *ItemBuilder {
	it.root, it.frame, it.symbol = true, frame, symbol
	return it
}

// Class sets the class. Backslashes are escaped when the dump is printed.
func (it *ItemBuilder) Class(name string) *ItemBuilder {
	it.class = name
	return it
}

// Handle sets the object handle.
func (it *ItemBuilder) Handle(n int) *ItemBuilder {
	it.handle = strconv.Itoa(n)
	return it
}

// Child adds an edge. The key may hold any bytes and occur more than once, and
// the id need not exist.
func (it *ItemBuilder) Child(key string, id uint64) *ItemBuilder {
	return it.ChildID(key, FormatID(id))
}

// ChildID is Child for an id that is no address.
func (it *ItemBuilder) ChildID(key, id string) *ItemBuilder {
	it.children = true
	it.edges = append(it.edges, Member{key, Text(id)})
	return it
}

// NoChildren leaves the children out that an array or object has, if empty.
func (it *ItemBuilder) NoChildren() *ItemBuilder {
	it.children, it.edges = false, nil
	return it
}

// Field adds a field that php-meminfo does not know, in front of the children.
func (it *ItemBuilder) Field(name string, v Value) *ItemBuilder {
	it.extra = append(it.extra, Member{name, v})
	return it
}

func (it *ItemBuilder) item() Item {
	fields := []Member{{"type", Text(it.typ)}, {"size", Text(strconv.FormatUint(it.size, 10))}}
	add := func(name string, v Value) { fields = append(fields, Member{name, v}) }
	if it.root {
		add("symbol_name", Text(it.symbol))
		add("is_root", Bare("true"))
		add("frame", Text(it.frame))
	} else {
		add("is_root", Bare("false"))
	}
	if it.class != "" {
		add("class", Text(it.class))
	}
	if it.handle != "" {
		add("object_handle", Text(it.handle))
	}
	fields = append(fields, cloneMembers(it.extra)...)
	if it.children {
		add("children", Value{Kind: Object, Members: cloneMembers(it.edges)})
	}
	return Item{ID: it.id, Fields: fields}
}
