package simheap

import "strconv"

// Structures that are wide, deep or entangled, and yet no leaks.

func (p *program) config(n int) {
	repository := &class{name: `App\Config\Repository`, props: []string{"items"}}
	h := &p.heap
	table := h.newHashed(n)
	items := newSequence(h, n, func(h *heap, i int) slot {
		// Texts of the compiled script: they cost nothing.
		name := "messages.line_" + strconv.Itoa(i)
		return slot{word(name), &node{id: table.at(i), kind: kindString, length: p.vary(Config, i, 2, 80)}}
	})
	p.global("config", *record(h, repository, arrayOf(items)))
	p.plant(Config, "$config->items", kindNames[kindString], n, false, items.middle)
}

// treeNodes is the size of one tree of the forest.
const treeNodes = 24

func (p *program) forest(n int) {
	var (
		catalog  = &class{name: `App\Catalog\Catalog`, props: []string{"departments"}}
		category = &class{name: `App\Catalog\Category`, props: []string{"id", "name", "parent", "children"}}
	)
	h := &p.heap
	h.newPacked(n)
	trees := newSequence(h, n, func(h *heap, i int) slot {
		return slot{index(i), p.tree(h, category, i)}
	})
	p.global("catalog", *record(h, catalog, arrayOf(trees)))
	p.plant(Tree, "$catalog->departments", category.name, n, false, trees.middle)
}

// tree grows by twigs at one of its two newest nodes, and so becomes deep.
func (p *program) tree(h *heap, category *class, i int) *node {
	var nodes [treeNodes]*node
	var kids [treeNodes]fixed
	for j := range nodes {
		parent := node{} // null
		at := -1
		if j > 0 {
			at = max(0, j-1-p.vary(Tree, i*treeNodes+j, 0, 1))
			parent = place(nodes[at].id)
		}
		nodes[j] = record(h, category,
			node{kind: kindInt}, str(p.vary(Tree, i*treeNodes+j, 4, 24)), parent, arrayOf(nil))
		if j > 0 {
			kids[at] = append(kids[at], slot{index(len(kids[at])), nodes[j]})
		}
	}
	for j, n := range nodes {
		if len(kids[j]) > 0 {
			h.newPacked(len(kids[j]))
		}
		n.within.(fixed)[3].to.within = kids[j]
	}
	return nodes[0]
}

// settingCount is how many elements the shared array has.
const settingCount = 6

func (p *program) shared(n int) {
	tenant := &class{name: `App\Tenant\Tenant`, props: []string{"name", "settings"}}
	h := &p.heap
	table := h.newHashed(settingCount)
	settings := make(fixed, settingCount)
	for i, name := range [settingCount]string{"currency", "locale", "timezone", "theme", "beta", "limit"} {
		settings[i] = slot{word(name), text(h, table.at(i), 3+4*i)}
	}
	h.newPacked(n)
	tenants := newSequence(h, n, func(h *heap, i int) slot {
		return slot{index(i), record(h, tenant, str(p.vary(Shared, i, 6, 20)), arrayOf(settings))}
	})
	p.global("defaults", arrayOf(settings))
	p.global("tenants", arrayOf(tenants))
	p.plant(Shared, "$tenants", tenant.name, n, false, tenants.middle)
}

func (p *program) references(n int) {
	const referenceBytes, valueOffset = 32, 8
	form := &class{name: `App\Form\Form`, props: []string{"input", "bound"}}
	h := &p.heap
	h.newPacked(n)
	h.newPacked(n)
	input := newSequence(h, n, func(h *heap, i int) slot {
		// The value moves out of the element into the reference.
		at := h.alloc(referenceBytes) + valueOffset
		return slot{index(i), text(h, at, p.vary(References, i, 0, 40))}
	})
	bound := *input
	p.global("form", *record(h, form, arrayOf(input), arrayOf(&bound)))
	p.plant(References, "$form->input", kindNames[kindString], n, false, input.middle)
}

func (p *program) cycles(n int) {
	var (
		order    = &class{name: `App\Order\Order`, props: []string{"number", "customer"}}
		customer = &class{name: `App\Order\Customer`, props: []string{"name", "orders"}}
	)
	h := &p.heap
	h.newPacked(n)
	orders := newSequence(h, n, func(h *heap, i int) slot {
		own := make(fixed, 1)
		buyer := record(h, customer, str(p.vary(Cycles, i, 6, 24)), arrayOf(own))
		o := record(h, order, str(10), *buyer)
		h.newPacked(1)
		own[0] = slot{index(0), o}
		return slot{index(i), o}
	})
	p.global("orders", arrayOf(orders))
	p.plant(Cycles, "$orders", order.name, n, false, orders.middle)
}

func (p *program) weakKeys(n int) {
	var (
		session = &class{name: `App\Session\Session`, props: []string{"token"}}
		visit   = &class{name: `App\Session\Visit`, props: []string{"at"}}
		weakMap = &class{name: "WeakMap", size: 96, debug: true}
	)
	h := &p.heap
	h.newPacked(n)
	entries := make([]weakEntry, 0, n)
	sessions := newSequence(h, n, func(h *heap, i int) slot {
		s := record(h, session, str(32))
		if len(entries) < n {
			key := place(s.id)
			entries = append(entries, weakEntry{key: &key})
		}
		return slot{index(i), s}
	})
	for i := range entries {
		entries[i].value = record(h, visit, node{kind: kindInt})
	}
	id, handle := h.object(weakMap)
	if n > 0 {
		h.newHashed(n)
	}
	p.global("sessions", arrayOf(sessions))
	p.global("lastSeen", node{
		id: id, kind: kindObject, class: weakMap, handle: handle, within: weakMapInfo{entries},
	})
	p.plant(WeakKeys, "$sessions", session.name, n, false, sessions.middle)
}

// remainder is an array that brings the dump to its number of items.
type remainder struct {
	elements packed
	items    int // of the whole dump
	truth    *Truth
}

func (r remainder) open(*scratch) pending {
	return pending{members: &replay{seq: &sequence{
		n: max(0, r.items-r.truth.Items-1),
		build: func(_ *heap, i int) slot {
			return slot{index(i), &node{id: r.elements.at(i), kind: kindInt}}
		},
	}}}
}

// ticks must be the last root. There is room for what the structures may take
// less than planned, too.
func (p *program) ticks(planned, items int, truth *Truth) {
	const reserve = listenerItems
	p.static(`App\Metrics\Clock`, "ticks", arrayOf(remainder{p.heap.newPacked(planned + reserve), items, truth}))
}
