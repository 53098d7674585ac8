package report

import "memtrail/analysis/tree"

type treeNodeJSON struct {
	Label         string         `json:"label"`
	Path          *string        `json:"path"`
	ID            *string        `json:"id"`
	Type          *string        `json:"type"`
	Class         *string        `json:"class"`
	Count         uint64         `json:"count"`
	Chain         bool           `json:"chain,omitempty"`
	OwnBytes      uint64         `json:"own_bytes"`
	RetainedBytes uint64         `json:"retained_bytes"`
	Share         float64        `json:"share"`
	Children      []treeNodeJSON `json:"children"`
	HiddenItems   uint64         `json:"hidden_items"`
	HiddenBytes   uint64         `json:"hidden_bytes"`
	Raw           bool           `json:"raw,omitempty"`
}

// document is the root with its children, then facts on the whole tree.
func (t treePage) document() document {
	n := encodeTreeNode(&t.Root)
	d := document{
		{"label", n.Label}, {"path", n.Path}, {"id", n.ID}, {"type", n.Type}, {"class", n.Class}, {"count", n.Count},
		{"own_bytes", n.OwnBytes}, {"retained_bytes", n.RetainedBytes}, {"share", n.Share},
		{"children", listOf(t.Root.Children, encodeTreeNode)},
		{"hidden_items", n.HiddenItems}, {"hidden_bytes", n.HiddenBytes},
	}
	if n.Raw {
		d = append(d, member{"raw", true})
	}
	if t.Elsewhere > 0 {
		d = append(d, member{"held_elsewhere", t.Elsewhere})
	}
	d = append(d, document{
		{"explained_bytes", t.Explained},
		{"least_bytes", t.Least},
		{"sizes", sizesName(t.Reported)},
		{"unreachable_bytes", t.Unreachable},
		{"unreliable_references", t.Unreliable},
		{"header", (*headerJSON)(t.Header)},
	}...)
	return append(d, completeness(&t.Source)...)
}

func encodeTreeNode(n *tree.TreeNode) treeNodeJSON {
	d := treeNodeJSON{
		Label: n.Label, Path: orNull(n.Path, n.Path != ""), ID: orNull(n.ID, n.ID != ""), Type: orNull(n.Type, n.Type != ""),
		Class: orNull(n.Class, n.Class != ""), Count: n.Count, Chain: n.Chain,
		OwnBytes: n.Own, RetainedBytes: n.Retained, Share: n.Share,
		Children: sliceOf(n.Children, encodeTreeNode), HiddenItems: n.Hidden, HiddenBytes: n.HiddenBytes,
	}
	d.Raw = latin1(&d.Label, d.Path, d.ID, d.Type, d.Class)
	return d
}
