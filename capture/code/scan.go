package code

import "memtrail/dump"

// value is what is known of a temporary or a variable of a function.
type value struct {
	of    *variable // what it is, or came from; nil where that is not known
	depth int32     // containers between of and it
	line  uint32    // see made
	how   string
	class *class // of the object that it is; nil where that is not known
	// made tells of a copy what was done to it: if it is assigned back, that is
	// done to of. how and line tell by what.
	made effect
	// copied is set where it is a copy: a write to it does not change of, but an
	// object in it is the same.
	copied  bool
	self    bool // it is reached through $this
	this    bool
	fresh   bool // an array that was just made
	filled  bool // of a fresh one: with elements
	globals bool // $GLOBALS
}

// known reports whether a value came from a variable.
func (v *value) known() bool { return v.of != nil }

// parameter is the kind of a parameter that is taken by reference: what it is
// depends on the call. No result has it.
const parameter dump.VariableKind = "parameter"

// variable is a variable over all functions: there is one value for each, so
// that pointers compare.
type variable struct {
	name  variableName
	sites *dump.Variable // nil as long as it has none
}

// variableName names a variable over all functions.
type variableName struct {
	kind dump.VariableKind
	of   string
	name string
}

// scan goes through the code of one function. Its slices are used again for the
// next.
type scan struct {
	r     *reader
	g     *gatherer
	f     *Function
	own   *class // of the function
	setup bool   // a constructor or the like: what it assigns replaces nothing
	code  []instruction
	at    int

	label, file string // see names; "" until they are asked for
	named       bool

	slots  []slot // by index of variables and temporaries
	count  uint32 // of functions so far
	calls  []call
	events []event // of the function's own variables
	loops  []loop
	guards []guard
}

// slot is a variable or temporary of the frame. What it holds is of the function
// whose count it has, else nothing.
type slot struct {
	valued uint32
	owned  uint32
	value  value
	own    *variable // what a variable is tied to, if owned
}

// names gives the function's name and file.
func (s *scan) names() (label, file string) {
	if !s.named {
		s.label, s.file, s.named = s.r.label(s.f, s.g.functions), s.r.file(s.f.Address), true
	}
	return s.label, s.file
}

// event is a site of a variable whose first value must be told from a later one.
type event struct {
	at     int
	effect effect
	of     *variable
	site   dump.Site
}

// loop is a stretch of instructions that a jump back repeats.
type loop struct{ from, to int }

// function scans one function.
func (s *scan) function(f *Function) {
	s.f, s.named, s.setup = f, false, false
	if f.Class != s.own.text() {
		s.own = s.g.class(f.Class)
	}
	s.count++
	s.calls, s.events, s.loops, s.guards = s.calls[:0], s.events[:0], s.loops[:0], s.guards[:0]
	if s.g.budget <= 0 {
		return
	}
	s.code = s.r.instructions(f.Address, s.code[:0])
	s.g.budget -= len(s.code)
	switch s.r.functionName(f.Address).lower() {
	case "__construct", "__destruct", "__clone", "__wakeup", "__unserialize":
		s.setup = true
	}
	s.findLoops()
	for s.at = 0; s.at < len(s.code); s.at++ {
		s.step(&s.code[s.at])
	}
	s.settle()
	if f.encloses {
		owned := map[string]*variable{}
		for i := range s.slots {
			if x := &s.slots[i]; x.owned == s.count {
				owned[s.r.variableAt(f.Address, uint32(i))] = x.own
			}
		}
		s.g.owned[f] = owned
	}
}

// slot gives the slot of an operand; nil for what is none.
func (s *scan) slot(op uint32) *slot {
	const mostSlots = 1 << 17
	i := (int(op) - firstVariable) / slotSize
	if int(op) < firstVariable || i >= mostSlots {
		return nil
	}
	if i >= len(s.slots) {
		s.slots = append(s.slots, make([]slot, i+1-len(s.slots))...)
	}
	return &s.slots[i]
}

