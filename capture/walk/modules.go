package walk

import (
	"maps"
	"slices"
	"strings"
)

// findModules reads where the modules of PHP have their globals. Each internal
// function knows its module: zend_module_entry.
func (w *Walker) findModules() {
	h, ok := w.header(w.m.Word(w.eg + w.executor("function_table")))
	if !ok {
		return
	}
	const most = 1 << 24 // no module has more, in bytes
	seen := map[uint64]bool{}
	threads := false
	w.each(&h, func(slot, _ uint64, _ int64) {
		fn := w.m.Word(slot)
		if w.m.Byte(slot+8) != w.f.pointer || w.m.Byte(fn) != internalFunction {
			return
		}
		m := w.m.Word(fn + w.t.Offset("zend_internal_function.module"))
		if m == 0 || seen[m] {
			return
		}
		seen[m] = true
		threads = threads || w.m.Byte(m+w.t.Offset("zend_module_entry.zts")) != 0
		at, size := w.m.Word(m+w.t.Offset("zend_module_entry.globals_ptr")), w.m.Word(m+w.t.Offset("zend_module_entry.globals_size"))
		if at == 0 || size == 0 || size > most || w.m.Byte(m+w.t.Offset("zend_module_entry.zts")) != 0 {
			return
		}
		w.symbols.modules = append(w.symbols.modules, module{w.cString(w.m.Word(m + w.t.Offset("zend_module_entry.name"))), at, at + size})
	})
	if !threads { // else each thread has its own
		w.findSettings()
	}
}

// findSettings reads where PHP's own settings are kept: a directive that sets a
// field of some globals knows them, and where the field is in them. It finds
// globals of parts that are no modules, assert() for instance.
func (w *Walker) findSettings() {
	h, ok := w.header(w.m.Word(w.eg + w.executor("ini_directives")))
	if !ok {
		return
	}
	const (
		argument = 16 // zend_ini_entry.mh_arg1: the offset; mh_arg2 is behind it
		most     = 1 << 16
		// A part whose fields begin later has them in another's globals, as
		// url_rewriter in those of ext/standard.
		begins = 64
	)
	found, least := map[string]module{}, map[string]uint64{}
	w.each(&h, func(slot, key uint64, _ int64) {
		part, _, dotted := strings.Cut(string(w.stringBytes(key)), ".")
		entry := w.m.Word(slot)
		at, offset := w.m.Word(entry+argument+8), w.m.Word(entry+argument)
		if !dotted || w.m.Byte(slot+8) != w.f.pointer || offset >= most || !w.isData(at) {
			return
		}
		if _, known := w.symbols.moduleAt(at); known {
			return
		}
		g, again := found[part]
		if again && g.from != at {
			g.from = 0 // it sets fields of several
		} else if !again || offset+8 > g.to-g.from {
			g = module{part, at, at + offset + 8}
		}
		found[part] = g
		if n, ok := least[part]; !ok || offset < n {
			least[part] = offset
		}
	})
	for _, part := range slices.Sorted(maps.Keys(found)) {
		// A directive of a module's that sets what is not in its globals sets
		// another's.
		if g := found[part]; g.from != 0 && least[part] <= begins && !slices.ContainsFunc(w.symbols.modules, func(m module) bool { return m.name == part }) {
			w.symbols.modules = append(w.symbols.modules, g)
		}
	}
}

// cString reads a text that ends with a NUL.
func (w *Walker) cString(a uint64) string {
	const longest = 64
	for n := uint64(0); n < longest; n++ {
		if w.m.Byte(a+n) == 0 {
			return string(w.m.Bytes(a, n))
		}
	}
	return ""
}
