// Package simshape writes dumps of one extreme shape, of any size and in memory
// that a bit and four bytes an item bound: what costs more than in proportion
// shows in them. Each has an ordinary twin, with as many items, references and
// nearly as many bytes, to compare with.
package simshape

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A Shape is what is extreme about a dump.
type Shape int

const (
	// List is one list of objects, $head->next->next…, as deep as the dump has
	// items. The twin has lists of 100.
	List Shape = iota
	// Classes has two items for each class: an object of its own and a number
	// that it holds. The twin has one class.
	Classes
	// Roots has two items for each global variable: an object, and a number that
	// it holds. The twin has one variable, an array of the objects.
	Roots
	// Random has objects that each refer to three others, whichever: nearly all
	// of them in one cycle. They come in the order in which a walk depth first
	// meets them, as php-meminfo writes them. What the twin's refer to is near.
	Random

	shapeCount
)

var shapeNames = [shapeCount]string{"list", "classes", "roots", "random"}

// All are the shapes.
func All() []Shape { return []Shape{List, Classes, Roots, Random} }

func (s Shape) String() string { return shapeNames[s] }

// Parse finds a shape by its name.
func Parse(name string) (Shape, error) {
	i := slices.Index(shapeNames[:], name)
	if i < 0 {
		return 0, fmt.Errorf("no shape %q: there are %s", name, strings.Join(shapeNames[:], ", "))
	}
	return Shape(i), nil
}

// Options say what Write writes. Equal Options give equal bytes.
type Options struct {
	Shape Shape
	Items int // about: at least 2
	// Ordinary asks for the twin.
	Ordinary bool
}

// Node is the id of an object of a dump, counted from 0: of a List the steps
// from $head.
func Node(i int) string { return "0x" + strconv.FormatUint(address(i), 16) }

const (
	firstAddress = 0x7f0000000000
	objectBytes  = 0x38
	groupOf      = 100 // of the twins
)

func address(i int) uint64 { return firstAddress + uint64(i)*objectBytes }

// Write writes a dump in the layout of php-meminfo. The error is that of w.
func Write(w io.Writer, o Options) error {
	d := &dumper{out: bufio.NewWriterSize(w, 256<<10)}
	bytes := o.Items * 100
	fmt.Fprintf(d.out, "{\n  \"header\" : {\n    \"memory_usage\" : %d,\n    \"memory_usage_real\" : %d,\n    \"peak_memory_usage\" : %d,\n    \"peak_memory_usage_real\" : %d\n  },\n  \"items\": {\n",
		bytes, bytes, bytes, bytes)
	switch o.Shape {
	case List:
		d.lists(o)
	case Classes, Roots:
		d.records(o)
	case Random:
		if o.Ordinary {
			d.near(o.Items)
		} else {
			d.random(o.Items)
		}
	}
	d.out.WriteString("\n}\n}\n")
	return d.out.Flush()
}

type dumper struct {
	out   *bufio.Writer
	line  []byte
	items int
}

// A child is a reference; the keys of arrays are numbers.
type child struct {
	key string
	to  uint64
}

// item writes an item. A root has a symbol, an object a class; all but numbers
// have children.
func (d *dumper) item(at uint64, typ, symbol, class string, handle int, children []child) {
	b := d.line[:0]
	if d.items > 0 {
		b = append(b, ",\n"...)
	}
	d.items++
	b = append(b, "    \"0x"...)
	b = strconv.AppendUint(b, at, 16)
	b = append(b, "\" : {\n        \"type\" : \""...)
	b = append(b, typ...)
	size := "72"
	if typ == "integer" {
		size = "16"
	}
	b = append(append(b, "\",\n        \"size\" : \""...), size...)
	if symbol != "" {
		b = append(append(b, "\",\n        \"symbol_name\" : \""...), symbol...)
		b = append(b, "\",\n        \"is_root\" : true,\n        \"frame\" : \"<GLOBAL>\"\n"...)
	} else {
		b = append(b, "\",\n        \"is_root\" : false\n"...)
	}
	if typ == "integer" {
		d.line = append(b, "\n\n    }"...)
		d.out.Write(d.line)
		return
	}
	b = append(b, ",\n"...)
	if class != "" {
		b = append(append(b, "        \"class\" : \""...), class...)
		b = append(b, "\",\n        \"object_handle\" : \""...)
		b = append(strconv.AppendInt(b, int64(handle), 10), "\",\n"...)
	}
	b = append(b, "        \"children\" : {\n"...)
	for i, c := range children {
		if i > 0 {
			b = append(b, ",\n"...)
		}
		b = append(append(b, "            \""...), c.key...)
		b = append(b, "\":\"0x"...)
		b = append(strconv.AppendUint(b, c.to, 16), '"')
		if len(b) > 64<<10 { // an array may hold millions
			d.out.Write(b)
			b = b[:0]
		}
	}
	d.line = append(b, "\n        }\n\n    }"...)
	d.out.Write(d.line)
}

