package retain

import (
	"memtrail/graph"
	"memtrail/internal/column"
)

// TypeCode is a type as far as prices differ by it.
type TypeCode uint8

// The types.
const (
	TypeOther TypeCode = iota
	TypeString
	TypeArray
	TypeObject
	TypeResource
	TypeNone // what a capture has that is no value of PHP's
	numTypes
)

// TypeCodeOf is the code of a type as dumps name it.
func TypeCodeOf(name string) TypeCode {
	switch name {
	case "string":
		return TypeString
	case "array":
		return TypeArray
	case "object":
		return TypeObject
	case "resource", "resource (closed)":
		return TypeResource
	case "group", "block", "file", "class", "function":
		return TypeNone
	}
	return TypeOther
}

// Set is a set of nodes.
type Set []uint64

// NewSet is a set for the nodes below n. It takes a bit a node.
func NewSet(n int) Set { return column.Of[uint64](n/64 + 1) }

// Has reports whether a node is in the set.
func (b Set) Has(n graph.NodeID) bool { return b[n/64]&(1<<(n%64)) != 0 }

// Add puts a node in the set.
func (b Set) Add(n graph.NodeID) { b[n/64] |= 1 << (n % 64) }
