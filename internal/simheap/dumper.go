package simheap

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A dumper walks a program's roots as php-meminfo does and prints what it
// meets for the first time. It recurses on a stack of its own: lists may be
// millions long.
type dumper struct {
	out     *output
	scratch scratch
	seen    visited
	truth   *Truth
	tally   map[tallyKey]*Tally
	stack   []pending
}

type tallyKey struct {
	kind  kind
	class *class
}

// errCut ends a walk whose output has reached its limit.
var errCut = errors.New("cut")

// root visits one variable of a frame.
func (d *dumper) root(frame, symbol string, n *node) error {
	if err := d.visit(n, frame, symbol); err != nil {
		return err
	}
	for len(d.stack) > 0 {
		top := &d.stack[len(d.stack)-1]
		s, more := top.next()
		// A container whose last child is being visited is finished itself,
		// unless it has something to free: so a list needs no deep stack.
		if !more || (top.done() && top.temps == nil) {
			d.scratch.release(top.temps)
			*top = pending{}
			d.stack = d.stack[:len(d.stack)-1]
		}
		if !more {
			continue
		}
		if err := d.visit(s.to, "", ""); err != nil {
			return err
		}
	}
	return nil
}

// visit prints n unless its id has been printed, and makes its slots pending.
// An empty frame marks what is no root.
func (d *dumper) visit(n *node, frame, symbol string) error {
	switch {
	case n.absent:
		return nil
	case d.seen.has(n.id):
		if n.temporary {
			d.truth.Reused++
		}
		return nil
	}
	var inside pending
	if n.within != nil {
		if n.kind == kindObject && !n.class.debug {
			// The property table that PHP builds for the dumper stays.
			d.scratch.take(hashTableBytes)
			if len(n.class.props) > 0 {
				d.scratch.take(hashedBytes(len(n.class.props)))
			}
		}
		inside = n.within.open(&d.scratch)
	}
	edges := d.item(n, frame, symbol, inside)
	if err := d.out.itemDone(); err != nil {
		return err
	}
	d.seen.add(n.id)
	d.count(n, edges, frame != "")
	if n.within != nil {
		d.stack = append(d.stack, inside)
	}
	return nil
}

func (d *dumper) count(n *node, edges int, isRoot bool) {
	d.truth.Items++
	d.truth.Edges += edges
	if isRoot {
		d.truth.Roots++
	}
	k := tallyKey{n.kind, n.class}
	t := d.tally[k]
	if t == nil {
		t = &Tally{Type: kindNames[n.kind]}
		if n.class != nil {
			t.Class = n.class.name
		}
		d.tally[k] = t
	}
	t.Count++
	t.Size += n.reportedSize()
}

// item prints n and returns how many children it lists.
func (d *dumper) item(n *node, frame, symbol string, inside pending) (edges int) {
	b := d.out.buf
	if d.truth.Items > 0 {
		b = append(b, ",\n"...)
	}
	b = append(b, `    "`...)
	b = appendID(b, n.id)
	b = append(b, "\" : {\n        \"type\" : \""...)
	b = append(b, kindNames[n.kind]...)
	b = append(b, "\",\n        \"size\" : \""...)
	b = strconv.AppendUint(b, n.reportedSize(), 10)
	if frame != "" {
		b = append(b, "\",\n        \"symbol_name\" : \""...)
		b = appendEscaped(b, symbol)
		b = append(b, "\",\n        \"is_root\" : true,\n        \"frame\" : \""...)
		b = appendEscaped(b, frame)
		b = append(b, "\"\n"...)
	} else {
		b = append(b, "\",\n        \"is_root\" : false\n"...)
	}
	if n.within == nil {
		d.out.buf = append(b, "\n\n    }"...)
		return 0
	}
	b = append(b, ",\n"...)
	if n.kind == kindObject {
		b = append(b, `        "class" : "`...)
		b = appendEscaped(b, n.class.name)
		b = append(b, "\",\n        \"object_handle\" : \""...)
		b = strconv.AppendUint(b, uint64(n.handle), 10)
		b = append(b, "\",\n"...)
	}
	b = append(b, "        \"children\" : {\n"...)
	d.out.buf = b
	for s := range inside.all {
		d.child(s, edges == 0)
		edges++
	}
	d.out.buf = append(d.out.buf, "\n        }\n\n    }"...)
	return edges
}

