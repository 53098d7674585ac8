package simseries

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBlocksDoNotOverlap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	h := newHeap(0x7f00_0000_0000)
	var live []block
	for range 3000 {
		if len(live) > 0 && r.IntN(3) == 0 {
			i := r.IntN(len(live))
			h.release(live[i])
			live = slices.Delete(live, i, i+1)
			continue
		}
		live = append(live, h.alloc(1+r.Uint64N(1<<r.IntN(18))))
	}
	slices.SortFunc(live, func(a, b block) int { return int(a.at) - int(b.at) })
	used := uint64(0)
	for i, b := range live {
		used += b.size
		if i > 0 && live[i-1].at+live[i-1].size > b.at {
			t.Fatalf("%x and %x overlap", live[i-1], b)
		}
	}
	if h.used != used {
		t.Errorf("%d bytes are used, not %d", used, h.used)
	}
}

// Whatever a process drops is freed, dumped or not.
func TestEverythingIsFreed(t *testing.T) {
	c := &class{name: "A", props: []string{"a", "b"}}
	for name, fill := range map[string]func(p *process, a *array){
		"strings": func(p *process, a *array) {
			for i := range 100 {
				p.push(a, p.text(i))
			}
		},
		"keys": func(p *process, a *array) {
			for i := range 100 {
				p.set(a, fmt.Sprint("key", i), number())
			}
		},
		"queue": func(p *process, a *array) {
			for i := range 100 {
				p.push(a, p.text(9))
				p.unsetFirst(a, i%2)
			}
			p.unsetLast(a, 10)
		},
		"copy": func(p *process, a *array) {
			for range 20 {
				p.push(a, p.text(9))
				p.copied(a)
			}
			p.unsetFirst(a, 5)
			p.copied(a)
		},
		"emptied": func(p *process, a *array) {
			for i := range 30 {
				p.set(a, fmt.Sprint("key", i), p.text(9))
			}
			p.empty(a)
		},
		"shared": func(p *process, a *array) {
			o := p.object(c, p.text(5), p.text(6))
			p.push(a, valueOf(o))
			p.push(a, valueOf(p.object(c, valueOf(o), p.closure(&binding{this: o, param: "p"}))))
			p.push(a, p.closure(&binding{names: []string{"o", "n"}, vals: []value{valueOf(o), p.text(9)}}))
		},
		"fixed array": func(p *process, a *array) {
			f := p.fixedArray(100)
			for i := range 50 {
				p.assign(&f.vals[i], valueOf(p.object(c, p.text(5), number())))
			}
			p.push(a, valueOf(f))
		},
		"weak map": func(p *process, a *array) {
			m := p.weakMap()
			p.push(a, valueOf(m))
			for range 30 {
				k := valueOf(p.object(c, p.text(5), number()))
				p.weakSet(m, k.obj, p.text(40))
				p.push(a, k)
			}
			p.unsetLast(a, 10)
		},
		"storage and properties": func(p *process, a *array) {
			s := p.object(storageClass)
			o := p.object(&class{name: "stdClass"})
			for i := range 20 {
				p.attach(s, p.object(c, p.text(5), number()))
				p.dynamicProperty(o, fmt.Sprint("prop", i), p.text(9))
			}
			p.push(a, valueOf(s))
			p.push(a, valueOf(o))
		},
	} {
		for _, dumped := range []bool{false, true} {
			p := newProcess(0x7f00_0000_0000)
			g := p.global("g", value{typ: "null"})
			before := p.heap.used
			p.assign(&g.val, p.list())
			fill(p, g.val.arr)
			if dumped {
				p.dump()
				p.dump()
			}
			if dumped && name != "emptied" && p.heap.used == before {
				t.Errorf("%s takes nothing", name)
			}
			p.assign(&g.val, value{typ: "null"})
			if p.heap.used-p.weakrefs.store.size != before || len(p.heap.handles) != p.heap.highest {
				t.Errorf("%s, dumped %v: %d bytes and %d of %d objects stay", name, dumped,
					p.heap.used-before, p.heap.highest-len(p.heap.handles), p.heap.highest)
			}
		}
	}
}

// Elements lie where PHP puts them: packed 16 bytes apart as long as the keys
// are the positions, else 32.
func TestSlots(t *testing.T) {
	p := newProcess(0x7f00_0000_0000)
	check := func(what string, a *array, hashed bool, apart uint64, keys ...int) {
		t.Helper()
		var got []int
		for _, b := range a.buckets {
			if b.val.typ != "" {
				got = append(got, b.key.number)
			}
		}
		if a.hashed != hashed || a.slot(1)-a.slot(0) != apart || !slices.Equal(got, keys) || a.live != len(keys) {
			t.Errorf("%s: hashed %v, keys %v, %d live", what, a.hashed, got, a.live)
		}
	}
	a := p.list().arr
	for range 4 {
		p.push(a, number())
	}
	check("pushed", a, false, 16, 0, 1, 2, 3)
	p.unsetLast(a, 1)
	p.push(a, number())
	check("popped and pushed", a, false, 16, 0, 1, 2, 3)
	p.unsetFirst(a, 2)
	check("with holes", a, false, 16, 2, 3)
	for range 5 { // beyond the capacity of eight, less than half in use
		p.unsetFirst(a, 1)
		p.push(a, number())
		p.push(a, number())
		p.unsetFirst(a, 1)
	}
	check("a queue", a, true, 32, 12, 13)
	p.copied(a)
	p.push(a, number())
	check("copied", a, true, 32, 12, 13, 14)
}
