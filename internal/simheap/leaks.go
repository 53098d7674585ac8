package simheap

import "strconv"

// The structures that only ever grow.

func (p *program) cache(n int) {
	var (
		service = &class{name: `App\Account\UserService`, props: []string{"cache", "db"}}
		store   = &class{name: `App\Cache\ArrayCache`, props: []string{"cache"}}
		db      = &class{name: "SQLite3", size: 80}
		user    = &class{name: `App\Account\User`, props: []string{"userName", "name", "surname"}}
	)
	h := &p.heap
	h.newPacked(n + 1)
	members := newSequence(h, n, func(h *heap, i int) slot {
		digits := len(strconv.Itoa(i + 1))
		return slot{index(i + 1), record(h, user,
			str(7+digits), str(p.vary(Cache, i, 4, 14)), str(p.vary(Cache, i, 5, 18)))}
	})
	connection := record(h, db)
	cache := record(h, store, arrayOf(members))
	p.global("userService", *record(h, service, *cache, *connection))
	p.plant(Cache, "$userService->cache->cache", user.name, n, true, members.middle)
}

// What the dispatcher takes, and the first closures' tables: those which are
// printed, before their addresses come round again.
const listenerItems = 5 + 16

func (p *program) listeners(n int) {
	var (
		dispatcher = &class{name: `App\Event\Dispatcher`, props: []string{"listeners", "dispatched"}}
		mailer     = &class{name: `App\Mail\Mailer`, props: []string{"sender", "sent"}}
		order      = &class{name: `App\Order\PaidOrder`, props: []string{"number", "total"}}
		closure    = &class{name: "Closure", size: 384, debug: true}
	)
	h := &p.heap
	events := h.newHashed(2)
	h.newPacked(n)
	members := newSequence(h, n, func(h *heap, i int) slot {
		// Every other listener is a bound method, the rest capture what they need.
		var info closureInfo
		if i%2 == 0 {
			info.use = []slot{
				{word("order"), record(h, order, str(12), node{kind: kindFloat})},
				{word("attempts"), &node{kind: kindInt}},
			}
			h.newHashed(len(info.use))
		} else {
			info.this = record(h, mailer, str(p.vary(Listeners, i, 12, 30)), node{kind: kindInt})
			info.params = []string{"event"}
		}
		id, handle := h.object(closure)
		return slot{index(i), &node{id: id, kind: kindObject, class: closure, handle: handle, within: info}}
	})
	byEvent := fixed{
		{word("order.paid"), &node{id: events.at(0), kind: kindArray, within: members}},
		{word("order.shipped"), &node{id: events.at(1), kind: kindArray, within: fixed{}}},
	}
	p.global("dispatcher", *record(h, dispatcher, arrayOf(byEvent), node{kind: kindInt}))
	p.plant(Listeners, `$dispatcher->listeners["order.paid"]`, closure.name, n, true, members.middle)
}

// list chains n entries. An entry is made when the dumper gets to the one
// before it.
func (p *program) list(n int, nextFirst bool) {
	backlog := &class{name: `App\Queue\Backlog`, props: []string{"head", "count"}}
	entry := &class{name: `App\Queue\Entry`, props: []string{"prev", "payload", "next"}}
	payload, next := 1, 2
	if nextFirst {
		entry.props = []string{"prev", "next", "payload"}
		payload, next = 2, 1
	}
	reserve := func(h *heap, i int) (id address, handle uint32, length int) {
		length = p.vary(List, i, 8, 60)
		id, handle = h.object(entry)
		h.str(length)
		return id, handle, length
	}
	start := p.heap
	var example address
	for i := range n {
		if id, _, _ := reserve(&p.heap, i); i == n/2 {
			example = id
		}
	}
	var link func(i int, before *node) *node
	link = func(i int, before *node) *node {
		id, handle, length := reserve(&start, i)
		e := &node{id: id, kind: kindObject, class: entry, handle: handle}
		e.within = late(func() []slot {
			slots := make([]slot, len(entry.props))
			for k, name := range entry.props {
				slots[k] = slot{word(name), &node{id: propAt(id, k)}}
			}
			if before != nil {
				slots[0].to = before
			}
			*slots[payload].to = node{id: propAt(id, payload), kind: kindString, length: length}
			if i+1 < n {
				back := place(id)
				slots[next].to = link(i+1, &back)
			}
			return slots
		})
		return e
	}
	head := node{} // null
	if n > 0 {
		head = *link(0, nil)
	}
	p.global("backlog", *record(&p.heap, backlog, head, node{kind: kindInt}))
	p.plant(List, "$backlog->head", entry.name, n, true, example)
}

func (p *program) registry(n int) {
	const ledger = `App\Billing\Ledger`
	invoice := &class{name: `App\Billing\Invoice`, props: []string{"number", "total", "paid"}}
	h := &p.heap
	h.newHashed(n)
	members := newSequence(h, n, func(h *heap, i int) slot {
		number := strconv.Itoa(10_000_000 + i)
		k := word("INV-" + number)
		h.str(len(k.text))
		return slot{k, record(h, invoice, str(len(k.text)), node{kind: kindFloat}, node{kind: kindBool})}
	})
	p.static(ledger, "open", arrayOf(members))
	p.plant(Registry, ledger+"::$open", invoice.name, n, true, members.middle)
}
