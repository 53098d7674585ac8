// Package analysis answers questions about a dump: streams or graphs in,
// plain result values out (result.go). It prints nothing.
//
// [Summarize], [WidestContainers] and [Search] read a dump once, in memory
// that does not grow with it. [ReferencePaths], [SummarizeFrames] and
// [RootPaths] work on a graph.
//
// Paths are written in PHP's own notation (expression.go), so that what is
// printed says where in the program to look.
package analysis
