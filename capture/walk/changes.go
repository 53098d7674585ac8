package walk

import (
	"strings"

	"memtrail/capture/code"
	"memtrail/dump"
)

// Code says what the program's functions can do to its variables.
func (w *Walker) Code() *dump.Code {
	types := newClassTypes(w)
	functions := w.compiled()
	if len(functions) == 0 {
		return nil
	}
	return &dump.Code{Variables: code.Variables(w.m, w.t, functions, types), Parents: types.parents()}
}

// compiled lists the functions of the program: those of the tables, those that
// are declared in others, and the code of the files that run.
func (w *Walker) compiled() []code.Function {
	all := make([]code.Function, 0, len(w.functionOrder))
	seen := make(map[uint64]bool, len(w.functionOrder))
	var add func(fn, parent uint64, class, key string, depth int)
	add = func(fn, parent uint64, class, key string, depth int) {
		const maxDepth = 64
		if w.m.Byte(fn) != userFunction || seen[fn] || depth > maxDepth {
			return
		}
		seen[fn] = true
		all = append(all, code.Function{Address: fn, Class: class, Parent: parent, Key: key, Running: w.running[w.m.Word(fn+w.f.fnOpcodes)]})
		w.eachDeclared(fn, func(inner uint64) { add(inner, fn, class, "", depth+1) })
	}
	if h, ok := w.header(w.m.Word(w.eg + w.executor("function_table"))); ok {
		w.each(&h, func(slot, key uint64, _ int64) {
			if fn := w.m.Word(slot); w.m.Byte(slot+8) == w.f.pointer && w.m.Byte(fn) == userFunction {
				add(fn, 0, "", string(w.stringBytes(key)), 0)
			}
		})
	}
	w.eachClass(func(ce uint64) {
		const trait = 1 << 1 // ZEND_ACC_TRAIT: its methods are copied to those that use it
		h, ok := w.header(ce + w.f.ceFunctions)
		if !ok || w.m.Byte(ce) != userClass || w.m.Half(ce+w.f.ceFlags)&trait != 0 {
			return
		}
		class := string(w.className(ce))
		w.each(&h, func(slot, _ uint64, _ int64) {
			if fn := w.m.Word(slot); w.m.Byte(slot+8) == w.f.pointer && w.m.Word(fn+w.f.fnScope) == ce {
				add(fn, 0, class, "", 0)
			}
		})
	})
	for fn := range w.fileCode {
		add(fn, 0, "", "", 0)
	}
	return all
}

const userClass = 2 // ZEND_USER_CLASS

// classTypes answers what the analysis of code asks about classes.
type classTypes struct {
	w         *Walker
	entries   map[string]uint64 // by lower-case name
	known     map[uint64]*classMembers
	spelled   map[string]*classMembers // by a name as it was asked for
	functions map[string]uint64        // PHP's own, by name
}

// classMembers are the properties and the program's methods of a class.
type classMembers struct {
	entry      uint64            // its zend_class_entry; 0 for a class that is not known
	properties map[string]uint64 // zend_property_info by name
	methods    map[string]bool   // by lower-case name; nil until one is asked for
}

func newClassTypes(w *Walker) *classTypes {
	t := &classTypes{w: w, entries: map[string]uint64{}, known: map[uint64]*classMembers{}, spelled: map[string]*classMembers{}}
	w.eachClass(func(ce uint64) { t.entries[strings.ToLower(string(w.className(ce)))] = ce })
	return t
}

func (t *classTypes) members(class string) *classMembers {
	m := t.spelled[class]
	if m == nil {
		m = t.membersOf(t.entry(class))
		t.spelled[class] = m
	}
	return m
}

func (t *classTypes) membersOf(ce uint64) *classMembers {
	m := t.known[ce]
	if m == nil {
		m = &classMembers{entry: ce}
		t.known[ce] = m
		if h, ok := t.w.header(ce + t.w.f.cePropInfo); ok && ce != 0 {
			m.properties = map[string]uint64{}
			t.w.each(&h, func(slot, key uint64, _ int64) { m.properties[string(t.w.stringBytes(key))] = t.w.m.Word(slot) })
		}
	}
	return m
}

// entry gives the zend_class_entry of a class, 0 for one that is not known.
func (t *classTypes) entry(class string) uint64 {
	if class == "" {
		return 0
	}
	return t.entries[strings.ToLower(class)]
}

// PropertyClass implements code.Types.
func (t *classTypes) PropertyClass(class, property string) string {
	info := t.members(class).properties[property]
	if info == 0 {
		return ""
	}
	return code.TypeName(t.w.m, t.w.t.Version, info+t.w.t.Offset("zend_property_info.type"))
}

// Declarer implements code.Types.
func (t *classTypes) Declarer(class, property string) (declarer string, private bool) {
	const accPrivate = 1 << 2
	info := t.members(class).properties[property]
	if info == 0 {
		return "", false
	}
	ce := t.w.m.Word(info + t.w.t.Offset("zend_property_info.ce"))
	return string(t.w.className(ce)), t.w.m.Half(info+4)&accPrivate != 0
}

// Parent implements code.Types.
func (t *classTypes) Parent(class string) string {
	ce := t.entry(class)
	if ce == 0 {
		return ""
	}
	return string(t.w.className(t.w.m.Word(ce + t.w.f.ceParent)))
}

// Internal implements code.Types.
func (t *classTypes) Internal(name string) uint64 {
	const internalFunction = 1
	if t.functions == nil {
		t.functions = map[string]uint64{}
		if h, ok := t.w.header(t.w.m.Word(t.w.eg + t.w.executor("function_table"))); ok {
			t.w.each(&h, func(slot, key uint64, _ int64) {
				if fn := t.w.m.Word(slot); t.w.m.Byte(fn) == internalFunction {
					t.functions[string(t.w.stringBytes(key))] = fn
				}
			})
		}
	}
	return t.functions[name]
}

// UserMethod implements code.Types.
func (t *classTypes) UserMethod(class, method string) bool {
	m := t.members(class)
	if m.methods == nil {
		m.methods = map[string]bool{}
		if h, ok := t.w.header(m.entry + t.w.f.ceFunctions); ok && m.entry != 0 {
			t.w.each(&h, func(slot, key uint64, _ int64) {
				if t.w.m.Byte(t.w.m.Word(slot)) == userFunction {
					m.methods[string(t.w.stringBytes(key))] = true
				}
			})
		}
	}
	return m.methods[method]
}

// parents gives the parent of each class of the program that has one.
func (t *classTypes) parents() map[string]string {
	all := map[string]string{}
	for _, ce := range t.entries {
		if p := t.w.m.Word(ce + t.w.f.ceParent); p != 0 && t.w.m.Byte(ce) == userClass {
			all[string(t.w.className(ce))] = string(t.w.className(p))
		}
	}
	return all
}
