package simseries

import "strconv"

// A member is a way to make what a container holds.
type member struct {
	holds string // class, or type
	items int    // of a dump, that one takes
	make  func() value
}

// member picks what a container is to hold.
func (w *world) member() member {
	switch n := w.rand.IntN(10); {
	case n < 6:
		return w.entities(pick(w, shapes))
	case n < 8:
		return w.records(w.between(2, 4))
	default:
		least := w.between(10, 60)
		return member{"string", 1, func() value { return w.text(w.between(least, least+40)) }}
	}
}

// objects picks a class of entities.
func (w *world) objects() member { return w.entities(pick(w, shapes)) }

func (w *world) entities(s shape) member {
	items := 1
	for _, letter := range s.holds {
		items++
		if letter == 'a' {
			items += 2
		}
	}
	c := w.class(s.class, s.props...)
	return member{s.class, items, func() value { return valueOf(w.entity(c, s.holds)) }}
}

func (w *world) entity(c *class, holds string) *object {
	vals := make([]value, len(holds))
	for i, letter := range holds {
		switch letter {
		case 'i':
			vals[i] = number()
		case 'f':
			vals[i] = value{typ: "float"}
		case 'b':
			vals[i] = value{typ: "bool"}
		case 's':
			vals[i] = w.text(w.between(6, 48))
		case 'a':
			vals[i] = w.record(2)
		default:
			vals[i] = value{typ: "null"}
		}
	}
	return w.object(c, vals...)
}

// records are small arrays with literal keys.
func (w *world) records(fields int) member {
	return member{"array", 1 + fields, func() value { return w.record(fields) }}
}

func (w *world) record(fields int) value {
	v := w.list()
	for i := range fields {
		if i%2 == 0 {
			w.put(v.arr, arrayKeys[i], w.text(w.between(8, 60)))
		} else {
			w.put(v.arr, arrayKeys[i], value{typ: "float"})
		}
	}
	return v
}

// newKey is a key made at run time that has not been used.
func (w *world) newKey() string {
	w.names.keys++
	switch w.names.keys % 3 {
	case 0:
		return "user:" + strconv.Itoa(100_000+w.names.keys)
	case 1:
		return w.generated(strconv.Itoa(w.names.keys) + "-")
	}
	return "k" + strconv.Itoa(w.names.keys)
}
