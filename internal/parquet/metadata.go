package parquet

// codecZstd is the number of zstd in the format.
const codecZstd = 6

// metadata is what the end of the file tells of it; bounds and pages are where the
// indexes of the columns are, row group by row group.
func (w *Writer) metadata(bounds, pages []int64) []byte {
	var t thrift
	t.begin()
	t.i32(1, 2)
	t.list(2, thriftStruct, len(w.columns)+1)
	t.begin()
	t.binary(4, []byte("schema"))
	t.i32(5, len(w.columns))
	t.end()
	for _, c := range w.columns {
		c.schema(&t)
	}
	t.i64(3, w.rows)
	t.list(4, thriftStruct, len(w.groups))
	for i := range w.groups {
		n := len(w.groups[i].chunks)
		w.group(&t, &w.groups[i], bounds[i*n:], pages[i*n:])
	}
	t.binary(6, []byte(w.by))
	// Bounds are in the order of the columns' types.
	t.list(7, thriftStruct, len(w.columns))
	for range w.columns {
		t.begin()
		t.empty(1)
		t.end()
	}
	t.end()
	return t.b
}

// schema describes a column. The older form of its type comes before the newer.
func (c *Column) schema(t *thrift) {
	t.begin()
	t.i32(1, c.Kind.physical())
	repetition := 0
	if c.Optional {
		repetition = 1
	}
	t.i32(3, repetition)
	t.binary(4, []byte(c.Name))
	integer := func(converted int, width byte, signed bool) {
		t.i32(6, converted)
		t.nested(10, func() {
			t.nested(10, func() {
				t.i8(1, width)
				t.bool(2, signed)
			})
		})
	}
	switch c.Kind {
	case Text:
		t.i32(6, 0) // UTF8
		t.nested(10, func() { t.empty(1) })
	case Uint32:
		integer(13, 32, false)
	case Uint64:
		integer(14, 64, false)
	case Int64:
		integer(18, 64, true)
	case Time:
		t.i32(6, 9) // TIMESTAMP_MILLIS
		t.nested(10, func() {
			t.nested(8, func() {
				t.bool(1, true)                    // in UTC
				t.nested(2, func() { t.empty(1) }) // milliseconds
			})
		})
	}
	t.end()
}

func (w *Writer) group(t *thrift, g *group, bounds, pages []int64) {
	var size, unpacked int64
	t.begin()
	t.list(1, thriftStruct, len(g.chunks))
	for i := range g.chunks {
		k := &g.chunks[i]
		size, unpacked = size+k.size, unpacked+k.unpacked
		t.begin()
		t.i64(2, 0) // nothing of it is elsewhere
		t.nested(3, func() { k.metadata(t, w.columns[i], g.rows) })
		t.i64(4, pages[i])
		t.i32(5, len(k.pages))
		if len(k.bounds) > 0 {
			t.i64(6, bounds[i])
			t.i32(7, len(k.bounds))
		}
		t.end()
	}
	t.i64(2, unpacked)
	t.i64(3, g.rows)
	t.i64(5, g.offset)
	t.i64(6, size)
	t.end()
}

func (k *chunk) metadata(t *thrift, c *Column, rows int64) {
	t.i32(1, c.Kind.physical())
	t.list(2, thriftI32, len(k.encodings))
	for _, e := range k.encodings {
		t.varint(int64(e))
	}
	t.list(3, thriftBinary, 1)
	t.text([]byte(c.Name))
	t.i32(4, codecZstd)
	t.i64(5, rows)
	t.i64(6, k.unpacked)
	t.i64(7, k.size)
	t.i64(9, k.offset)
	if k.dictionary > 0 {
		t.i64(11, k.dictionary)
	}
	t.nested(12, func() {
		t.i64(3, k.nulls)
		if k.greatest != nil {
			t.binary(5, k.greatest)
			t.binary(6, k.least)
		}
	})
}
