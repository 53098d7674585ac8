package tree

import "memtrail/analysis/paths"

// HideKeys hides the keys of arrays in the labels and expressions of a tree, which it
// changes.
func (t *Tree) HideKeys() {
	for _, n := range t.All {
		n.Label, n.Path = paths.WithoutKeys(n.Label), paths.WithoutKeys(n.Path)
	}
}
