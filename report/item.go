package report

import (
	"memtrail/analysis"
)

// itemData describes an item in the words of php-meminfo.
func itemData(it *analysis.Item, clip *clipper) cell {
	if it.Missing {
		return cell{"Type: (missing)"}
	}
	data := cell{"Type: " + it.Type}
	object := it.Type == "object"
	if object || it.HasClass || it.Class != "" {
		data = append(data, "Class: "+clip.name(it.Class))
	}
	if object || it.Handle != "" {
		data = append(data, "Object Handle: "+it.Handle)
	}
	data = append(data, "Size: "+Size(it.Size))
	if it.Allocated != nil {
		data = append(data, "Allocated: "+Size(*it.Allocated))
	}
	if it.Retained != nil {
		data = append(data, "Retained: "+Size(*it.Retained))
	}
	if it.IsRoot {
		data = append(data, "Is root: Yes", "Execution Frame: "+clip.name(it.Frame), "Symbol Name: "+clip.name(it.Symbol))
	} else {
		data = append(data, "Is root: No")
	}
	for _, e := range it.Extra {
		data = append(data, clip.name(e.Name)+": "+clip.name(e.Value))
	}
	return data
}

// childLines are the children of an item, a line each.
func childLines(it *analysis.Item, clip *clipper) cell {
	lines := make(cell, len(it.Children))
	for i, c := range it.Children {
		lines[i] = clip.name(c.Key) + ": " + c.ID
		if !c.Reliable {
			lines[i] += " (unreliable: address reused)"
		}
		if c.Weak {
			lines[i] += " (weak)"
		}
	}
	return lines
}
