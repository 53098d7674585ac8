// Package graph holds a whole dump as a directed graph: one node an item, one
// edge a child. It is what every analysis beyond plain counting works on.
//
// # Memory
//
// Nodes are numbered densely in the order of the dump, and what is known of
// them lies in columns; there are neither pointers nor maps a node.
//
//	a node  address 4, kind 4, size 4, first edge 4                16 bytes
//	       of an object: handle 4                                 4 bytes more
//	       of a capture: exact bytes 4                            4 bytes more
//	an edge target 4, label 4                                      8 bytes
//	a name  offset 4, hash slot 8–16, its text once
//
// Addresses that are not those of PHP's allocator take 8 bytes more.
//
// While it is built, an edge that the walk order does not resolve (about one
// in forty) takes some 40 bytes more, and a node 4, or 8 to 16 where addresses are
// not those of PHP's allocator; where there are such edges, a node takes 4 more.
// [Graph.Reverse], for whoever walks against the edges, takes 4 bytes a node and 4
// an edge. An entry of a WeakMap takes some 80 bytes more.
//
// [Graph.Dominators] takes 4 bytes a node for the tree, and 16 more while it is
// computed; [Dominators.Retained] takes 4.
//
// # Edges that are not what they seem
//
// A label carries two flags. Unreliable marks an edge that the reuse of an
// address made up: see reuse.go. Weak marks what a WeakMap refers to; what its
// entries do keep alive, edges do that the dump does not have: see weakmap.go
// and [Graph.Held]. Child ids that no item has become leaves of their own behind
// the items: see [Graph.Missing].
package graph
