package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"memtrail/analysis/heap"
)

type heapPage struct{ *heap.Heap }

func (h heapPage) page(out sheet, o Options) {
	out = flow(out, o)
	out.info(h.mapped())
	out.line(h.used())
	if text := sums(h.placed()); text != "" {
		out.line("With an address: " + Size(h.Placed.Total()) + " (" + text + ")")
	}
	out.line("Without an address: " + Size(h.Unplaced.Total()) + " (" + sums(h.unplaced()) + ")")
	for _, n := range h.notes() {
		out.note(n)
	}
	if len(h.Chunks) > 0 {
		out.gap()
		out.table(h.chunkTable(o))
		if cut := len(h.Chunks) - h.Listed; cut > 0 {
			out.line(plural(cut, "more chunk") + " not shown (--limit)")
		}
		for _, line := range heapLegend() {
			out.line(line)
		}
	}
	if len(h.Huge) > 0 {
		out.gap()
		out.table(h.hugeTable())
	}
}

// mapped says what was found, and what PHP had mapped.
func (h heapPage) mapped() string {
	huge := "no huge block"
	if n := len(h.Huge) + h.HiddenHuge; n > 0 {
		huge = plural(n, "huge block")
		if h.HiddenHuge > 0 {
			huge += fmt.Sprintf(" (%d without an address)", h.HiddenHuge)
		}
	}
	text := fmt.Sprintf("Mapped: %s in %s of 2 MiB and %s", Size(h.MappedBytes), plural(len(h.Chunks), "chunk"), huge)
	if h.Header != nil {
		text += fmt.Sprintf("; memory_usage_real is %s", Size(h.Header.MemoryUsageReal))
	}
	return text
}

// used says what lies in there.
func (h heapPage) used() string {
	text := "Used: " + Size(h.UsedBytes) + " by the items"
	if share, ok := h.Fragmentation(); ok {
		text += ", so fragmentation is at most " + percent(share)
	}
	if h.Header != nil {
		text += fmt.Sprintf("; %s by memory_usage", Size(h.Header.MemoryUsage))
		if real := h.Header.MemoryUsageReal; real > 0 && h.Header.MemoryUsage <= real {
			text += ", so fragmentation is " + percent(1-float64(h.Header.MemoryUsage)/float64(real))
		}
	}
	return text
}

// notes say where the map and PHP's own numbers differ.
func (h heapPage) notes() []string {
	var notes []string
	if _, ok := h.Fragmentation(); !ok && h.MappedBytes > 0 {
		if h.Header != nil && h.MappedBytes >= h.Header.MemoryUsageReal {
			notes = append(notes, "The items take more than was mapped: strings and keys that several items share are counted at each of them.")
		} else {
			notes = append(notes, "More is used than fits into the chunks found: others hold only strings and other things without an address.")
		}
	}
	if h.Header != nil && h.Header.MemoryUsageReal > 0 {
		switch real := h.Header.MemoryUsageReal; {
		case h.MappedBytes < real:
			notes = append(notes, Size(real-h.MappedBytes)+" that PHP had mapped are not shown: nothing there has an address in the dump.")
		case h.MappedBytes > real && !h.Mapped:
			notes = append(notes, Size(h.MappedBytes-real)+" more are shown than PHP had mapped: not all of it is PHP's heap. --maps tells what is.")
		}
	}
	if text := h.outside(); text != "" {
		notes = append(notes, text)
	}
	if h.Uncharted > 0 {
		notes = append(notes, fmt.Sprintf("%s items lie in more chunks than are mapped here.", grouped(h.Uncharted)))
	}
	return notes
}

// outside names what is not in the heap.
func (h heapPage) outside() string {
	if len(h.Outside) == 0 {
		return ""
	}
	const most = 5
	var items uint64
	var where []string
	for i, o := range h.Outside {
		items += o.Items
		if i >= most {
			continue
		}
		name := o.Region
		if name == "" {
			name = hex(o.Address)
		}
		where = append(where, fmt.Sprintf("%s in %s", grouped(o.Items), name))
	}
	if more := len(h.Outside) - most; more > 0 {
		where = append(where, plural(more, "more place"))
	}
	text := fmt.Sprintf("Outside the heap: %s (%s).", Count(items, "item"), strings.Join(where, ", "))
	if !h.Mapped {
		text += " --maps tells what is there."
	}
	return text
}

// amountOf is a number of bytes of some kind.
type amountOf struct {
	name  string
	bytes uint64
}

func (h heapPage) placed() []amountOf {
	var as []amountOf
	for k, n := range h.Placed {
		as = append(as, amountOf{heap.HeapKind(k).String(), n})
	}
	return as
}

func (h heapPage) unplaced() []amountOf {
	u := &h.Unplaced
	return []amountOf{
		{"strings", u.Strings}, {"string keys", u.Keys}, {"arrays", u.Arrays}, {"parts of objects", u.Objects}, {"property tables", u.Tables},
		{"references", u.References}, {"the table of objects", u.ObjectTable}, {"an empty script", u.Baseline},
	}
}

// sums lists amounts, the largest first.
func sums(as []amountOf) string {
	slices.SortStableFunc(as, func(a, b amountOf) int { return cmp.Compare(b.bytes, a.bytes) })
	var parts []string
	for _, a := range as {
		if a.bytes > 0 {
			parts = append(parts, a.name+" "+Size(a.bytes))
		}
	}
	return strings.Join(parts, ", ")
}

func (h heapPage) records(Options) grid {
	g := grid{columns: columns("kind", "address", "items", "bytes", "known_bytes")}
	for _, name := range heapKindNames() {
		g.columns = append(g.columns, column{title: name})
	}
	g.columns = append(g.columns, columns("pages_used", "largest_free_run", "class", "region")...)
	record := func(kind string, address, items, size uint64, known heap.HeapBytes, pages, free, class, region string) []cell {
		at := ""
		if address > 0 {
			at = hex(address)
		}
		r := []cell{{kind}, {at}, {ungrouped(items)}, {ungrouped(size)}, {ungrouped(known.Total())}}
		for _, n := range known {
			r = append(r, cell{ungrouped(n)})
		}
		return append(r, cell{pages}, cell{free}, cell{class}, cell{region})
	}
	g.rows = func(yield func([]cell) bool) {
		for i := range h.Chunks[:h.Listed] {
			c := &h.Chunks[i]
			class := ""
			if len(c.Classes) > 0 {
				class = c.Classes[0].Class
			}
			if !yield(record("chunk", c.Address, c.Items, heap.ChunkSize, c.Bytes, strconv.Itoa(c.PagesUsed), strconv.Itoa(c.LargestFree().Pages), class, c.Region)) {
				return
			}
		}
		for _, b := range h.Huge {
			var known heap.HeapBytes
			known[b.Kind] = b.Bytes
			if !yield(record("huge", b.Address, b.Items, b.Bytes, known, "", "", "", b.Region)) {
				return
			}
		}
		for _, o := range h.Outside {
			if !yield(record("outside", o.Address, o.Items, 0, heap.HeapBytes{}, "", "", "", o.Region)) {
				return
			}
		}
	}
	return g
}

func heapKindNames() []string {
	var names []string
	for k := range heap.HeapKind(heap.HeapKinds) {
		names = append(names, k.String())
	}
	return names
}
