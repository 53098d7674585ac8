package simseries

import (
	"testing"

	"memtrail/internal/cases"
)

// The bytes of the items are those that a walk from the roots finds, block by
// block, and nothing in the heap belongs to nobody.
func TestMemoryAddsUp(t *testing.T) {
	scenarios := Scenarios()
	for i := range cases.Number(1, 2) * len(scenarios) {
		s, seed := scenarios[i%len(scenarios)], uint64(i/len(scenarios))
		w := s.start(seed, 4)
		for i := range w.dumps {
			w.interval(i)
			m := w.memory()
			if got := w.walked(); got != m.Items {
				t.Errorf("%s, seed %d, dump %d: the items take %d bytes, not %d", s.Name, seed, i, got, m.Items)
			}
			w.dump()
			if w.dumper.shown > m.Items {
				t.Errorf("%s, seed %d, dump %d: it shows %d bytes of %d", s.Name, seed, i, w.dumper.shown, m.Items)
			}
			if after := w.memory(); after.Items != m.Items || after.Unexplained != m.Unexplained || after.Tables < m.Tables {
				t.Errorf("%s, seed %d, dump %d: %+v before it, and then %+v", s.Name, seed, i, m, after)
			}
			if m.Usage != m.Items+m.Tables+m.Engine+m.Unexplained {
				t.Errorf("%s, seed %d, dump %d: %+v", s.Name, seed, i, m)
			}
		}
	}
}

// Nothing is lost but what comes after the visit of temporary tables.
func TestLost(t *testing.T) {
	p := newProcess(0x7f00_0000_0000)
	c := &class{name: "A", props: []string{"a", "b"}}
	fill := func(a *array) {
		for i := range 40 {
			o := p.object(c, p.text(i), p.list())
			p.push(o.vals[1].arr, valueOf(o)) // itself
			p.push(a, valueOf(o))
			p.dynamicProperty(o, "d", p.text(30))
		}
	}
	a := p.global("a", p.list()).val.arr
	p.static("A", "b", p.text(80))
	fill(a)
	p.dump()
	if items := p.memory().Items; p.dumper.shown != items {
		t.Errorf("%d bytes of %d are shown", p.dumper.shown, items)
	}
	l := p.global("listeners", p.list()).val.arr
	for range 30 {
		p.push(l, p.closure(&binding{names: []string{"o"}, vals: []value{p.text(700)}, param: "p"}))
	}
	p.dump()
	if items := p.memory().Items; p.dumper.shown > items-20*768 {
		t.Errorf("%d bytes of %d are shown, with what is lost", p.dumper.shown, items)
	}
}

// walked is what the roots and all that they hold take.
func (p *process) walked() uint64 {
	seen := map[*object]bool{}
	bytes := 16 * uint64(len(p.statics)) // their slots
	var work []*object
	see := func(o *object) {
		if !seen[o] {
			seen[o] = true
			work = append(work, o)
		}
	}
	for _, roots := range [][]*variable{p.frames, p.globals, p.statics} {
		for _, r := range roots {
			bytes += r.val.bytes()
			r.val.objects(see)
		}
	}
	for len(work) > 0 {
		o := work[len(work)-1]
		work = work[:len(work)-1]
		bytes += o.bytes()
		o.references(map[uint64]struct{}{}, see)
	}
	return bytes
}

// What is retained is what is freed when it is dropped.
func TestRetained(t *testing.T) {
	c := &class{name: "A", props: []string{"a", "b"}}
	p := newProcess(0x7f00_0000_0000)
	g := p.global("g", p.list())
	shared := p.object(c, p.text(100), number())
	p.global("other", valueOf(shared))
	for range 5 {
		p.push(g.val.arr, valueOf(p.object(c, p.text(50), valueOf(shared))))
	}
	own := p.object(c, p.text(70), number())
	for range 2 {
		p.set(g.val.arr, "key "+string(rune('a'+g.val.arr.live)), valueOf(own))
	}
	loop := p.object(c, number(), p.list()) // holds itself
	p.push(loop.vals[1].arr, valueOf(loop))
	p.push(g.val.arr, p.closure(&binding{this: loop, names: []string{"s"}, vals: []value{p.text(30)}, param: "p"}))
	got := (&tracked{content: elementsOf(g.val.arr)}).retained(nil)
	p.dump()
	before := p.memory().Items
	p.assign(&loop.vals[1], value{typ: "null"}) // or it would not be freed
	p.assign(&g.val, value{typ: "null"})
	if want := int(before - p.memory().Items); got != want {
		t.Errorf("%d bytes are retained, not %d", got, want)
	}
}

// The value of a WeakMap is held by the map, and goes with its key; one that
// holds its key is held by the map alone.
func TestWeakMapRetains(t *testing.T) {
	c := &class{name: "A", props: []string{"a"}}
	p := newProcess(0x7f00_0000_0000)
	m := p.weakMap()
	p.global("map", valueOf(m))
	keys := p.global("keys", p.list())
	for range 20 {
		k := valueOf(p.object(c, p.text(50)))
		p.push(keys.val.arr, k)
		p.weakSet(m, k.obj, valueOf(p.object(c, p.text(200))))
	}
	byKeys := (&tracked{content: elementsOf(keys.val.arr)}).retained(nil)
	before := p.memory()
	p.assign(&keys.val, value{typ: "null"})
	after := p.memory()
	if got := int(before.Items - after.Items); got != byKeys || m.weak.live+p.weakrefs.live != 0 {
		t.Errorf("%d bytes are retained by the keys, %d are freed, and %d entries stay", byKeys, got, m.weak.live)
	}
	for range 20 {
		k := valueOf(p.object(c, p.text(50)))
		p.weakSet(m, k.obj, valueOf(p.object(c, valueOf(k.obj))))
		p.drop(k)
	}
	if m.weak.live != 20 || p.weakrefs.live != 20 {
		t.Errorf("%d entries, not 20", m.weak.live)
	}
	const entry = 56 + 80 + 56 // value, text, key
	byMap := (&tracked{content: content{arrays: func() []*array { return []*array{m.weak} }}}).retained(nil)
	if want := 20*entry + int(m.weak.store.size); byMap != want {
		t.Errorf("%d bytes are retained by the map, not %d", byMap, want)
	}
}

// Frames that are left give back their slots, values and pages.
func TestStack(t *testing.T) {
	p := newProcess(0x7f00_0000_0000)
	used, stack := p.heap.used, p.stack.next
	names, vals := make([]string, 30), make([]value, 30)
	for range 600 {
		for i := range vals {
			vals[i] = p.text(20)
		}
		p.enter("f()", names, vals...)
	}
	if p.stack.further != vmStackBytes {
		t.Errorf("%d bytes of stack were added", p.stack.further)
	}
	seen := map[uint64]bool{}
	for _, v := range p.frames {
		if seen[v.slot] {
			t.Fatalf("two variables are at %#x", v.slot)
		}
		seen[v.slot] = true
	}
	for len(p.stack.calls) > 0 {
		p.leave()
	}
	if p.heap.used != used || p.stack.next != stack || p.stack.further != 0 || len(p.frames) != 0 {
		t.Errorf("%d bytes stay, %d of the stack, %d variables", p.heap.used-used, p.stack.further, len(p.frames))
	}
}
