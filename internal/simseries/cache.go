package simseries

import "strconv"

// A cache is a static or another table keyed by strings, as that of Laravel's
// Str::snake: what is not in it is added.
type cache struct {
	*world
	list
	value    member
	has      map[string]bool
	limit    int  // entries; 0: none
	recent   bool // the entry that was used longest ago is evicted, not the oldest
	pool     int  // names that come up again and again
	jobs     int  // in an interval, about
	fresh    float64
	flushed  func() // after a job
	finished int    // jobs
}

// newCache makes a cache to which an interval adds about so many names that do
// not come up again, besides those of the pool.
func (w *world) newCache(fresh float64) *cache {
	h := w.home()
	if w.chance(0.5) {
		h = w.staticMember()
	}
	c := &cache{
		world: w, list: w.listAt(h), has: map[string]bool{}, value: w.cached(),
		pool: w.between(0, 30), jobs: w.between(8, 40), flushed: func() {},
	}
	c.fresh = fresh / float64(c.jobs)
	return c
}

// cached picks what a cache holds.
func (w *world) cached() member {
	if w.chance(0.2) {
		return w.records(1)
	}
	least := w.between(8, 30)
	return member{"string", 1, func() value { return w.text(w.between(least, least+20)) }}
}

func (c *cache) lookup(name string) {
	if c.has[name] {
		if c.recent {
			i := c.position(name)
			serial := c.buckets[i].serial
			c.insert(c.array, key{text: name, isText: true, str: c.heap.text(len(name))}, c.take(c.array, i))
			c.buckets[len(c.buckets)-1].serial = serial // the same entry, at the end
		}
		return
	}
	for c.limit > 0 && c.live >= c.limit {
		c.evict()
	}
	c.has[name] = true
	c.set(c.array, name, c.value.make())
}

func (c *cache) position(name string) int {
	for i := range c.buckets {
		if b := &c.buckets[i]; b.val.typ != "" && b.key.text == name {
			return i
		}
	}
	return -1
}

func (c *cache) evict() {
	for i := range c.buckets {
		if b := &c.buckets[i]; b.val.typ != "" {
			c.remove(i)
			return
		}
	}
}

func (c *cache) remove(i int) {
	delete(c.has, c.buckets[i].key.text)
	c.unset(c.array, i)
}

func (c *cache) flush() {
	clear(c.has)
	c.empty(c.array)
}

// job looks up some names of the pool, the first ones most of all, and some that
// are its own.
func (c *cache) job() {
	for range min(c.pool, 3) {
		at := int(float64(c.pool) * c.rand.Float64() * c.rand.Float64())
		c.lookup("column_" + strconv.Itoa(at))
	}
	for range c.poisson(c.fresh) {
		c.lookup(c.generated(pick(c.world, []string{"Sku", "orderLine", "X-Request-"})))
	}
	c.finished++
	c.flushed()
}

// works runs the jobs of every interval. Before the first dump there may be a
// warm-up, which looks up more.
func (c *cache) works() {
	warmUp := c.between(0, 2*c.jobs)
	c.each(func(i int) {
		n := c.between(c.jobs*4/5, c.jobs*6/5)
		if i == 0 {
			n += warmUp
		}
		for range n {
			c.job()
		}
	})
}

func (c *cache) stays() {
	c.varies(Container{Paths: c.paths, Holds: c.value.holds}, elementsOf(c.array))
}
func (c *cache) leaks() {
	c.world.leaks(Container{Paths: c.paths, Holds: c.value.holds}, elementsOf(c.array))
}
