package zend

// Model prices values as one version of PHP lays them out. Its methods are
// pure and may be called from any number of goroutines.
type Model struct {
	Version Version
	// Keys says which string keys of arrays were built at run time.
	Keys KeyRule
	// Real is set for dumps whose sizes are already what was allocated (reli):
	// then every item costs the size it reports, see [Model.Reported].
	Real bool
	// Limit bounds the block that an array which shrank may have kept, for
	// [Model.ArrayBounds]: the dump's peak_memory_usage. 0 is 1 GiB.
	Limit uint64
}

// New returns the model of a version; for Auto, that of the version assumed.
func New(v Version) *Model {
	if v == Auto {
		v = Assumed
	}
	return &Model{Version: v}
}

// Layouts that are the same in all versions here (64 bit).
const (
	zval      = 16
	bucket    = 32
	hashSlot  = 4  // of the hash part of a table: uint32_t, two for each bucket
	zendArray = 56 // struct _zend_array, Zend/zend_types.h
	reference = 32 // struct _zend_reference with its type sources
	strHeader = 24 // _ZSTR_HEADER_SIZE, Zend/zend_string.h
	object    = 40 // struct _zend_object up to its property slots
	minTable  = 8  // HT_MIN_SIZE, Zend/zend_types.h
)

// Cost is what an item costs, by kind. Items are priced so that the costs of
// all of them add up to the heap: a block is in one of them only.
type Cost struct {
	Strings    uint64 // string values
	Arrays     uint64 // zend_array and bucket store
	Keys       uint64 // string keys taken for built at run time
	Objects    uint64 // the object and what its class allocates with it
	Tables     uint64 // property tables: dynamic properties, variables of closures
	References uint64 // zend_reference
}

// Total is the sum of the parts.
func (c Cost) Total() uint64 {
	return c.Strings + c.Arrays + c.Keys + c.Objects + c.Tables + c.References
}

// Add adds another cost.
func (c *Cost) Add(o Cost) {
	c.Strings += o.Strings
	c.Arrays += o.Arrays
	c.Keys += o.Keys
	c.Objects += o.Objects
	c.Tables += o.Tables
	c.References += o.References
}

// StringLen is the length of the string of a given reported size, which is that
// of a zval more.
func StringLen(reported uint64) uint64 {
	if reported <= zval {
		return 0
	}
	return reported - zval
}

// Reported is the cost of any item whose size is already real, by its type.
func (m *Model) Reported(typ []byte, size uint64) Cost {
	switch string(typ) {
	case "string":
		return Cost{Strings: size}
	case "array":
		return Cost{Arrays: size}
	default:
		return Cost{Objects: size}
	}
}

// String is what a string of that many bytes costs: header, bytes and the
// terminating zero, rounded to 8 (zend_string_alloc, Zend/zend_string.h).
// The empty and one-character strings are the engine's own (ZSTR_CHAR).
func (m *Model) String(length uint64) uint64 {
	if length <= 1 {
		return 0
	}
	if length > 1<<62 {
		length = 1 << 62
	}
	return Alloc((strHeader + length + 1 + 7) &^ 7)
}

// Resource is the least that a resource costs: zend_list_insert,
// Zend/zend_list.c. What it stands for (a stream: some 330 bytes and its
// buffers) is not in a dump.
const Resource = 32

// Reference is what a PHP reference costs: ZVAL_NEW_REF, Zend/zend_types.h.
const Reference = reference

// Hash is what an initialised hash of that capacity costs, without its
// zend_array: HT_SIZE_EX, Zend/zend_types.h. Capacities are powers of two from
// 8 on: zend_hash_check_size, Zend/zend_hash.c.
func (m *Model) Hash(capacity uint64) uint64 {
	return Alloc(pow2(capacity, minTable) * (bucket + 2*hashSlot))
}

// Packed is what the elements of a packed array of that capacity cost:
// zend_hash_real_init_packed, Zend/zend_hash.c, with a hash part of two slots
// (HT_MIN_MASK) that no one reads.
func (m *Model) Packed(capacity uint64) uint64 {
	return Alloc(pow2(capacity, minTable)*m.packedSlot() + 2*hashSlot)
}

// packedSlot is a zval from 8.2 on, before a Bucket: zend_hash_packed_grow,
// Zend/zend_hash.c.
func (m *Model) packedSlot() uint64 {
	if m.Version >= PHP82 {
		return zval
	}
	return bucket
}

// PropertyTable is what a hash of n properties or variables costs, its
// zend_array included: rebuild_object_properties, Zend/zend_object_handlers.c.
func (m *Model) PropertyTable(n uint64) uint64 { return zendArray + m.Hash(n) }

// Object is what an object with n declared properties costs:
// zend_objects_new, Zend/zend_objects.c, and zend_object_properties_size,
// Zend/zend_objects_API.h, which adds a zval for the guards of a class with
// __get, __set, __unset or __isset.
func (m *Model) Object(n uint64, guards bool) uint64 {
	if guards {
		n++
	}
	return Alloc(object + n*zval)
}

// ObjectStore is what the engine's table of all objects costs when the highest
// handle in the dump is this: it begins with 1,024 entries and doubles
// (zend_objects_store_init and zend_objects_store_put_cold,
// Zend/zend_objects_API.c). Handles start at 1 and the table never shrinks, so
// this is the least that it may have.
func ObjectStore(highest uint64) uint64 {
	if highest > 1<<32 {
		highest = 1 << 32
	}
	return Alloc(8 * pow2(highest+1, 1024))
}

// Baseline is about what memory_usage is in an empty script, its table of
// objects aside, which [ObjectStore] prices. It depends on the build and the
// extensions loaded by some tens of KB. Measured on 8.2: 389,808 without and
// 390,304 with extensions, table included; other versions are taken from there.
func (m *Model) Baseline() uint64 { return 390_304 - ObjectStore(0) }
