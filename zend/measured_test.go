package zend_test

import (
	"fmt"
	"strings"
	"testing"

	"memtrail/zend"
)

// What memory_get_usage() grew by, on PHP 8.2.36, for one of a thousand values
// that the expression gave, kept in an array that was there before. The keys
// and addresses are as a dump would show them.

func TestMeasuredStrings(t *testing.T) {
	m := zend.New(zend.PHP82)
	for _, tt := range []struct {
		php  string
		len  int
		want uint64
	}{
		{`chr(65 + $i % 26)`, 1, 0},
		{`"s$i"`, 4, 32},
		{`$a = str_repeat('x', 99); $a . 'y'`, 100, 128},
		{`md5("$i")`, 32, 64},
		{`hash('sha256', "$i")`, 64, 96},
		{`random_bytes(100)`, 100, 128},
		{`serialize(['a' => $i])`, 20, 56},
		{`implode(',', range(10000, 10009))`, 59, 96},
		{`uniqid()`, 13, 48},
	} {
		got := m.String(uint64(tt.len))
		// serialize and uniqid leave room of up to 8 bytes.
		if got != tt.want && got+8 != tt.want {
			t.Errorf("%s: %d, want %d", tt.php, got, tt.want)
		}
	}
	// sprintf('%d abc', $i) 320, str_repeat('x', 100) 160, str_repeat('x', 7) 40.
	for n, high := range map[uint64]uint64{7: 320, 100: 160, 2: 40} {
		if b := m.StringBounds(n); !b.Contain(high) {
			t.Errorf("bounds of a string of %d are %+v, without %d", n, b, high)
		}
	}
}

const base = 0x7f0000201000 // of a block

// list gives an array of int keys, whose elements lie in a packed store or a
// hash, or are objects.
func list(where string, keys ...int) *zend.Array {
	a := &zend.Array{}
	a.Reset()
	for i, k := range keys {
		switch where {
		case "packed":
			a.Add(fmt.Append(nil, k), base+8+16*uint64(k), zend.Unknown)
		case "hash":
			a.Add(fmt.Append(nil, k), base+hashPart(len(keys))+32*uint64(i), zend.Unknown)
		case "wide":
			a.Add(fmt.Append(nil, k), base+8+32*uint64(k), zend.Unknown)
		case "objects":
			a.Add(fmt.Append(nil, k), base+0x10000+56*uint64(i), zend.IsObject)
		case "unknown objects":
			a.Add(fmt.Append(nil, k), base+0x10000+96*uint64(i), zend.Unknown)
		}
	}
	return a
}

func hashPart(n int) uint64 {
	c := 8
	for c < n {
		c *= 2
	}
	return uint64(8 * c)
}

func keyed(keys ...string) *zend.Array {
	a := &zend.Array{}
	a.Reset()
	for i, k := range keys {
		a.Add([]byte(k), base+hashPart(len(keys))+32*uint64(i), zend.IsValue)
	}
	return a
}

func upTo(from, to int) (ks []int) {
	for k := from; k <= to; k++ {
		ks = append(ks, k)
	}
	return ks
}