// held gives what a temporary or a variable holds; ok is false if that is not
// known.
func (s *scan) held(op uint32) (v value, ok bool) {
	if x := s.slot(op); x != nil && x.valued == s.count {
		return x.value, true
	}
	return value{}, false
}

// hold says what a temporary or a variable holds.
func (s *scan) hold(op uint32, v value) {
	if x := s.slot(op); x != nil {
		x.valued, x.value = s.count, v
	}
}

// forget makes that unknown.
func (s *scan) forget(op uint32) {
	if x := s.slot(op); x != nil {
		x.valued = 0
	}
}

// tie says what a variable of the function is; nil for nothing that matters.
func (s *scan) tie(op uint32, v *variable) {
	if x := s.slot(op); x != nil {
		x.owned, x.own = s.count, v
	}
}

// findLoops finds the jumps that go back.
func (s *scan) findLoops() {
	for i := range s.code {
		in := &s.code[i]
		var offset uint32
		switch in.code {
		case opJmp:
			offset = in.op1
		case opJmpz, opJmpnz, opJmpzEx, opJmpnzEx:
			offset = in.op2
		default:
			continue
		}
		if to := s.target(i, offset); to >= 0 && to < i && len(s.loops) < maxNotes {
			s.loops = append(s.loops, loop{to, i})
		}
	}
}

// settle gives the sites of the function's own variables. What assigns an empty
// value before anything was added, and is in no loop with it, only begins the
// variable.
func (s *scan) settle() {
	for _, e := range s.events {
		if e.effect == removes && e.site.Depth == 0 && s.begins(e) {
			continue
		}
		s.g.note(e.of, e.effect, e.site)
	}
}

func (s *scan) begins(e event) bool {
	for _, a := range s.events {
		if a.of == e.of && a.effect == adds && a.at < e.at {
			return false
		}
	}
	for _, l := range s.loops {
		if l.from <= e.at && e.at <= l.to {
			return false
		}
	}
	return true
}

// operand gives what an operand is.
func (s *scan) operand(op uint32, typ byte) value {
	switch typ {
	case operandUnused:
		return value{class: s.own, this: true}
	case operandTemp, operandVar:
		v, _ := s.held(op)
		return v
	case operandCV:
		if v, ok := s.held(op); ok {
			return v
		}
		return value{of: s.variable(op)}
	}
	return value{}
}

// set says what an operand holds from now on.
func (s *scan) set(op uint32, typ byte, v value) {
	switch typ {
	case operandCV:
		if !v.known() {
			v.of = s.variable(op)
		}
		s.hold(op, v)
	case operandTemp, operandVar:
		s.hold(op, v)
	}
}

const (
	firstVariable = 80 // ZEND_CALL_FRAME_SLOT, in bytes: where a frame's variables begin
	slotSize      = 16
)

// variable gives what a compiled variable is: one of the function's own, where
// that is alive. Code of a file has global variables.
func (s *scan) variable(op uint32) *variable {
	if x := s.slot(op); x != nil && x.owned == s.count {
		return x.own
	}
	if !s.f.Running && !s.r.isFile(s.f.Address) {
		return nil
	}
	name := s.nameAt(op)
	if name == "" {
		return nil
	}
	return s.g.local(s.f, name)
}

// nameAt is the name of a compiled variable.
func (s *scan) nameAt(op uint32) string {
	return s.r.variableAt(s.f.Address, (op-firstVariable)/slotSize)
}

// local is a variable of a function, nil where that does not live on.
func (g *gatherer) local(f *Function, name string) *variable {
	switch {
	case g.r.isFile(f.Address):
		return g.variable(dump.GlobalVariable, "", name)
	case f.Running:
		return g.variable(dump.LocalVariable, g.r.label(f, g.functions), name)
	}
	return nil
}