// lists writes one list, or an array of short ones.
func (d *dumper) lists(o Options) {
	length := o.Items
	if o.Ordinary {
		length = groupOf
		d.array("lists", o.Items/groupOf, func(i int) child { return child{strconv.Itoa(i), address(i * groupOf)} })
	}
	for i := range o.Items / length * length {
		symbol := ""
		if i == 0 && !o.Ordinary {
			symbol = "head"
		}
		var next []child
		if (i+1)%length != 0 {
			next = []child{{"next", address(i + 1)}}
		}
		d.item(address(i), "object", symbol, "Node", i+1, next)
	}
}

// records writes objects with a number each.
func (d *dumper) records(o Options) {
	n := o.Items / 2
	if o.Shape == Classes || o.Ordinary {
		d.array("records", n, func(i int) child {
			if o.Shape == Roots {
				return child{"record_" + letters(i), address(2 * i)}
			}
			return child{strconv.Itoa(i), address(2 * i)}
		})
	}
	for i := range n {
		class, symbol := `App\\Record\\`+letters(0), ""
		if !o.Ordinary && o.Shape == Classes {
			class = `App\\Record\\` + letters(i)
		}
		if !o.Ordinary && o.Shape == Roots {
			symbol = "record_" + letters(i)
		}
		d.item(address(2*i), "object", symbol, class, i+1, []child{{"id", address(2*i + 1)}})
		d.item(address(2*i+1), "integer", "", "", 0, nil)
	}
}

// array writes a global variable.
func (d *dumper) array(symbol string, n int, element func(int) child) {
	children := make([]child, n)
	for i := range children {
		children[i] = element(i)
	}
	d.item(firstAddress-objectBytes, "array", symbol, "", 0, children)
}

var threeKeys = [3]string{"a", "b", "c"}

// near writes groups of objects that each refer to the next and to two others of
// their group.
func (d *dumper) near(items int) {
	groups := max(items/groupOf, 1)
	d.array("groups", groups, func(i int) child { return child{strconv.Itoa(i), address(i * groupOf)} })
	for i := range groups * groupOf {
		group := i / groupOf * groupOf
		var children [3]child
		for k, to := range [3]int{(i + 1) % groupOf, i % groupOf / 2, i * 7 % groupOf} {
			children[k] = child{threeKeys[k], address(group + to)}
		}
		d.item(address(i), "object", "", "Node", i+1, children[:])
	}
}

// random writes what a walk from object 0 meets, which is about 94 of 100.
func (d *dumper) random(items int) {
	seen := make([]bool, items)
	target := func(i, k int) int { return int(mix(uint64(i)*3+uint64(k)) % uint64(items)) }
	stack := []int{0}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[i] {
			continue
		}
		seen[i] = true
		symbol := ""
		if i == 0 {
			symbol = "first"
		}
		var children [3]child
		for k := range children {
			children[k] = child{threeKeys[k], address(target(i, k))}
		}
		d.item(address(i), "object", symbol, "Node", i+1, children[:])
		for k := 2; k >= 0; k-- {
			if t := target(i, k); !seen[t] {
				stack = append(stack, t)
			}
		}
	}
}

// mix is the finalizer of MurmurHash3: numbers that have nothing to do with each
// other, the same on every machine.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// letters writes a number without digits: names that differ by numbers only may
// be taken for one.
func letters(n int) string {
	var b [6]byte
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = 'a' + byte(n%26)
		n /= 26
	}
	return string(b[:])
}
