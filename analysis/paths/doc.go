// Package paths writes the ways from roots to items in PHP's own notation, reads
// them back, and reduces them to shapes that are the same in every dump of a
// program.
//
//  1. [RootPaths] finds a shortest path to every node, as edges of the graph.
//  2. A path is written as an expression such as $app->cache["user_1"]
//     ([Paths.Expression]), and [Locate] finds the node that an expression names.
//  3. A [Tree] numbers the shapes of paths: property names and classes, with [*]
//     for the keys of arrays. [Fingerprint] is a short hash of a shape.
package paths
