package simheap

import (
	"math"
	"strings"
)

// Structures of one size, for what is hard to read rather than big.

// frameItems is how many items work makes.
const frameItems = 4 + 2 + 4 + 1 + 1 + 2

// work leaves the program in the middle of two calls and an include. The calls
// hold the same job, which is a root of the inner one only.
func (p *program) work() {
	const inner, outer, included = `App\Queue\Worker->handle()`, `App\Queue\Worker->run()`, "unknown()"
	h := &p.heap
	worker := &class{name: `App\Queue\Worker`, props: []string{"current", "processed"}}
	job := record(h, &class{name: `App\Queue\Job`, props: []string{"id", "payload", "attempts"}},
		node{kind: kindInt}, str(120), node{kind: kindInt})
	batch := h.newPacked(3)
	ids := make(fixed, 3)
	for i := range ids {
		ids[i] = slot{index(i), text(h, batch.at(i), 36)}
	}
	p.local(inner, "job", *job)
	p.local(inner, "attempt", node{kind: kindInt})
	p.local(inner, "error", node{kind: kindUndefined})
	p.local(outer, "batch", arrayOf(ids))
	p.local(outer, "job", *job)
	p.local(outer, "limit", node{kind: kindInt})
	p.local(included, "debug", node{kind: kindBool})
	p.global("worker", *record(h, worker, *job, node{kind: kindInt}))
}

// oddKeys are the keys of $odd. Integer-like strings that PHP keeps as strings
// are among them, and what is left of a key behind a NUL byte.
func oddKeys() []key {
	return []key{
		word(`quote"back\slash/`), word("tab\t\n\x01\x1f"), word("\xff\xfe"), word("caf\xe9"),
		word("\u30e6\u30cb\u30b3\u30fc\u30c9"), word("\x7f\x80"), word("nul"), word(""),
		number(-5), number(7), number(math.MaxInt64), number(math.MinInt64),
		word("007"), word("1 "), word(" lead"), word("-0"), word("1e3"),
		word("a.b"), word("->"), word("]"), word("'"), word("$x"), word("<b>&amp;"), word("=1+1"),
		word("children"), word("0x7f0000000000"), word(strings.Repeat("long/", 1000)),
	}
}

// oddItems is how many items odd makes.
const oddItems = (1 + 27) + 4 + 3 + 2 + 1 + 2 + 7 + 1

func (p *program) odd() {
	h := &p.heap
	keys := oddKeys()
	table := h.newHashed(len(keys))
	elements := make(fixed, len(keys))
	for i, k := range keys {
		elements[i] = slot{k, text(h, table.at(i), i%3)}
	}
	p.global("odd", arrayOf(elements))

	// A private property of a class and of its parent: one name twice.
	p.global("child", *record(h, &class{name: `App\Legacy\Child`, props: []string{"dup", "name", "dup"}},
		str(9), node{kind: kindInt}, str(10)))

	// Dynamic properties live in a table outside their object.
	id, handle := h.object(&class{name: "stdClass"})
	dynamic := h.newHashed(2)
	p.global("options", node{
		id: id, kind: kindObject, class: &class{name: "stdClass"}, handle: handle,
		within: fixed{
			{word("1"), text(h, dynamic.at(0), 5)},
			{word("odd name"), text(h, dynamic.at(1), 8)},
		},
	})

	p.global("anonymous", *record(h, &class{name: "class@anonymous", props: []string{"a"}}, node{kind: kindInt}))
	p.global("caf\xe9", node{kind: kindBool})

	selfish := record(h, &class{name: "App\\Legacy\\\u00dcber\xff", props: []string{"self", "n"}}, node{}, node{kind: kindInt})
	selfish.within.(fixed)[0].to = selfish
	p.global("selfish", *selfish)

	// Every other element has been unset: keys and addresses have holes.
	kinds := []kind{kindNull, kindBool, kindInt, kindFloat, kindString, kindResource}
	list := h.newPacked(2 * len(kinds))
	values := fixed{}
	for i, k := range kinds {
		values = append(values, slot{index(2 * i), &node{id: list.at(2 * i), kind: k}})
	}
	p.global("values", arrayOf(values))

	// The name of a protected static member loses its class.
	p.static("*", "booted", node{kind: kindBool})
}

func (p *program) uninitialised() {
	proxy := &class{name: `App\Lazy\Proxy`, props: []string{"target", "loaded", "loadedAt"}}
	p.global("never", node{kind: kindUndefined})
	p.global("proxy", *record(&p.heap, proxy,
		node{kind: kindUndefined}, node{kind: kindBool}, node{kind: kindUndefined}))
}

// stale holds n objects that the dump does not describe.
func (p *program) stale(n int) {
	if n == 0 {
		return
	}
	h := &p.heap
	h.newPacked(n)
	lost := newSequence(h, n, func(h *heap, i int) slot {
		gone := place(h.alloc(hashTableBytes))
		return slot{index(i), &gone}
	})
	p.global("stale", arrayOf(lost))
}
