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
	data = append(data, "Size: "+memory(it.Size))
	if it.Allocated != nil {
		data = append(data, "Allocated: "+memory(*it.Allocated))
	}
	if it.Retained != nil {
		data = append(data, "Retained: "+memory(*it.Retained))
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

// sizeColumns are the columns for the sizes that the items of a list have,
// under the titles given.
func sizeColumns(items []analysis.Item, allocated, retained string) []column {
	var c []column
	if len(items) > 0 && items[0].Allocated != nil {
		c = append(c, numeric(allocated))
	}
	if len(items) > 0 && items[0].Retained != nil {
		c = append(c, numeric(retained))
	}
	return c
}

// sizeCells are an item's cells for them.
func sizeCells(it *analysis.Item) []cell {
	var c []cell
	if it.Allocated != nil {
		c = append(c, cell{count(*it.Allocated)})
	}
	if it.Retained != nil {
		c = append(c, cell{count(*it.Retained)})
	}
	return c
}

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
