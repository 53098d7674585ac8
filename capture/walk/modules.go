package walk

// findModules reads where the modules of PHP have their globals. Each internal
// function knows its module: zend_module_entry.
func (w *Walker) findModules() {
	h, ok := w.header(w.m.Word(w.eg + w.executor("function_table")))
	if !ok {
		return
	}
	const most = 1 << 24 // no module has more, in bytes
	seen := map[uint64]bool{}
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
		at, size := w.m.Word(m+w.t.Offset("zend_module_entry.globals_ptr")), w.m.Word(m+w.t.Offset("zend_module_entry.globals_size"))
		if at == 0 || size == 0 || size > most || w.m.Byte(m+w.t.Offset("zend_module_entry.zts")) != 0 {
			return
		}
		w.symbols.modules = append(w.symbols.modules, module{w.cString(w.m.Word(m + w.t.Offset("zend_module_entry.name"))), at, at + size})
	})
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
