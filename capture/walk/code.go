package walk

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"memtrail/capture/zendmm"
	"memtrail/dump"
)

// codeUnit is a class or a function, with what its code takes.
type codeUnit struct {
	address uint64
	name    string
	file    *codeFile
	line    uint32
	end     uint32
	class   uint64      // of a method, its class
	methods []*codeUnit // of a class, those that are declared in its file
	isClass bool
	bytes   uint64
}

// codeFile is a file of the program, with the code that is declared in it.
type codeFile struct {
	name    string
	units   []*codeUnit // but methods of classes here
	symbols []dump.Symbol
}

// program is the code of a program, in the order in which it was found.
type program struct {
	units []*codeUnit
	at    map[uint64]*codeUnit // by address
	files map[string]*codeFile
	spare []codeUnit // room for the next
}

// add notes a class or function.
func (p *program) add(unit codeUnit) {
	if len(p.spare) == 0 {
		p.spare = make([]codeUnit, 128)
	}
	u := &p.spare[0]
	p.spare = p.spare[1:]
	*u = unit
	p.units = append(p.units, u)
	p.at[u.address] = u
}

// file gives the file of a name.
func (p *program) file(name []byte) *codeFile {
	f := p.files[string(name)]
	if f == nil {
		f = &codeFile{name: string(name)}
		p.files[f.name] = f
	}
	return f
}

// code marks what the compiler made: what the classes and functions in its
// arenas lead to, and their caches. What functions have alone is theirs; what
// several lead to, like an interned string, is the first's.
func (w *Walker) code() {
	p := &program{at: make(map[uint64]*codeUnit, len(w.functionOrder)), files: map[string]*codeFile{}}
	w.program = p
	for _, fn := range w.functionOrder {
		w.addFunction(fn)
	}
	w.eachClass(func(ce uint64) {
		if w.m.Byte(ce) == userFunction { // ZEND_USER_CLASS is the same number
			w.addClass(ce)
		}
	})
	w.eachArena(w.findOrphans)
	var u *codeUnit // at hand
	s := &scanner{w: w, kind: kCode, code: true, bytes: func(n uint64, k kind) {
		if k == kCode {
			u.bytes += n
		}
	}}
	s.value = func(v pending) { w.literal(v, s, 0) }
	for _, u = range p.units {
		if u.isClass {
			w.classCode(u, s)
			continue
		}
		w.argInfo(u.address, s)
		if n := w.ownBlock(u.address); n > 0 {
			u.bytes += w.charge(u.address, kCode)
		}
		s.run(u.address, u.address+w.f.fnSize)
	}
	u = &codeUnit{}
	w.eachArena(s.run)
	w.caches(s)
}

// eachArena gives the used part of each arena of the compiler's.
func (w *Walker) eachArena(f func(from, to uint64)) {
	const head = 24 // zend_arena: where the next goes, the end, the previous
	for p := w.m.Word(w.cg + w.compiler("arena")); p != 0; p = w.m.Word(p + 16) {
		b, ok := w.h.Find(p)
		if !ok || b.Start != p {
			return
		}
		f(p+head, min(w.m.Word(p), p+b.Size))
	}
}

// addFunction notes a function that lies in the heap, and where it is declared.
func (w *Walker) addFunction(fn uint64) {
	if w.program.at[fn] != nil {
		return
	}
	name := w.m.Word(fn + w.f.fnName)
	u := codeUnit{
		address: fn, name: string(w.stringBytes(name)), file: w.program.file(w.fileText(w.m.Word(fn + w.f.fnFile))),
		line: w.m.Half(fn + w.f.fnLine), end: w.m.Half(fn + w.f.fnEnd), class: w.m.Word(fn + w.f.fnScope),
	}
	if name != 0 && !w.isLeft(name) {
		u.name = "{freed}"
	}
	w.program.add(u)
}

func (w *Walker) addClass(ce uint64) {
	const lineStart, lineEnd = 8, 12 // zend_class_entry.info.user, behind the file's name
	w.program.add(codeUnit{
		address: ce, name: string(w.className(ce)), file: w.program.file(w.stringBytes(w.m.Word(ce + w.f.ceInfo))),
		line: w.m.Half(ce + w.f.ceInfo + lineStart), end: w.m.Half(ce + w.f.ceInfo + lineEnd), isClass: true,
	})
}