func TestMeasuredArrays(t *testing.T) {
	m := zend.New(zend.PHP82)
	letters := strings.Split("aa ab ac ad ae af ag ah ai", " ")
	for _, tt := range []struct {
		php  string
		a    *zend.Array
		want uint64
	}{
		{`[]`, list("packed"), 0},
		{`[$i]`, list("packed", 0), 216},
		{`[$i, $i]`, list("packed", 0, 1), 216},
		{`[$i, 1, 2, 3, 4, 5, 6, 7, 8]`, list("packed", upTo(0, 8)...), 376},
		{`['a' => $i]`, keyed("a"), 376},
		{`['aa' => $i, … 8]`, keyed(letters[:8]...), 376},
		{`['aa' => $i, … 9]`, keyed(letters...), 696},
		{`["key_$i" => $i]`, keyed("key_123"), 408},
		{`[1000000 + $i => 1]`, list("hash", 1000001), 376},
		{`[7 => $i]`, list("packed", 7), 216},
		{`[8 => $i]`, list("objects", 8), 376},
		{`$a = []; $a[100] = $i`, list("objects", 100), 376},
		{`$a = [1 => $i]; $a[] = 1; $a[] = 2`, list("packed", 1, 2, 3), 216},
		{`for ($k = 1; $k <= 8; $k++) $a[$k] = $i`, list("packed", upTo(1, 8)...), 376},
		{`eight, then $a[15]`, list("objects", append(upTo(0, 7), 15)...), 376},
		{`eight, then $a[16]`, list("objects", append(upTo(0, 7), 16)...), 696},
		{`for ($k = 3; $k >= 0; $k--) $a[$k] = $i`, list("hash", 3, 2, 1, 0), 376},
		{`range(1, 100)`, list("packed", upTo(0, 99)...), 2616},
		{`array_fill(5, 100, $i)`, list("packed", upTo(5, 104)...), 2616},
		{`array_fill(1000, 10, $i)`, list("hash", upTo(1000, 1009)...), 696},
		{`array_filter(range(0, 99), fn($x) => $x < 3)`, list("packed", 0, 1, 2), 216},
		{`array_filter(range(0, 99), fn($x) => $x > 96)`, list("hash", 97, 98, 99), 376},
		{`array_flip(range(10, 19))`, list("hash", upTo(10, 19)...), 696}, // PHP has 1336: that cannot be seen
		{`$a = [$i, 1, 2]; unset($a[1])`, list("objects", 0, 2), 216},
		{`the same with objects`, list("unknown objects", upTo(0, 8)...), 376},
		{`$a = [$i, 1, 2]; $a['x'] = 1`, keyed("0", "1", "2", "x"), 376},
	} {
		if got := m.ArrayCost(tt.a).Total(); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.php, got, tt.want)
		}
	}
	// Before 8.2 an element of a packed array was a bucket.
	old := zend.New(zend.PHP81)
	if got := old.ArrayCost(list("wide", upTo(0, 8)...)).Total(); got != 56+640 {
		t.Errorf("packed array of nine on 8.1: %d", got)
	}
}

func TestKeys(t *testing.T) {
	numbered := func(n int) (ks []string) {
		for i := range n {
			ks = append(ks, fmt.Sprint("key_", i))
		}
		return ks
	}
	words := strings.Fields(strings.Repeat("name title ", 32) + "one more")
	for _, tt := range []struct {
		keys []string
		rule zend.KeyRule
		want uint64
	}{
		{[]string{"id", "name", "address1", "sha1"}, zend.KeysAuto, 0},
		{[]string{"id", "name"}, zend.KeysBuilt, 64},
		{[]string{"i", ""}, zend.KeysBuilt, 0},
		{[]string{"user_1234"}, zend.KeysAuto, 40},
		{[]string{strings.Repeat("x", 1023)}, zend.KeysAuto, 0},
		{[]string{strings.Repeat("x", 1024), "id"}, zend.KeysAuto, 1280},
		{[]string{strings.Repeat("x", 1024)}, zend.KeysLiteral, 0},
		{numbered(8), zend.KeysAuto, 0},
		{numbered(9), zend.KeysAuto, 9 * 32},
		{numbered(100), zend.KeysLiteral, 0},
		{words[:64], zend.KeysAuto, 0},
		{words, zend.KeysAuto, 66 * 32},
	} {
		m := &zend.Model{Version: zend.PHP82, Keys: tt.rule}
		if got := m.ArrayCost(keyed(tt.keys...)).Keys; got != tt.want {
			t.Errorf("%d keys like %s: %d, want %d", len(tt.keys), tt.keys[0], got, tt.want)
		}
	}
}

// shape is an object: its properties inside, then those in its table, then
// objects that it holds.
func shape(m *zend.Model, class string, inside, dynamic int, shown ...string) zend.Cost {
	c := m.Class(class)
	o := &zend.Object{}
	const id = 0x7f0000300058
	o.Reset(id)
	for i := range inside {
		o.Add(fmt.Appendf(nil, "p%d", i), id+40+16*uint64(i), zend.IsValue)
	}
	for i := range dynamic {
		o.Add(fmt.Appendf(nil, "d%d", i), base+0x40+32*uint64(i), zend.IsValue)
	}
	for i, k := range shown {
		o.Add([]byte(k), base+0x8000+32*uint64(i), zend.IsValue)
	}
	m.Recognise(c, o)
	c.Learn(o)
	return m.ObjectCost(c, o)
}

