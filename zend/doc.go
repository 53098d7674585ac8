// Package zend knows what PHP's allocator spends for a value.
//
// A dump of php-meminfo gives every array and every object 72 bytes. What PHP
// spent follows from its source: how the Zend memory manager rounds (block.go),
// how values are laid out in each version (model.go, version.go), what the
// classes of PHP itself allocate (internal.go), and what the addresses and keys
// in a dump tell of an array or an object (array.go, object.go, class.go).
// Rules name the place in php-src where PHP does it. Figures without one were
// measured.
//
// # How a caller prices a dump
//
// Nothing here knows dumps or graphs: a caller hands over one item after the
// other. What the children are matters: an object's address says nothing of the
// slot that holds it, so that a caller which has not seen them yet gets other
// prices.
//
//	m := zend.New(zend.PHP82)
//
//	// A string. Other scalars cost nothing: they live in their slots.
//	bytes := m.String(zend.StringLen(reportedSize))
//
//	// An array: one Array for all items, no allocation.
//	a.Reset()
//	for each child { a.Add(key, address, kind) }
//	cost := m.ArrayCost(&a)
//	if store, ok := a.Store(); ok { cost is only due the first time }
//
//	// An object: with one Class for each class of the dump.
//	o.Reset(address)
//	for each child { o.Add(key, address, kind) }
//	m.Recognise(class, &o)
//	class.Learn(&o)
//	cost = m.ObjectCost(class, &o)
//
//	// And what belongs to no item.
//	rest := zend.ObjectStore(highestHandle) + m.Baseline()
//
// A caller that knows of a child whether it is an object (a graph does) says
// so, and gets better answers; a graph also calls Learn for all objects before
// it asks for the first cost.
//
// # Tables that are not there
//
// Below closures, ArrayObject, SplObjectStorage and others a dump shows arrays
// that were made for it. They have a [Role]; ArrayCostAs and StringAs price
// them. A stream needs to keep the roles of children yet to come: they follow
// right behind their parents, so a handful is enough, and it loses nothing but
// accuracy by dropping some. Where such an address was used again, several
// objects lead to one table. A graph, which can look at it, gives each of them
// what [Model.Shown] says of its count, and the table nothing.
//
// # What cannot be known
//
// See [Reason] for the list, [Bounds] for how far it matters.
package zend
