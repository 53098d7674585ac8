// Package changes says which code can add to the place where something
// accumulates, and which can remove from it.
//
// A capture has the sites by variable, see [dump.Code]; here they are looked up
// by the way from a root to the place:
//
//  1. From the place up, the steps through arrays and PHP's own containers are
//     counted: that many elements deep a site must write.
//  2. The step that is left names the variable: a property of the object before
//     it, what a closure has bound, a static, a global, a variable of a frame.
//  3. Sites of a property are those of the class that declares it and of its
//     parents and children, as far as their $this may be the object.
package changes

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/analysis"
	"memtrail/dump"
)

// holder is the variable that a path leads through last.
type holder struct {
	kind  dump.VariableKind
	of    string // class or function
	name  string
	depth int // elements between the variable and what is held at the place
	chain bool
}

// At gives the sites that can change what is held at the end of a path; nil if
// there is no code, or none is known for the place. The path of a chain leads to
// its first object, which another takes the place of when the chain grows.
func At(path []analysis.PathStep, chain bool, code *dump.Code) *analysis.Changes {
	if code == nil || len(path) == 0 {
		return nil
	}
	depth := 1
	if chain || path[len(path)-1].Item.Type == "string" {
		depth = 0
	}
	h, ok := holderOf(path, depth)
	h.chain = chain
	if !ok {
		return nil
	}
	return find(h, code)
}

// Frames gives the sites at which a function, as a frame is called, calls itself.
func Frames(frame string, code *dump.Code) *analysis.Changes {
	if code == nil || frame == "" {
		return nil
	}
	return find(holder{kind: dump.FunctionFrames, of: functionName(frame)}, code)
}

// holderOf goes up a path to the variable.
func holderOf(path []analysis.PathStep, depth int) (holder, bool) {
	for i := len(path) - 1; i > 0; i-- {
		step, before := &path[i], &path[i-1].Item
		switch {
		case step.Label == "…":
			return holder{}, false
		case before.Type != "object":
			// "static" and its elements are one step of a closure.
			if i > 1 && path[i-1].Key == "static" && path[i-2].Item.Class == closureClass {
				return holder{kind: dump.FunctionStatic, name: step.Key, depth: depth}, true
			}
			depth++
		case before.Class == closureClass:
			return holder{kind: dump.FunctionStatic, name: strings.TrimPrefix(step.Key, "$"), depth: depth}, true
		case before.Class == generatorClass || before.Class == fiberClass:
			return holder{kind: dump.LocalVariable, name: lastVariable(step.Key), depth: depth}, true
		case inside[step.Key] && isContainer(before.Class):
			// The container's elements are the object's.
		case isContainer(before.Class):
			depth++
		default:
			return holder{kind: dump.PropertyVariable, of: before.Class, name: step.Key, depth: depth}, true
		}
	}
	if list, ok := engineList(&path[0]); ok {
		return holder{kind: dump.EngineList, name: list}, true
	}
	return rootHolder(&path[0].Item, depth)
}

// engineList is the list of the engine's that a path begins with, as the code
// that changes it calls it: "shutdown functions" also of "shutdown function #3".
func engineList(step *analysis.PathStep) (string, bool) {
	label := step.Label
	switch {
	case strings.HasPrefix(label, "code of eval()"):
		return "code of eval()", true
	case strings.HasPrefix(label, "(native: ") && strings.Contains(label, ") libxml"):
		return "libxml errors", true
	case step.Item.Frame == "<CONSTANT>":
		return "constants", true
	case step.Item.Frame == "<ENGINE>":
		return label, true
	}
	list, _, numbered := strings.Cut(label, " #")
	return list + "s", numbered && step.Item.Frame == ""
}

// Classes whose contents are no properties of the program's.
const (
	closureClass   = "Closure"
	generatorClass = "Generator"
	fiberClass     = "Fiber"
)

// inside are the keys by which PHP's own containers show their elements, see
// docs/format.md.
var inside = map[string]bool{"storage": true, "dllist": true, "heap": true, "iterators": true, "cache": true}

// containers are PHP's own, ext/spl and Zend.
var containers = map[string]bool{
	"ArrayObject": true, "ArrayIterator": true, "RecursiveArrayIterator": true, "SplObjectStorage": true, "SplDoublyLinkedList": true, "SplQueue": true, "SplStack": true,
	"SplHeap": true, "SplMinHeap": true, "SplMaxHeap": true, "SplPriorityQueue": true, "SplFixedArray": true, "WeakMap": true,
	"MultipleIterator": true, "CachingIterator": true, "RecursiveCachingIterator": true, "AppendIterator": true,
}

