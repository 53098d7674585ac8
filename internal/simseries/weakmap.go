package simseries

// A WeakMap keeps its values as long as their keys live (an ephemeron); to PHP
// before 8.3 the map itself holds the value, so one that holds its own key is
// never freed (php-src issue 10043).
var weakMapClass = &class{name: "WeakMap", size: 96, debug: true}

func (p *process) weakMap() *object {
	o := p.object(weakMapClass)
	o.weak = &array{hashed: true, embedded: true}
	return o
}

// weakSet adds an entry. The engine has a table of all objects that are keys
// (EG(weakrefs), Zend/zend_weakrefs.c), which lies in the heap like any other.
func (p *process) weakSet(m, k *object, v value) {
	address := int(k.mem.at >> 3)
	if len(k.keyOf) == 0 {
		p.insert(&p.weakrefs, key{number: address, obj: k}, value{typ: "int"})
	}
	k.keyOf = append(k.keyOf, m)
	p.insert(m.weak, key{number: address, obj: k}, v)
}

// weakEntry is the position of a key's entry, or -1.
func (o *object) weakEntry(k *object) int { return o.weak.keyed(k) }

// keyed is the position of the element whose key is an object, or -1.
func (a *array) keyed(k *object) int {
	for i := range a.buckets {
		if a.buckets[i].key.obj == k && a.buckets[i].val.typ != "" {
			return i
		}
	}
	return -1
}

// forget removes the entries of a key that dies, and gives their values.
func (p *process) forget(k *object) (values []value) {
	for _, m := range k.keyOf {
		if m.weak == nil {
			continue // it has died
		}
		if i := m.weakEntry(k); i >= 0 {
			values = append(values, p.take(m.weak, i))
		}
	}
	if len(k.keyOf) > 0 {
		p.unset(&p.weakrefs, p.weakrefs.keyed(k))
	}
	k.keyOf = nil
	return values
}

// dissolve empties a map that dies, and gives its values.
func (p *process) dissolve(m *object) (values []value) {
	for i := range m.weak.buckets {
		b := &m.weak.buckets[i]
		if b.val.typ == "" {
			continue
		}
		values = append(values, b.val)
		k := b.key.obj
		for n, other := range k.keyOf {
			if other == m {
				k.keyOf = append(k.keyOf[:n:n], k.keyOf[n+1:]...)
				break
			}
		}
		if len(k.keyOf) == 0 {
			p.unset(&p.weakrefs, p.weakrefs.keyed(k))
		}
	}
	p.heap.release(m.weak.store)
	m.weak = nil
	return values
}

// openWeakMap lists the entries as pairs of a key and a value.
func (d *dumper) openWeakMap(m *array, v *visit) {
	list := v.temporary()
	list.room = max(smallestRoom, powerOfTwo(m.live))
	list.table = d.heap.alloc(hashTableBytes)
	d.store(list)
	for i := range m.buckets {
		b := &m.buckets[i]
		if b.val.typ == "" {
			continue
		}
		pair := v.temporary()
		d.put(pair, "key", value{typ: "object", obj: b.key.obj})
		d.put(pair, "value", b.val)
		d.push(list, value{typ: "array", arr: pair})
	}
	v.children = elements(nil, list)
}
