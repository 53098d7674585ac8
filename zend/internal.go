package zend

// internal is a class of PHP's own, or what extends one.
type internal struct {
	size  uint64 // of its C struct up to the property slots, 0 if a plain object
	extra uint64 // what every instance allocates besides
	entry uint64 // for each child with an integer key
	shows shows
	first bool // the object is the first member of the struct, not the last
}

// shows says which children of an object are tables made for the dump.
type shows uint8

const (
	showsNothing  shows = iota
	showsClosure        // static, parameter; this is real
	showsArray          // storage is the array
	showsObjects        // storage has the entries
	showsList           // flags, dllist
	showsHeap           // flags, isCorrupted, heap
	showsQueue          // the same, of pairs
	showsElements       // SplFixedArray: its own elements
	showsWeakMap        // key and value of each entry
	showsText           // children are texts made for the dump
)

// internals are the classes known by name: the size of the object's block, as
// requested, and what its constructor allocates besides, measured on 8.2 as
// memory_get_usage() around a thousand of them. In brackets where the object
// is made. What is smaller before 8.2 is in resolve.
var internals = map[string]internal{
	"Closure": {size: 328, shows: showsClosure, first: true}, // zend_create_closure_ex, Zend/zend_closures.c

	// spl_array_object_new_ex, ext/spl/spl_array.c.
	"ArrayObject":            {size: 128, shows: showsArray},
	"ArrayIterator":          {size: 128, shows: showsArray},
	"RecursiveArrayIterator": {size: 128, shows: showsArray},

	// spl_object_storage_new_ex, ext/spl/spl_observer.c.
	"SplObjectStorage": {size: 128, shows: showsObjects},
	"MultipleIterator": {size: 128, shows: showsObjects},

	// spl_fixedarray_object_new_ex, ext/spl/spl_fixedarray.c.
	"SplFixedArray": {size: 80, entry: zval, shows: showsElements},

	// spl_dllist_object_new_ex, ext/spl/spl_dllist.c: the object and its list.
	"SplDoublyLinkedList": {size: 112, extra: 40, shows: showsList},
	"SplQueue":            {size: 112, extra: 40, shows: showsList},
	"SplStack":            {size: 112, extra: 40, shows: showsList},

	// spl_heap_object_new_ex, spl_ptr_heap_init, ext/spl/spl_heap.c: the object,
	// the heap, and 64 elements of 16 or, with priority, 32 bytes.
	"SplMinHeap":       {size: 80, extra: 56 + 1024, shows: showsHeap},
	"SplMaxHeap":       {size: 80, extra: 56 + 1024, shows: showsHeap},
	"SplPriorityQueue": {size: 80, extra: 56 + 2048, shows: showsQueue},

	// date_object_new_*, ext/date/php_date.c; dates with their timelib_time.
	"DateTime":          {size: 56, extra: 256, shows: showsText},
	"DateTimeImmutable": {size: 56, extra: 256, shows: showsText},
	"DateTimeZone":      {size: 80, shows: showsText},
	"DateInterval":      {size: 80, extra: 112, shows: showsText},
	"DatePeriod":        {size: 112, extra: 864},

	"WeakMap":       {size: 96, shows: showsWeakMap}, // zend_weakmap_create_object, Zend/zend_weakrefs.c
	"WeakReference": {size: 48},                      // zend_weakref_new, Zend/zend_weakrefs.c
	// zend_generator_create_zval, Zend/zend_generators.c: 320, and its frame,
	// which a dump does not show: 112 and up, and a closure of 384 if it is
	// the body of one.
	"Generator": {size: 320, extra: 480, first: true},
	// zend_fiber_object_create, zend_fiber_execute, Zend/zend_fibers.c: the
	// object, the closure it runs and, once started, a stack of 16 KiB.
	"Fiber": {size: 320, extra: 384 + 16400, first: true},

	// spl_dual_it_new, ext/spl/spl_iterators.c, with the iterator inside.
	"IteratorIterator":          {size: 192, extra: 96},
	"LimitIterator":             {size: 192, extra: 96},
	"InfiniteIterator":          {size: 192, extra: 96},
	"NoRewindIterator":          {size: 192, extra: 96},
	"AppendIterator":            {size: 192, extra: 280},
	"CachingIterator":           {size: 192, extra: 152},
	"CallbackFilterIterator":    {size: 192, extra: 208},
	"RecursiveIteratorIterator": {size: 112, extra: 232},

	// spl_filesystem_object_new_ex, ext/spl/spl_directory.c: a directory entry
	// has room for the longest path.
	"SplFileInfo":       {size: 8192, extra: 32},
	"SplFileObject":     {size: 8192, extra: 560},
	"SplTempFileObject": {size: 8192, extra: 850},

	// reflection_objects_new, ext/reflection/php_reflection.c.
	"ReflectionClass":     {size: 96},
	"ReflectionObject":    {size: 96},
	"ReflectionEnum":      {size: 96},
	"ReflectionFunction":  {size: 96},
	"ReflectionMethod":    {size: 112},
	"ReflectionProperty":  {size: 112, extra: 16},
	"ReflectionNamedType": {size: 80, extra: 24},
	"ReflectionParameter": {size: 96, extra: 24},

	// Extensions: what they take of PHP's heap; libraries have their own.
	"SimpleXMLElement": {size: 112, extra: 96, shows: showsText},
	"DOMDocument":      {size: 112, extra: 704, shows: showsText},
	"DOMElement":       {size: 112, extra: 40, shows: showsText},
	"DOMAttr":          {size: 112, extra: 40, shows: showsText},
	"DOMText":          {size: 112, extra: 40, shows: showsText},
	"PDO":              {size: 64, extra: 296},
	"PDOStatement":     {size: 320, extra: 88},
	"CurlHandle":       {size: 320, extra: 608},
	"CurlMultiHandle":  {size: 128},
	"GMP":              {size: 56, shows: showsText},
	"HashContext":      {size: 96, extra: 112},
	"XMLReader":        {size: 320},
	"XMLWriter":        {size: 56},
	"XMLParser":        {size: 576},
}

// IsInternal reports whether a class is known as one of PHP's own.
func IsInternal(class string) bool {
	_, ok := internals[class]
	return ok
}

// resolve gives what is known of a class by its name.
func resolve(name string, v Version) (internal, bool) {
	r, ok := internals[name]
	if name == "Closure" && v < PHP81 {
		r.size = 320 // zend_op_array without dynamic_func_defs, Zend/zend_compile.h
	}
	return r, ok
}