// change notes that an instruction changes what a value came from.
func (s *scan) change(in *instruction, v value, e effect, how string) {
	if !v.known() {
		return
	}
	site := s.site(in, how, &v)
	switch v.of.name.kind {
	case dump.GlobalVariable, dump.LocalVariable:
		if len(s.events) < maxNotes {
			s.events = append(s.events, event{s.at, e, v.of, site})
		}
	default:
		s.g.note(v.of, e, site)
	}
	// PHP makes the containers on the way to an element that is added.
	if e == adds {
		for v.depth--; v.depth > 0; v.depth-- {
			s.g.note(v.of, adds, s.site(in, how, &v))
		}
	}
}

// write notes a write into what an operand holds: of a copy it is remembered
// until the copy is assigned back.
func (s *scan) write(in *instruction, op uint32, typ byte, e effect, how string) {
	v := s.operand(op, typ)
	if v.this {
		v.of, v.self = s.g.variable(dump.PropertyVariable, s.f.Class, ""), true
	}
	if v.copied {
		v.made, v.how, v.line = e, how, in.line
		s.set(op, typ, v)
		if typ == operandCV {
			s.change(in, value{of: s.variable(op), depth: 1}, e, how)
		}
		return
	}
	v.depth++
	s.change(in, v, e, how)
}

// assign notes that a variable or property as a whole gets a value.
func (s *scan) assign(in *instruction, to value, op uint32, typ byte, from *instruction) {
	v := s.operand(op, typ)
	if typ == operandConst {
		v = value{}
	}
	switch {
	case v.known() && v.of == to.of && v.depth == to.depth:
		at := *in
		if v.line != 0 {
			at.line = v.line
		}
		if v.made != noEffect && v.made != keeps {
			s.change(&at, to, v.made, v.how)
		}
	case s.setup && to.self, s.guarded(&to):
	case s.r.isEmpty(from, op, typ):
		s.change(in, to, removes, "= "+emptyText(s.r, from, op))
	case v.fresh, typ == operandConst && s.r.isArray(from, op):
		s.change(in, to, removes, "= […]")
	case typ != operandConst:
		s.change(in, to, unknown, "=")
	}
}

func emptyText(r *reader, in *instruction, op uint32) string {
	const isNull, isString = 1, 6
	switch r.m.Byte(constant(in, op) + 8) {
	case isNull:
		return "null"
	case isString:
		return "''"
	}
	return "[]"
}

// isArray reports whether a constant operand is an array.
func (r *reader) isArray(in *instruction, op uint32) bool {
	const isArray = 7
	return r.m.Byte(constant(in, op)+8) == isArray
}

// data is the instruction behind one that assigns: it has the value.
func (s *scan) data() *instruction {
	if s.at+1 < len(s.code) && s.code[s.at+1].code == opOpData {
		return &s.code[s.at+1]
	}
	return &instruction{}
}

// property is a property of a value.
func (s *scan) property(in *instruction, object value) value {
	n := s.r.constantName(in, in.op2, in.type2)
	if n.text == "" {
		return value{}
	}
	p := s.g.member(object.class, n, false)
	return value{of: p.variable, class: p.class, self: object.this}
}

// static is a static property.
func (s *scan) static(in *instruction) value {
	n := s.r.constantName(in, in.op1, in.type1)
	class := s.class(in, in.op2, in.type2)
	if n.text == "" || class == nil {
		return value{}
	}
	p := s.g.member(class, n, true)
	return value{of: p.variable, class: p.class}
}

// class reads a class operand: a name, or one of self, parent and static.
func (s *scan) class(in *instruction, op uint32, typ byte) *class {
	const (
		fetchMask   = 0xf
		fetchParent = 2
	)
	switch typ {
	case operandConst:
		return s.g.named(s.r.constantName(in, op, typ))
	case operandUnused:
		if op&fetchMask == fetchParent {
			return s.g.parent(s.own)
		}
		return s.own
	}
	return nil
}

// element is an element of a value.
func (s *scan) element(in *instruction, v value) value {
	if v.globals {
		return value{of: s.g.variable(dump.GlobalVariable, "", s.r.constantText(in, in.op2, in.type2))}
	}
	if !v.known() || v.this {
		return value{}
	}
	return value{of: v.of, self: v.self, depth: v.depth + 1, copied: v.copied}
}
