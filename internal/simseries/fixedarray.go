package simseries

// An SplFixedArray has its elements in a block of their own. They are printed
// from the property table that PHP makes for the first visit, and keeps
// (spl_fixedarray_object_get_properties, ext/spl/spl_fixedarray.c).
var fixedArrayClass = &class{name: "SplFixedArray", size: 80}

func (p *process) fixedArray(n int) *object {
	o := p.object(fixedArrayClass)
	o.vals = make([]value, n)
	for i := range o.vals {
		o.vals[i] = value{typ: "null"}
	}
	o.elements = p.heap.alloc(16 * uint64(n))
	return o
}

func (d *dumper) openFixedArray(o *object, v *visit) {
	table := array{hashed: true, room: max(smallestRoom, powerOfTwo(len(o.vals)))}
	if o.rebuilt[0].size == 0 {
		d.rebuild(o, table.bytes())
	}
	table.store = o.rebuilt[1]
	for i := range o.vals {
		v.children = append(v.children, child{key{number: i}, identity(table.slot(i), &o.vals[i]), &o.vals[i]})
	}
}
