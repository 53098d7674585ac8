// Package tree says who keeps the memory of a dump alive: the dominator tree from
// frames and statics down, with what is alike folded.
package tree