func (d *dumper) child(s slot, first bool) {
	d.out.spill()
	b := d.out.buf
	if !first {
		b = append(b, ",\n"...)
	}
	b = append(b, `            "`...)
	if s.key.isText {
		b = appendEscaped(b, s.key.text)
	} else {
		b = strconv.AppendInt(b, s.key.number, 10)
	}
	b = append(b, `":"`...)
	b = appendID(b, s.to.id)
	d.out.buf = append(b, '"')
}

func (d *dumper) header(h Header) {
	b := append(d.out.buf, "{\n  \"header\" : {\n    \"memory_usage\" : "...)
	b = strconv.AppendUint(b, h.MemoryUsage, 10)
	b = append(b, ",\n    \"memory_usage_real\" : "...)
	b = strconv.AppendUint(b, h.MemoryUsageReal, 10)
	b = append(b, ",\n    \"peak_memory_usage\" : "...)
	b = strconv.AppendUint(b, h.PeakMemoryUsage, 10)
	b = append(b, ",\n    \"peak_memory_usage_real\" : "...)
	b = strconv.AppendUint(b, h.PeakMemoryUsageReal, 10)
	d.out.buf = append(b, "\n  },\n  \"items\": {\n"...)
}

func (d *dumper) footer() { d.out.buf = append(d.out.buf, "\n}\n}\n"...) }

// tallies returns the counts by type and class, the most numerous first.
func (d *dumper) tallies() []Tally {
	all := make([]Tally, 0, len(d.tally))
	for _, t := range d.tally {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b Tally) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Type+"\x00"+a.Class, b.Type+"\x00"+b.Class)
	})
	return all
}

func appendID(b []byte, a address) []byte {
	b = append(b, "0x"...)
	return strconv.AppendUint(b, uint64(a), 16)
}

// appendEscaped prints s as php-meminfo does: bytes from 0x80 on stay as they
// are, UTF-8 or not.
func appendEscaped(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' || c == '"':
			b = append(b, '\\', c)
		case c < 0x20:
			const hex = "0123456789abcdef"
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return b
}

// visited is the set of ids printed so far: one bit for 8 bytes of address
// space, in pages of a chunk each.
type visited struct {
	top   address // above every address
	pages []*[chunkBytes / 8 / 64]uint64
}

func (v *visited) add(a address) {
	page, word, mask := v.place(a)
	for page >= len(v.pages) {
		v.pages = append(v.pages, nil)
	}
	if v.pages[page] == nil {
		v.pages[page] = new([chunkBytes / 8 / 64]uint64)
	}
	v.pages[page][word] |= mask
}

func (v *visited) has(a address) bool {
	page, word, mask := v.place(a)
	return page < len(v.pages) && v.pages[page] != nil && v.pages[page][word]&mask != 0
}

func (v *visited) place(a address) (page int, word, mask uint64) {
	below := uint64(v.top - a)
	bit := below % chunkBytes / 8
	return int(below / chunkBytes), bit / 64, 1 << (bit % 64)
}

// An output buffers what is printed and ends it at a limit.
type output struct {
	w       io.Writer
	buf     []byte
	flushed int64
	limit   int64 // bytes; 0: none
	err     error
}

const spillBytes = 256 << 10

func newOutput(w io.Writer, limit int64) *output {
	return &output{w: w, limit: limit, buf: make([]byte, 0, spillBytes+64<<10)}
}

// spill writes the buffer out once it is full.
func (o *output) spill() {
	if len(o.buf) >= spillBytes {
		o.flush()
	}
}

func (o *output) flush() {
	b := o.buf
	if o.limit > 0 {
		b = b[:min(int64(len(b)), max(0, o.limit-o.flushed))]
	}
	if o.err == nil && len(b) > 0 {
		_, o.err = o.w.Write(b)
	}
	o.flushed += int64(len(b))
	o.buf = o.buf[:0]
}

// itemDone is called behind each item's closing brace. It returns errCut if
// that brace is beyond the limit.
func (o *output) itemDone() error {
	if o.limit > 0 && o.flushed+int64(len(o.buf)) > o.limit {
		o.flush()
		return errCut
	}
	o.spill()
	return o.err
}