func TestMeasuredObjects(t *testing.T) {
	m := zend.New(zend.PHP82)
	for _, tt := range []struct {
		php             string
		class           string
		inside, dynamic int
		shown           string
		more            uint64 // what the tables add
		want            uint64
	}{
		{php: `class P0 {}`, class: "P0", want: 40},
		{php: `class P1 { public $a; }`, class: "P1", inside: 1, want: 56},
		{php: `three properties`, class: "P3", inside: 3, want: 96},
		{php: `eight`, class: "P8", inside: 8, want: 192},
		{php: `new stdClass`, class: "stdClass", want: 40},
		{php: `two dynamic`, class: "stdClass", dynamic: 2, want: 416},
		{php: `nine dynamic`, class: "stdClass", dynamic: 9, want: 736},
		{php: `new P1; $o->dyn = $i`, class: "P1", inside: 1, dynamic: 1, want: 432},
		{php: `new P8; $o->dyn = $i`, class: "P8", inside: 8, dynamic: 1, want: 888},
		{php: `function() {}`, class: "Closure", want: 384},
		{php: `fn() => $i`, class: "Closure", shown: "static", more: m.Shown(zend.Variables, 1), want: 760},
		{php: `nine used`, class: "Closure", shown: "static", more: m.Shown(zend.Variables, 9), want: 1080},
		{php: `new ArrayObject`, class: "ArrayObject", shown: "storage", want: 184},
		{php: `class EA2 extends ArrayObject { public $x; }`, class: "EA2", inside: 1, shown: "storage", want: 216},
		{php: `new SplObjectStorage`, class: "SplObjectStorage", shown: "storage", want: 128},
		{php: `with one`, class: "SplObjectStorage", shown: "storage", more: m.Shown(zend.Objects, 1), want: 512 - 40},
		{php: `with 17`, class: "SplObjectStorage", shown: "storage", more: m.Shown(zend.Objects, 17), want: 2496 - 17*40},
		{php: `new SplFixedArray(0)`, class: "SplFixedArray", want: 80},
		{php: `new SplFixedArray(5)`, class: "SplFixedArray", shown: "0 1 2 3 4", want: 160},
		{php: `new SplQueue`, class: "SplQueue", shown: "flags dllist", want: 152},
		{php: `with ten`, class: "SplQueue", shown: "flags dllist", more: m.Shown(zend.Nodes, 10), want: 472},
		{php: `class Q extends SplQueue {}`, class: "Q", shown: "flags dllist", want: 152},
		{php: `SplMinHeap of 64`, class: "SplMinHeap", more: m.Shown(zend.Heap, 64), want: 1160},
		{php: `of 65`, class: "SplMinHeap", more: m.Shown(zend.Heap, 65), want: 2184},
		{php: `SplPriorityQueue of 1`, class: "SplPriorityQueue", want: 2184},
		{php: `of 65`, class: "SplPriorityQueue", more: m.Shown(zend.Priorities, 65), want: 4232},
		{php: `new DateTime('2020-01-01')`, class: "DateTime", shown: "date timezone_type timezone", want: 312},
		{php: `class D extends DateTime {}`, class: "D", shown: "date timezone_type timezone", want: 312},
		{php: `new DateTimeZone('UTC')`, class: "DateTimeZone", want: 80},
		{php: `new DateInterval('P1D')`, class: "DateInterval", want: 192},
		{php: `new WeakMap`, class: "WeakMap", want: 96},
		{php: `WeakReference::create($o)`, class: "WeakReference", want: 48},
		{php: `new Exception: the object`, class: "Exception", inside: 7, want: 160},
		{php: `new PDO('sqlite::memory:')`, class: "PDO", want: 360},
		{php: `$pdo->prepare('select 1')`, class: "PDOStatement", want: 408},
		{php: `curl_init()`, class: "CurlHandle", want: 928},
		{php: `new LimitIterator: the object`, class: "LimitIterator", want: 288},
		{php: `new CachingIterator: the object`, class: "CachingIterator", want: 344},
		{php: `new SimpleXMLElement('<a><b/></a>')`, class: "SimpleXMLElement", want: 208},
		{php: `new DOMDocument`, class: "DOMDocument", want: 816},
		{php: `new ReflectionProperty`, class: "ReflectionProperty", want: 128},
	} {
		got := shape(m, tt.class, tt.inside, tt.dynamic, strings.Fields(tt.shown)...).Total() + tt.more
		if got != tt.want {
			t.Errorf("%s: %s: %d, want %d", tt.class, tt.php, got, tt.want)
		}
	}
	if m := zend.New(zend.PHP80); shape(m, "Closure", 0, 0).Total() != 320 {
		t.Error("a closure of 8.0 has 320 bytes")
	}
}

func TestObjectStore(t *testing.T) {
	for handle, want := range map[uint64]uint64{0: 8192, 1023: 8192, 1024: 16384, 2027: 16384, 10027: 131072} {
		if got := zend.ObjectStore(handle); got != want {
			t.Errorf("highest handle %d: %d, want %d", handle, got, want)
		}
	}
}