// classCode marks a class's own tables.
func (w *Walker) classCode(u *codeUnit, s *scanner) {
	ce := u.address
	if n := w.ownBlock(ce); n > 0 {
		u.bytes += w.charge(ce, kCode)
	}
	s.run(ce, ce+w.t.Size("zend_class_entry"))
	for _, field := range []uint64{w.f.ceFunctions, w.f.cePropInfo, w.f.ceConstants} {
		h, ok := w.header(ce + field)
		if !ok || h.flags&hashEmpty != 0 {
			continue
		}
		u.bytes += w.charge(h.store(), kCode)
		w.each(&h, func(_, key uint64, _ int64) {
			if key != 0 {
				u.bytes += w.charge(key, kCode)
			}
		})
	}
}

// findOrphans looks in an arena for functions that no table has: those of
// closures that eval() made before 8.2. Nobody frees what an arena has, until
// the request ends.
func (w *Walker) findOrphans(from, to uint64) {
	var b []byte
	if from < to && w.m.Copies(from, to-from) {
		b = w.m.Bytes(from, to-from)
	}
	for a := from; a+w.f.fnSize <= to; a += 8 {
		if b != nil && b[a-from] != userFunction {
			continue
		}
		if w.m.Byte(a) == userFunction && w.program.at[a] == nil && w.isFunction(a) {
			w.addFunction(a)
			a += w.f.fnSize - 8
		}
	}
}

// isFunction reports whether an address is that of a zend_op_array, by its
// name, its file and lines.
func (w *Walker) isFunction(a uint64) bool {
	const mostLines = 1 << 24
	name, file, opcodes := w.m.Word(a+w.f.fnName), w.m.Word(a+w.f.fnFile), w.m.Word(a+w.f.fnOpcodes)
	line, end := w.m.Half(a+w.f.fnLine), w.m.Half(a+w.f.fnEnd)
	if opcodes == 0 || opcodes&7 != 0 || line > end || end >= mostLines {
		return false
	}
	return w.isText(file) && (name == 0 || w.isText(name)) || bytes.HasSuffix(w.fileText(file), []byte(evaluated))
}

// fileText is the text of a file's name, which may be freed. Since 8.4 a free
// block has a copy of its link in its last bytes, over the end of the name; that
// end is known where eval() gave it.
func (w *Walker) fileText(s uint64) []byte {
	const text, link, longest = 24, 8, 4 << 10
	n := w.m.Word(s + 16)
	b, ok := w.h.Slot(s)
	if w.f.version < 80400 || !ok || b.Start != s || *b.State != zendmm.Free || n > longest || text+n+1 <= b.Size-link {
		if !w.isLeft(s) {
			return nil
		}
		return w.stringBytes(s)
	}
	if n < uint64(len(evaluated)) || text+n+1 > b.Size {
		return nil
	}
	left := w.m.Bytes(s+text, min(n, b.Size-link-text))
	origin := n - uint64(len(evaluated))
	if uint64(len(left)) <= origin || !strings.HasPrefix(evaluated, string(left[origin:])) {
		return nil
	}
	return append(slices.Clone(left[:origin]), evaluated...)
}

// evaluated is how the names of files end that eval() gives to its code.
const evaluated = " : eval()'d code"

// isLeft reports whether the text of a zend_string still lies at an address: the
// string may be freed, which overwrites its header alone. Of a function that is
// left in an arena that is so.
func (w *Walker) isLeft(s uint64) bool {
	const longest = 4 << 10
	if s == 0 || s&7 != 0 {
		return false
	}
	n := w.m.Word(s + 16)
	return n > 0 && n <= longest && w.m.Bytes(s+24, n+1) != nil && w.m.Byte(s+24+n) == 0
}

// isText reports whether a zend_string that is not empty lies at an address.
func (w *Walker) isText(s uint64) bool {
	return w.isLeft(s) && w.m.Byte(s+4)&15 == isString
}

// arenaShares gives the bytes of the arenas to what lies in them: each class and
// function has what is between it and the next, as the compiler allocates the
// parts of one behind each other.
func (w *Walker) arenaShares() (rest uint64) {
	var all []*codeUnit
	for _, u := range w.program.units {
		if w.ownBlock(u.address) == 0 {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b *codeUnit) int { return cmp.Compare(a.address, b.address) })
	w.eachArena(func(from, to uint64) {
		b, _ := w.h.Find(from)
		rest += b.Size
		i, _ := slices.BinarySearchFunc(all, from, func(u *codeUnit, a uint64) int { return cmp.Compare(u.address, a) })
		for ; i < len(all) && all[i].address < to; i++ {
			end := to
			if i+1 < len(all) {
				end = min(end, all[i+1].address)
			}
			all[i].bytes += end - all[i].address
			rest -= end - all[i].address
		}
	})
	return rest
}

