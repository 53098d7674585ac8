// Package analysis holds what all answers about a dump share: what was read and
// how far to trust it, items, kinds, places and degrees of confidence.
//
// The questions have rooms of their own below it. Each takes a stream or a graph
// and returns plain values; none prints. The imports go one way:
//
//		analysis ← paths, retain ← query, tree, check, heap, leaks ← growth ← gate
//		           trend (imports nothing of these) ← growth
//
//	  - paths: the way to an item in PHP's notation, and the shape of that way
//	  - retain: what each item costs and keeps alive
//	  - query: counting, listing and finding items, and what holds one
//	  - tree: who keeps the memory alive, from frames and statics down
//	  - leaks: what looks like a leak in one dump
//	  - check: how far to trust a dump, and what it explains
//	  - heap: where the items lie in the allocator's chunks
//	  - trend: whether a short series of measurements rises
//	  - growth: what grows over a series of dumps
//	  - gate: a verdict for CI
package analysis
