package simseries

import "bytes"

// A dumper walks the roots as php-meminfo does: depth first, each id once. Some
// objects show tables made for it. They are freed after the visit and their
// addresses are used again, by which contents get lost.
type dumper struct {
	*process
	out   printer
	shown uint64 // bytes of the items that have been printed
	seen  map[uint64]struct{}
	stack []visit
}

// A visit is a container whose children are still to come.
type visit struct {
	children []child
	temps    []*array // freed when the last child has been visited
}

type child struct {
	key key
	id  uint64
	val *value
}

// dump prints the process as it stands. Objects keep the property tables that
// PHP builds for the visit, so the header of the next dump is the larger by them.
func (p *process) dump() []byte {
	usage := p.memory().Usage
	const request = 64 << 10 // that a job takes while it runs
	p.peak = max(p.peak, usage+request)
	d := &p.dumper
	d.process = p
	clear(d.seen)
	d.shown = 16 * uint64(len(p.statics)) // their slots
	d.out = printer{buf: d.out.buf[:0]}
	d.out.header(usage, p.peak)
	for _, roots := range [][]*variable{p.frames, p.globals, p.statics} {
		for _, r := range roots {
			d.root(r)
		}
	}
	d.out.footer()
	p.peak = max(p.peak, usage+visitedTable(d.out.items))
	return bytes.Clone(d.out.buf)
}

// visitedTable is what php-meminfo takes at most to know which of so many items
// it has visited, in bytes: a hash with the addresses as text, and the one half
// as large from which it has just grown.
func visitedTable(items int) uint64 {
	const key, bucket = 40, 40
	room := powerOfTwo(max(items, smallestRoom))
	most := uint64(key*items + bucket*room)
	if room > smallestRoom {
		most = max(most, uint64(key*room/2+bucket*room+bucket*room/2))
	}
	return most
}

func (d *dumper) root(r *variable) {
	d.visit(child{id: identity(r.slot, &r.val), val: &r.val}, r)
	for len(d.stack) > 0 {
		top := &d.stack[len(d.stack)-1]
		if len(top.children) > 0 {
			next := top.children[0]
			top.children = top.children[1:]
			d.visit(next, nil)
			continue
		}
		for i := len(top.temps) - 1; i >= 0; i-- {
			d.heap.release(top.temps[i].store)
			d.heap.release(top.temps[i].table)
		}
		d.stack = d.stack[:len(d.stack)-1]
	}
}

// visit prints a value that has not been printed. r is nil but for roots.
func (d *dumper) visit(c child, r *variable) {
	if _, seen := d.seen[c.id]; seen {
		return
	}
	d.seen[c.id] = struct{}{}
	var v visit
	switch {
	case c.val.arr != nil:
		v.children = elements(make([]child, 0, c.val.arr.live), c.val.arr)
	case c.val.obj != nil:
		v = d.open(c.val.obj)
	}
	d.out.item(c.id, c.val, r, v.children)
	d.shown += c.val.itself()
	if len(v.children) > 0 || len(v.temps) > 0 {
		d.stack = append(d.stack, v)
	}
}

// identity is an object's address, and the slot's for all other values.
func identity(slot uint64, v *value) uint64 {
	if v.obj != nil {
		return v.obj.mem.at
	}
	return slot
}

func elements(to []child, a *array) []child {
	for i := range a.buckets {
		if b := &a.buckets[i]; b.val.typ != "" {
			to = append(to, child{b.key, identity(a.slot(i), &b.val), &b.val})
		}
	}
	return to
}

// open lists an object's properties, or the table that stands for them.
func (d *dumper) open(o *object) visit {
	v := visit{children: make([]child, 0, len(o.vals))}
	switch {
	case o.bound != nil:
		d.openClosure(o.bound, &v)
		return v
	case o.class == storageClass:
		d.openStorage(o.storage, &v)
		return v
	case o.weak != nil:
		d.openWeakMap(o.weak, &v)
		return v
	case o.class == fixedArrayClass:
		d.openFixedArray(o, &v)
		return v
	}
	for k := range o.vals {
		slot := o.mem.at + 40 + 16*uint64(k)
		v.children = append(v.children, child{key{text: o.class.props[k], isText: true}, identity(slot, &o.vals[k]), &o.vals[k]})
	}
	switch {
	case o.dynamic != nil:
		v.children = elements(v.children, o.dynamic)
	case o.rebuilt[0].size == 0 && !o.class.debug:
		store := uint64(0)
		if n := len(o.vals); n > 0 {
			store = 40 * uint64(max(smallestRoom, powerOfTwo(n)))
		}
		d.rebuild(o, store)
	}
	return v
}

// rebuild makes the property table that an object keeps (rebuild_object_properties,
// Zend/zend_object_handlers.c).
func (d *dumper) rebuild(o *object, store uint64) {
	o.rebuilt[0] = d.heap.alloc(hashTableBytes)
	if store > 0 {
		o.rebuilt[1] = d.heap.alloc(store)
	}
	d.process.rebuilt += o.rebuilt[0].size + o.rebuilt[1].size
}

// temporary makes a table that lives as long as the visit.
func (v *visit) temporary() *array {
	a := &array{temporary: true}
	v.temps = append(v.temps, a)
	return a
}

func (d *dumper) openClosure(b *binding, v *visit) {
	info := v.temporary()
	if len(b.vals) > 0 {
		use := v.temporary()
		for i, name := range b.names {
			d.put(use, name, b.vals[i])
		}
		d.put(info, "static", value{typ: "array", arr: use})
	}
	if b.this != nil {
		d.put(info, "this", value{typ: "object", obj: b.this})
	}
	if b.param != "" {
		params := v.temporary()
		d.put(params, "$"+b.param, value{typ: "string", n: len("<required>")})
		d.put(info, "parameter", value{typ: "array", arr: params})
	}
	v.children = elements(nil, info)
}

func (d *dumper) openStorage(storage *array, v *visit) {
	info, list := v.temporary(), v.temporary()
	if storage != nil {
		for _, b := range storage.buckets {
			if b.val.typ == "" {
				continue
			}
			pair := v.temporary()
			d.put(pair, "obj", b.val)
			d.put(pair, "inf", value{typ: "null"})
			d.push(list, value{typ: "array", arr: pair})
		}
	}
	d.put(info, "storage", value{typ: "array", arr: list})
	v.children = elements(nil, info)
}
