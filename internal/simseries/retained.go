package simseries

import "math"

// retained is how many bytes the process would free if a container's members
// went, of one class or of all with the container's own tables and keys. The
// property tables that dumps make do not count: no program is to blame.
//
// It is found as PHP's collector of cycles does (zend_gc.c): of what the members
// reach, all that is held from elsewhere stays, and what hangs on that.
func (t *tracked) retained(class *string) int {
	d := &deletion{entries: map[uint64]struct{}{}}
	bytes := uint64(0)
	if class == nil {
		bytes = t.tables()
	}
	t.content.each(func(h held) {
		if class != nil && t.className(h.val) != *class || t.ByClass && !t.isHeld(h.val) {
			return
		}
		if h.key != nil {
			bytes += h.key.str.size
		}
		bytes += h.val.bytes()
		if t.content.objects != nil {
			d.force(h.val.obj)
			return
		}
		h.val.objects(d.refer)
	})
	return int(bytes + d.run())
}

// tables is what the container's own tables take that grow with it.
func (t *tracked) tables() (bytes uint64) {
	if t.content.arrays == nil || t.ByClass {
		return 0
	}
	for _, a := range t.content.arrays() {
		if a != nil {
			bytes += a.table.size + a.store.size
		}
	}
	return bytes
}

// deletion is a trial: what would go with some references.
type deletion struct {
	order   []*object           // as reached
	entries map[uint64]struct{} // of WeakMaps, that have been followed
}

// trial is what a deletion knows of an object.
type trial struct {
	by    *deletion
	inner int // references from within what is reached
	stays bool
}

func (d *deletion) trialOf(o *object) *trial {
	if o.trial.by != d {
		o.trial = trial{by: d}
		d.order = append(d.order, o)
	}
	return &o.trial
}

// refer notes a reference that would go.
func (d *deletion) refer(o *object) { d.trialOf(o).inner++ }

// force notes an object that is to go whatever refers to it.
func (d *deletion) force(o *object) { d.trialOf(o).inner = math.MinInt / 2 }

// run gives the bytes of the objects that would go.
func (d *deletion) run() uint64 {
	for i := 0; i < len(d.order); i++ {
		d.order[i].references(d.entries, d.refer)
	}
	var work []*object
	for _, o := range d.order {
		if t := &o.trial; t.inner >= 0 && o.refs > t.inner {
			t.stays = true
			work = append(work, o)
		}
	}
	clear(d.entries)
	for len(work) > 0 {
		o := work[len(work)-1]
		work = work[:len(work)-1]
		o.references(d.entries, func(to *object) {
			if t := d.trialOf(to); !t.stays {
				t.stays = true
				work = append(work, to)
			}
		})
	}
	bytes := uint64(0)
	for _, o := range d.order {
		if !o.trial.stays {
			bytes += o.bytes()
		}
	}
	return bytes
}

// references calls yield for each reference that an object has to another. Those
// from the entries of a WeakMap belong to the map and to the key, but count once.
func (o *object) references(entries map[uint64]struct{}, yield func(*object)) {
	o.values(func(v *value) { v.objects(yield) })
	if o.bound != nil && o.bound.this != nil {
		yield(o.bound.this)
	}
	follow := func(b *bucket) {
		if _, done := entries[b.serial]; b.val.obj == nil || done {
			return
		}
		entries[b.serial] = struct{}{}
		yield(b.val.obj)
	}
	if o.weak != nil {
		for i := range o.weak.buckets {
			follow(&o.weak.buckets[i])
		}
	}
	for _, m := range o.keyOf {
		if i := m.weakEntry(o); i >= 0 {
			follow(&m.weak.buckets[i])
		}
	}
}

// values calls yield for each value that an object owns, but for those of a
// WeakMap, which an object may own as their key.
func (o *object) values(yield func(*value)) {
	for i := range o.vals {
		yield(&o.vals[i])
	}
	for _, a := range []*array{o.dynamic, o.storage} {
		if a != nil {
			for i := range a.buckets {
				yield(&a.buckets[i].val)
			}
		}
	}
	if o.bound != nil {
		for i := range o.bound.vals {
			yield(&o.bound.vals[i])
		}
	}
}

// bytes are what an object takes with what it alone can own.
func (o *object) bytes() uint64 {
	n := o.own()
	o.values(func(v *value) { n += v.bytes() })
	if o.weak != nil {
		for i := range o.weak.buckets {
			n += o.weak.buckets[i].val.bytes()
		}
	}
	return n
}

// own is what an object takes without its values.
func (o *object) own() uint64 {
	n := o.mem.size + o.elements.size + o.tables[0].size + o.tables[1].size
	for _, a := range []*array{o.dynamic, o.storage, o.weak} {
		n += a.own()
	}
	return n
}

// itself is what an item takes without its children. Of an array that a dump has
// made, nothing does.
func (v *value) itself() uint64 {
	switch {
	case v.obj != nil:
		return v.obj.own()
	case v.arr != nil && !v.arr.temporary:
		return v.arr.own()
	}
	return v.str.size
}

// objects calls yield for each object that a value refers to.
func (v *value) objects(yield func(*object)) {
	if v.obj != nil {
		yield(v.obj)
	}
	if v.arr != nil {
		for i := range v.arr.buckets {
			v.arr.buckets[i].val.objects(yield)
		}
	}
}

// bytes are what a value takes, without the objects in it.
func (v *value) bytes() uint64 {
	n := v.str.size + v.arr.own()
	if v.arr != nil {
		for i := range v.arr.buckets {
			n += v.arr.buckets[i].val.bytes()
		}
	}
	return n
}

// own is what an array's tables and keys take. It may be nil.
func (a *array) own() uint64 {
	if a == nil {
		return 0
	}
	n := a.table.size + a.store.size
	for i := range a.buckets {
		n += a.buckets[i].key.str.size
	}
	return n
}
