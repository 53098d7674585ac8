// Package analysis answers questions about a dump: streams or graphs in,
// plain result values out (result.go). It prints nothing.
//
// [Summarize], [WidestContainers] and [Search] read a dump once, in memory
// that does not grow with it. [ReferencePaths], [SummarizeFrames] and
// [RootPaths] work on a graph.
//
// [MeasureSizes] prices every node of a graph by package zend's model of PHP's
// allocator; [Retain] adds what each of them keeps alive, and answers the
// questions that take both. [CheckDump] and [MapHeap] hold the result against what
// PHP itself says of its memory.
//
// [Retention.Leaks] and [Retention.Tree] say who keeps the memory of one dump
// alive. A [Series] takes several, keeps of each what the shapes of its paths
// hold, and tells what grows; [Judge] makes a gate's verdict of that.
//
// Paths are written in PHP's own notation (expression.go), so that what is
// printed says where in the program to look, and [Locate] reads them back.
package analysis
