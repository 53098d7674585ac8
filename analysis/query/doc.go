// Package query counts, lists and finds items, and finds the ways by which roots
// hold one.
//
// [Summarize], [WidestContainers] and [Search] read a dump once, in memory that
// does not grow with it. What asks for allocated or retained sizes, or for
// paths, takes a graph.
package query
