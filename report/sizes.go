package report

import "memtrail/analysis"

// moreSizes says which sizes a list has beside the one that its dump reports.
type moreSizes struct{ allocated, retained bool }

// sizesOf are those that all items of a list have.
func sizesOf(items []analysis.Item) moreSizes {
	if len(items) == 0 {
		return moreSizes{}
	}
	return moreSizes{items[0].Allocated != nil, items[0].Retained != nil}
}

// columns are those of a page, with a unit behind their titles.
func (m moreSizes) columns(unit string) []column {
	return m.shown(numeric("Allocated"+unit), numeric("Retained"+unit))
}

// csvColumns are those of CSV.
func (m moreSizes) csvColumns() []column {
	return m.shown(column{title: "allocated_bytes"}, column{title: "retained_bytes"})
}

// shown are the columns that the list has.
func (m moreSizes) shown(allocated, retained column) (list []column) {
	if m.allocated {
		list = append(list, allocated)
	}
	if m.retained {
		list = append(list, retained)
	}
	return list
}

// cells are the cells of a row for them.
func (m moreSizes) cells(allocated, retained uint64) (row []cell) {
	if m.allocated {
		row = append(row, cell{ungrouped(allocated)})
	}
	if m.retained {
		row = append(row, cell{ungrouped(retained)})
	}
	return row
}

// fill fills in the cells of a row for them.
func (m moreSizes) fill(row []string, allocated, retained uint64) {
	if m.allocated {
		row[0], row = ungrouped(allocated), row[1:]
	}
	if m.retained {
		row[0] = ungrouped(retained)
	}
}

// itemCells are the cells of a row for them, of an item.
func (m moreSizes) itemCells(it *analysis.Item) []cell {
	return m.cells(valueOrZero(it.Allocated), valueOrZero(it.Retained))
}

// sizesJSON are the sizes that an object has beside the reported one.
type sizesJSON struct {
	AllocatedBytes *uint64 `json:"allocated_bytes,omitempty"`
	RetainedBytes  *uint64 `json:"retained_bytes,omitempty"`
}

func (m moreSizes) encode(allocated, retained uint64) sizesJSON {
	return sizesJSON{numberOrNull(allocated, m.allocated), numberOrNull(retained, m.retained)}
}

// valueOrZero is the number that a pointer leads to.
func valueOrZero(n *uint64) uint64 {
	if n == nil {
		return 0
	}
	return *n
}
