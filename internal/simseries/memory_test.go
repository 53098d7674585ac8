package simseries

import "testing"

// The bytes of the items are those that a walk from the roots finds, block by
// block, and nothing in the heap belongs to nobody.
func TestMemoryAddsUp(t *testing.T) {
	for _, s := range Scenarios() {
		w := s.start(5, 4)
		for i := range w.dumps {
			w.interval(i)
			m := w.memory()
			if got := w.walked(); got != m.Items {
				t.Errorf("%s, dump %d: the items take %d bytes, not %d", s.Name, i, got, m.Items)
			}
			w.dump()
			if after := w.memory(); after.Items != m.Items || after.Unseen != m.Unseen || after.Tables < m.Tables {
				t.Errorf("%s, dump %d: %+v before it, and then %+v", s.Name, i, m, after)
			}
			if m.Usage != m.Items+m.Tables+m.Engine+m.Unseen {
				t.Errorf("%s, dump %d: %+v", s.Name, i, m)
			}
		}
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
	p.global("other", of(shared))
	for range 5 {
		p.push(g.val.arr, of(p.object(c, p.text(50), of(shared))))
	}
	own := p.object(c, p.text(70), number())
	for range 2 {
		p.set(g.val.arr, "key "+string(rune('a'+g.val.arr.live)), of(own))
	}
	loop := p.object(c, number(), p.list()) // holds itself
	p.push(loop.vals[1].arr, of(loop))
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