func isContainer(class string) bool { return containers[class] }

// lastVariable is the variable in a key like "f() $x".
func lastVariable(key string) string { return key[strings.LastIndexByte(key, '$')+1:] }

// rootHolder is the variable that a root is.
func rootHolder(root *analysis.Item, depth int) (holder, bool) {
	const static = "<STATIC_VARIABLE("
	frame, symbol := root.Frame, strings.TrimPrefix(root.Symbol, "$")
	switch {
	case frame == "<GLOBAL>":
		return holder{kind: dump.GlobalVariable, name: symbol, depth: depth}, true
	case frame == "<CLASS_STATIC_MEMBER>":
		i := strings.LastIndex(root.Symbol, "::")
		if i < 0 {
			return holder{}, false
		}
		return holder{kind: dump.StaticProperty, of: root.Symbol[:i], name: strings.TrimPrefix(root.Symbol[i+2:], "$"), depth: depth}, true
	case strings.HasPrefix(frame, static):
		return holder{kind: dump.FunctionStatic, of: strings.TrimSuffix(strings.TrimPrefix(frame, static), ")>") + "()", name: symbol, depth: depth}, true
	case strings.HasPrefix(frame, "<"):
		return holder{}, false
	}
	return holder{kind: dump.LocalVariable, of: functionName(frame), name: symbol, depth: depth}, true
}

// functionName turns the name of a frame, "C->m()", into that of a function in
// code, "C::m()".
func functionName(frame string) string { return strings.Replace(frame, "->", "::", 1) }

// find gathers the sites of a holder.
func find(h holder, code *dump.Code) *analysis.Changes {
	var out analysis.Changes
	lineage := lineageOf(h.of, code.Parents)
	for _, v := range code.Variables {
		if !h.matches(&v, lineage) {
			continue
		}
		for _, list := range []struct {
			to    *[]dump.Site
			sites []dump.Site
			fits  func(depth int) bool
		}{
			{&out.Adds, v.Adds, func(depth int) bool { return depth == h.depth || depth == 0 }},
			{&out.Removes, v.Removes, func(depth int) bool { return depth <= h.depth }},
			{h.others(&out), v.Other, func(depth int) bool { return depth <= h.depth }},
		} {
			for _, s := range list.sites {
				mine := s.Self == "" || h.kind != dump.PropertyVariable || slices.Contains(lineage, s.Self)
				if mine && list.fits(s.Depth) && !slices.Contains(*list.to, s) {
					*list.to = append(*list.to, s)
				}
			}
		}
	}
	if len(out.Adds) == 0 {
		return nil
	}
	h.sort(out.Adds, lineage)
	h.sort(out.Removes, lineage)
	return &out
}

// others is what sites count as that replace the whole: a chain grows by them.
func (h *holder) others(c *analysis.Changes) *[]dump.Site {
	if h.chain {
		return &c.Adds
	}
	return &c.Other
}

// matches reports whether a variable of the code is the one that is held.
func (h *holder) matches(v *dump.Variable, lineage []string) bool {
	if v.Kind != h.kind || v.Name != h.name {
		return false
	}
	switch h.kind {
	case dump.PropertyVariable, dump.StaticProperty:
		return slices.Contains(lineage, v.Of)
	case dump.GlobalVariable:
		return true
	case dump.FunctionStatic, dump.LocalVariable:
		// A closure, a generator and a fiber do not say what function they are of.
		return v.Of == h.of || h.of == "" && (h.kind == dump.LocalVariable || strings.Contains(v.Of, "{closure}"))
	}
	return v.Of == h.of
}

// lineageOf lists a class and its parents.
func lineageOf(class string, parents map[string]string) []string {
	const most = 64
	all := []string{class}
	for p, ok := parents[class]; ok && len(all) < most; p, ok = parents[p] {
		all = append(all, p)
	}
	return all
}

// sort puts the sites first that write just as deep, then those in methods of
// the object's own class, then of its parents.
func (h *holder) sort(sites []dump.Site, lineage []string) {
	rank := func(s *dump.Site) int {
		n := len(lineage)
		for i, class := range lineage {
			if class != "" && strings.HasPrefix(s.Function, class+"::") {
				n = i
				break
			}
		}
		if s.Depth != h.depth {
			n += 1 << 8
		}
		if strings.HasSuffix(s.Function, "::__construct()") {
			n += 1 << 7 // runs once for an object
		}
		return n
	}
	slices.SortStableFunc(sites, func(a, b dump.Site) int { return cmp.Compare(rank(&a), rank(&b)) })
}
