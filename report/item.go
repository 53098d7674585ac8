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

type itemJSON struct {
	ID            string      `json:"id"`
	Type          *string     `json:"type"`
	Class         *string     `json:"class"`
	ObjectHandle  any         `json:"object_handle"`
	Size          uint64      `json:"size"`
	IsRoot        bool        `json:"is_root"`
	Frame         *string     `json:"frame"`
	SymbolName    *string     `json:"symbol_name"`
	ChildrenCount uint64      `json:"children_count"`
	Children      []childJSON `json:"children"`
	Extra         []extraJSON `json:"extra,omitempty"`
	Missing       bool        `json:"missing,omitempty"`

	AllocatedBytes *uint64 `json:"allocated_bytes,omitempty"`
	RetainedBytes  *uint64 `json:"retained_bytes,omitempty"`

	Raw bool `json:"raw,omitempty"`
}

type childJSON struct {
	Key      string `json:"key"`
	ID       string `json:"id"`
	Reliable bool   `json:"reliable"`
	Weak     bool   `json:"weak"`
	Raw      bool   `json:"raw,omitempty"`
}

type extraJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Raw   bool   `json:"raw,omitempty"`
}

func encodeItem(it *analysis.Item) itemJSON {
	d := itemJSON{
		ID:            it.ID,
		Type:          orNull(it.Type, !it.Missing),
		Class:         orNull(it.Class, it.HasClass || it.Class != ""),
		Size:          it.Size,
		IsRoot:        it.IsRoot,
		Frame:         orNull(it.Frame, it.Frame != ""),
		SymbolName:    orNull(it.Symbol, it.Symbol != ""),
		ChildrenCount: it.ChildrenCount,
		Children:      sliceOf(it.Children, encodeChild),
		Extra:         sliceOf(it.Extra, encodeExtra),
		Missing:       it.Missing,

		AllocatedBytes: it.Allocated,
		RetainedBytes:  it.Retained,
	}
	number := orNull(it.Handle, it.Handle != "")
	d.Raw = latin1(&d.ID, d.Type, d.Class, number, d.Frame, d.SymbolName)
	d.ObjectHandle = handle(number)
	return d
}

func encodeChild(c *analysis.Child) childJSON {
	d := childJSON{Key: c.Key, ID: c.ID, Reliable: c.Reliable, Weak: c.Weak}
	d.Raw = latin1(&d.Key, &d.ID)
	return d
}

func encodeExtra(e *analysis.Extra) extraJSON {
	d := extraJSON{Name: e.Name, Value: e.Value}
	d.Raw = latin1(&d.Name, &d.Value)
	return d
}