// giveCode gives the code below its group: by file, then class, then function.
// What no function or class of the program has is the group's own. Code that
// lies in opcache's shared memory takes nothing here, and is no item.
func (w *Walker) giveCode() {
	total := uint64(0)
	w.h.Each(func(b zendmm.Block) {
		if s := *b.State; s&kindMask == kCode && s&(garbage|lostOnly) == 0 {
			total += b.Size
		}
	})
	w.arenaShares()
	w.listSources()
	for _, u := range w.program.units {
		if class := w.program.at[u.class]; !u.isClass && class != nil && class.isClass && class.file == u.file {
			class.methods = append(class.methods, u)
			continue
		}
		u.file.units = append(u.file.units, u)
	}
	all := &embedded{}
	given := uint64(0)
	for _, name := range sortedKeys(w.program.files) {
		file := w.program.files[name]
		f := &embedded{typ: typeFile}
		f.kids.grow(len(file.units))
		for _, u := range file.units {
			given += w.giveUnit(f, u)
		}
		if len(f.kids.ids) > 0 {
			id := file.units[0].address + 8 // where the name of a class or function lies
			w.synthetic[id] = f
			w.embed(all, []byte(codeKey(name)), id, pend(id, isEmbedded))
		}
	}
	all.alloc = total - min(given, total)
	w.newGroup(w.groupID(), groupCode, all)
	w.visitRoots()
}

// giveUnit adds a function, or a class with its methods, to what holds it, if
// it takes anything.
func (w *Walker) giveUnit(to *embedded, u *codeUnit) uint64 {
	p := pend(u.address, isCode)
	sum := u.bytes
	if u.isClass {
		e := &embedded{typ: typeClass, alloc: u.bytes, size: u.bytes}
		e.kids.grow(len(u.methods))
		for _, m := range u.methods {
			sum += w.giveUnit(e, m)
		}
		if sum > 0 {
			w.synthetic[u.address] = e
			p = pend(u.address, isEmbedded)
		}
	}
	if sum > 0 {
		w.embed(to, u.key(to), u.address, p)
	}
	return sum
}

// visitFunction gives the code of a function.
func (w *Walker) visitFunction(fn uint64) {
	w.begin(fn, isArray)
	w.item.Fields |= dump.HasChildren
	w.item.Type = typeFunction
	w.item.Size, w.item.Alloc = w.program.at[fn].bytes, w.program.at[fn].bytes
	w.give()
}

// key is how what holds a class or function calls it: by its name, a closure by
// its line; and what has the name of another by a number besides.
func (u *codeUnit) key(in *embedded) []byte {
	name := u.name
	switch {
	case name == "":
		name = "{main}"
	case name == "{closure}":
		name = "{closure:" + strconv.FormatUint(uint64(u.line), 10) + "}"
	}
	if in.named == nil {
		in.named = map[string]int{}
	}
	n := in.named[name] + 1
	in.named[name] = n
	at := len(in.keys)
	in.keys = append(in.keys, name...)
	if n > 1 {
		in.keys = strconv.AppendInt(append(in.keys, " #"...), int64(n), 10)
	}
	return in.keys[at:len(in.keys):len(in.keys)]
}

// codeKey is how a file is called behind "code": the origin of what eval() made
// is the place where it was called.
func codeKey(file string) string {
	if origin, ok := strings.CutSuffix(file, evaluated); ok {
		return "of eval() in " + origin
	}
	if file == "" {
		return "of no file"
	}
	return "of " + file
}

// listSources says where classes, functions and methods are declared.
func (w *Walker) listSources() {
	for _, u := range w.program.units {
		if u.file.name == "" || u.name == "" || u.name[0] == '{' || strings.HasSuffix(u.file.name, evaluated) {
			continue
		}
		name := u.name
		if class := w.program.at[u.class]; class != nil && !u.isClass {
			name = class.name + "::" + name
		}
		u.file.symbols = append(u.file.symbols, dump.Symbol{Name: name, Line: u.line, End: u.end})
	}
	for _, name := range sortedKeys(w.program.files) {
		symbols := w.program.files[name].symbols
		if len(symbols) == 0 {
			continue
		}
		slices.SortStableFunc(symbols, func(a, b dump.Symbol) int {
			if c := cmp.Compare(a.Line, b.Line); c != 0 {
				return c
			}
			return cmp.Compare(a.Name, b.Name)
		})
		w.sources = append(w.sources, dump.SourceFile{File: name, Symbols: slices.Compact(symbols)})
	}
}
