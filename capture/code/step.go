package code

import "memtrail/dump"

// step goes through one instruction.
func (s *scan) step(in *instruction) {
	switch in.code {
	case opFetchObjR, opFetchObjIs, opFetchObjFuncArg, opFetchObjW, opFetchObjRW, opFetchObjUnset,
		opFetchDimR, opFetchDimIs, opFetchDimFuncArg, opFetchDimW, opFetchDimRW, opFetchDimUnset, opFetchListW,
		opFetchStaticPropR, opFetchStaticPropIs, opFetchStaticPropArg, opFetchStaticPropW, opFetchStaticPropRW, opFetchStaticPropUnset,
		opFetchR, opFetchIs, opFetchFuncArg, opFetchW, opFetchRW, opFetchUnset:
		s.fetch(in)
	case opAssign, opAssignDim, opAssignObj, opAssignStaticProp, opAssignOp, opAssignDimOp, opAssignObjOp, opAssignStaticPropOp,
		opAssignRef, opAssignObjRef, opAssignStaticPropRef:
		s.assignment(in)
		s.assigned(in)
	case opUnsetDim:
		s.write(in, in.op1, in.type1, removes, "unset()")
	case opUnsetObj:
		s.change(in, s.property(in, s.operand(in.op1, in.type1)), removes, "unset()")
	case opUnsetCV:
		s.change(in, value{of: s.variable(in.op1)}, removes, "unset()")
		s.forget(in.op1)
	case opBindGlobal:
		s.tie(in.op1, s.g.variable(dump.GlobalVariable, "", s.r.constantText(in, in.op2, in.type2)))
	case opBindStatic, opBindInitStatic:
		s.bindStatic(in)
	case opRecv, opRecvInit:
		s.receive(in)
	case opIssetDim, opIssetProp, opIssetCV, opIssetStaticProp, opIsIdentical, opTypeCheck:
		s.guard(in)
		s.set(in.result, in.typeR, value{})
	case opFetchThis:
		s.set(in.result, in.typeR, s.operand(0, operandUnused))
	case opInitFcall, opInitFcallByName, opInitNsFcallByName, opInitMethodCall, opInitStaticMethodCall, opInitDynamicCall, opInitUserCall, opNew,
		opSendVal, opSendValEx, opSendVar, opSendVarEx, opSendVarNoRef, opSendVarNoRefEx, opSendRef, opSendFuncArg, opSendUser, opSendArray, opSendUnpack,
		opDoFcall, opDoIcall, opDoUcall, opDoFcallByName, opIncludeOrEval:
		s.callStep(in)
	default:
		s.compute(in)
	}
}

// fetch gives a temporary what lies in a variable, property or element.
func (s *scan) fetch(in *instruction) {
	var v value
	copied := false
	switch in.code {
	case opFetchObjR, opFetchObjIs, opFetchObjFuncArg:
		copied = true
		fallthrough
	case opFetchObjW, opFetchObjRW, opFetchObjUnset:
		v = s.property(in, s.operand(in.op1, in.type1))
	case opFetchDimR, opFetchDimIs, opFetchDimFuncArg:
		copied = true
		fallthrough
	case opFetchDimW, opFetchDimRW, opFetchDimUnset, opFetchListW:
		v = s.element(in, s.operand(in.op1, in.type1))
	case opFetchStaticPropR, opFetchStaticPropIs, opFetchStaticPropArg:
		copied = true
		fallthrough
	case opFetchStaticPropW, opFetchStaticPropRW, opFetchStaticPropUnset:
		v = s.static(in)
	default:
		copied = in.code == opFetchR || in.code == opFetchIs || in.code == opFetchFuncArg
		v = s.global(in)
	}
	v.copied = v.copied || copied && v.known()
	s.set(in.result, in.typeR, v)
}

// global is a variable that is named at run time, by a constant: of $GLOBALS.
func (s *scan) global(in *instruction) value {
	const fetchGlobal = 1 << 1
	name := s.r.constantText(in, in.op1, in.type1)
	switch {
	case name == "GLOBALS":
		return value{globals: true}
	case name == "" || in.extended&fetchGlobal == 0:
		return value{}
	}
	return value{of: s.g.variable(dump.GlobalVariable, "", name)}
}

// receive is the begin of a parameter.
func (s *scan) receive(in *instruction) {
	if s.r.byReference(s.f.Address, in.op1) {
		label, _ := s.names()
		s.tie(in.result, s.g.variable(parameter, label, s.nameAt(in.result)))
	}
	s.set(in.result, in.typeR, value{of: s.variable(in.result), class: s.g.named(s.r.argumentClass(s.f.Address, in.op1))})
}

// bindStatic ties a variable to a static of the function, or of a closure to
// what it uses: by reference it is the outer function's variable, as long as
// that lives; by value it is a copy of what the closure keeps.
func (s *scan) bindStatic(in *instruction) {
	const (
		byReference = 1
		implicit    = 2
		explicit    = 4
	)
	label, _ := s.names()
	name := s.nameAt(in.op1)
	own := s.g.variable(dump.FunctionStatic, label, name)
	if in.extended&(implicit|explicit) == 0 {
		s.tie(in.op1, own)
		return
	}
	if in.extended&byReference == 0 {
		s.tie(in.op1, nil)
		s.hold(in.op1, value{of: own, copied: true})
		return
	}
	kept := own
	if p := s.g.functions[s.f.Parent]; p != nil {
		if outer, ok := s.g.owned[p][name]; ok && outer != nil {
			own = outer
		} else if outer := s.g.local(p, name); outer != nil {
			own = outer
		}
	}
	s.tie(in.op1, own)
	// The closure keeps it, too, and may be all that does.
	if kept != own {
		s.g.aliases[own] = append(s.g.aliases[own], value{of: kept})
	}
}

// assigned is the result of an instruction that assigns.
func (s *scan) assigned(in *instruction) {
	if in.code != opAssign {
		d := s.data()
		v := s.operand(d.op1, d.type1)
		s.set(in.result, in.typeR, value{class: v.class, fresh: v.fresh || d.type1 == operandConst && s.r.isArray(d, d.op1)})
	}
}

// assignment goes through the instructions that assign.
func (s *scan) assignment(in *instruction) {
	switch in.code {
	case opAssign:
		s.assignVariable(in)
	case opAssignDim:
		how := "[…] ="
		if in.type2 == operandUnused {
			how = "[] ="
		}
		s.write(in, in.op1, in.type1, adds, how)
	case opAssignObj:
		s.assignProperty(in)
	case opAssignStaticProp:
		d := s.data()
		s.assign(in, s.static(in), d.op1, d.type1, d)
	case opAssignOp:
		s.lengthen(in, s.operand(in.op1, in.type1), s.operand(in.op2, in.type2))
	case opAssignDimOp:
		d := s.data()
		v := s.operand(in.op1, in.type1)
		v.depth++
		s.lengthen(in, v, s.operand(d.op1, d.type1))
	case opAssignObjOp:
		d := s.data()
		s.lengthen(in, s.property(in, s.operand(in.op1, in.type1)), s.operand(d.op1, d.type1))
	case opAssignStaticPropOp:
		d := s.data()
		s.lengthen(in, s.static(in), s.operand(d.op1, d.type1))
	case opAssignRef:
		v := s.operand(in.op2, in.type2)
		if in.type1 == operandCV {
			s.tie(in.op1, nil)
			v.copied = false
			s.set(in.op1, in.type1, v)
		}
	case opAssignObjRef:
		s.change(in, s.property(in, s.operand(in.op1, in.type1)), unknown, "= &")
	case opAssignStaticPropRef:
		s.change(in, s.static(in), unknown, "= &")
	}
}

// assignVariable gives a compiled variable a value.
func (s *scan) assignVariable(in *instruction) {
	v := s.operand(in.op2, in.type2)
	if in.type1 != operandCV {
		s.assign(in, s.operand(in.op1, in.type1), in.op2, in.type2, in)
		s.set(in.result, in.typeR, v)
		return
	}
	if alias, _ := s.held(in.op1); alias.known() && !alias.copied && alias.of != s.variable(in.op1) {
		s.assign(in, alias, in.op2, in.type2, in) // a reference, or an element of a loop by reference
		return
	}
	if own := s.variable(in.op1); own != nil {
		s.assign(in, value{of: own}, in.op2, in.type2, in)
	}
	s.forget(in.op1)
	if in.type2 != operandConst && (v.known() || v.class != nil) {
		if v.of == s.variable(in.op1) {
			v = value{class: v.class} // what the variable gets is its own
		}
		if !v.known() {
			v.of = s.variable(in.op1)
		} else {
			v.copied = true
		}
		s.set(in.op1, in.type1, v)
	}
	s.set(in.result, in.typeR, v)
}

// assignProperty gives a property a value. An object that gets what a variable
// holds and then takes its place is the new head of a list.
func (s *scan) assignProperty(in *instruction) {
	d := s.data()
	object := s.operand(in.op1, in.type1)
	s.assign(in, s.property(in, object), d.op1, d.type1, d)
	if v := s.operand(d.op1, d.type1); d.type1 != operandConst && d.type1 != operandUnused && v.known() && in.type1 == operandCV && !object.known() {
		v.copied, v.made, v.how, v.line = true, adds, "->"+s.r.constantText(in, in.op2, in.type2)+" =", in.line
		v.class = object.class
		s.set(in.op1, in.type1, v)
	}
}

// lengthen goes through the operators that assign: .= lengthens a string, +=
// may join arrays.
func (s *scan) lengthen(in *instruction, v, by value) {
	switch opcode(in.extended) {
	case opConcat:
		s.change(in, v, adds, ".=")
	case opAdd:
		if by.fresh || by.known() {
			s.change(in, v, unknown, "+=")
		}
	}
}

// compute goes through the instructions that make a value of others.
func (s *scan) compute(in *instruction) {
	switch in.code {
	case opCoalesce:
		s.guard(in)
		s.set(in.result, in.typeR, s.operand(in.op1, in.type1))
	case opQMAssign:
		if in.typeR == operandCV { // opcache's way of an assignment
			as := *in
			as.code, as.op1, as.type1, as.op2, as.type2, as.typeR = opAssign, in.result, in.typeR, in.op1, in.type1, operandUnused
			s.assignVariable(&as)
			return
		}
		// The other way through ??: the value may still be what it was.
		if old, _ := s.held(in.result); old.known() && s.guarded(&old) {
			return
		}
		s.set(in.result, in.typeR, s.operand(in.op1, in.type1))
	case opCopyTmp, opCast, opSeparate, opMakeRef:
		if in.type1 != operandUnused {
			s.set(in.result, in.typeR, s.operand(in.op1, in.type1))
		}
	case opClone:
		s.set(in.result, in.typeR, value{class: s.operand(in.op1, in.type1).class})
	case opConcat, opFastConcat, opRopeInit, opRopeAdd, opRopeEnd:
		s.join(in, ".")
	case opAdd:
		s.join(in, "+")
	case opInitArray:
		s.set(in.result, in.typeR, value{fresh: true, filled: in.type1 != operandUnused})
	case opAddArrayElement:
		v, _ := s.held(in.result)
		v.filled = true
		if v.known() {
			v.made, v.how, v.line = adds, "[…]", in.line
		}
		s.hold(in.result, v)
	case opAddArrayUnpack:
		s.unpack(in)
	case opFeResetRW:
		s.set(in.result, in.typeR, s.operand(in.op1, in.type1))
	case opFeFetchRW:
		if v := s.element(in, s.operand(in.op1, in.type1)); v.known() {
			s.set(in.op2, in.type2, v)
		}
	default:
		if in.typeR&(operandTemp|operandVar) != 0 {
			s.forget(in.result)
		}
	}
}

// join makes a value of two, one of which may be a copy of a variable.
func (s *scan) join(in *instruction, how string) {
	for _, o := range []struct {
		op  uint32
		typ byte
	}{{in.op1, in.type1}, {in.op2, in.type2}} {
		if o.typ == operandConst || o.typ == operandUnused {
			continue
		}
		if v := s.operand(o.op, o.typ); v.known() {
			s.set(in.result, in.typeR, value{of: v.of, self: v.self, depth: v.depth, copied: true, made: adds, how: how, line: in.line})
			return
		}
	}
	if in.code != opRopeAdd && in.code != opRopeEnd {
		s.set(in.result, in.typeR, value{})
		return
	}
	v, _ := s.held(in.op1)
	s.set(in.result, in.typeR, v)
}

// unpack spreads a value into an array that is being made.
func (s *scan) unpack(in *instruction) {
	v := s.operand(in.op1, in.type1)
	into, _ := s.held(in.result)
	if in.type1 == operandConst || !v.known() {
		into.filled = true
		if into.known() {
			into.made, into.how, into.line = adds, "[…]", in.line
		}
		s.hold(in.result, into)
		return
	}
	made := keeps
	if into.filled {
		made = adds
	}
	s.hold(in.result, value{of: v.of, self: v.self, depth: v.depth, copied: true, made: made, how: "[…]", line: in.line})
}

// callStep goes through the instructions that make a call.
func (s *scan) callStep(in *instruction) {
	switch in.code {
	case opInitFcall, opInitFcallByName, opInitNsFcallByName:
		c := s.g.function(s.r.constantName(in, in.op2, in.type2))
		s.calls = append(s.calls, call{called: c, callee: c.function})
	case opInitMethodCall:
		v := s.operand(in.op1, in.type1)
		n := s.r.constantName(in, in.op2, in.type2)
		s.calls = append(s.calls, call{called: &s.g.noCall, callee: s.g.method(v.class, n)})
		s.methodCall(in, v, n)
	case opInitStaticMethodCall:
		n := s.r.constantName(in, in.op2, in.type2)
		s.calls = append(s.calls, call{called: &s.g.noCall, callee: s.g.method(s.class(in, in.op1, in.type1), n)})
		s.staticCall(in, n)
	case opInitDynamicCall, opInitUserCall:
		s.calls = append(s.calls, call{called: &s.g.noCall})
	case opNew:
		class := s.class(in, in.op1, in.type1)
		s.calls = append(s.calls, call{called: &s.g.noCall, made: in.result, class: class, callee: s.g.method(class, &s.g.constructor)})
		s.set(in.result, in.typeR, value{class: class})
	case opDoFcall, opDoIcall, opDoUcall, opDoFcallByName:
		s.do(in)
	case opIncludeOrEval:
		const eval = 1
		if in.extended == eval {
			s.g.note(s.g.variable(dump.EngineList, "", EvalCode), adds, s.site(in, "eval()", &value{}))
		}
		s.set(in.result, in.typeR, value{})
	default:
		s.send(in)
	}
}

// methodCall is a call of a method of what a variable holds.
func (s *scan) methodCall(in *instruction, v value, method *name) {
	e := methods[method.lower()]
	if e == noEffect {
		return
	}
	if v.this {
		if s.f.Class == "" || s.g.types.UserMethod(s.f.Class, method.lower()) {
			return
		}
		v = value{of: s.g.variable(dump.PropertyVariable, s.f.Class, ""), self: true}
	} else if v.class != nil && s.g.types.UserMethod(v.class.name, method.lower()) {
		return
	}
	v.depth++
	s.change(in, v, e, "->"+method.text+"()")
}

// staticCall is a call of a parent's method, or of one that makes memory which
// nobody frees.
func (s *scan) staticCall(in *instruction, method *name) {
	e := methods[method.lower()]
	if in.type1 == operandUnused && e != noEffect && s.f.Class != "" {
		v := value{of: s.g.variable(dump.PropertyVariable, s.f.Class, ""), self: true, depth: 1}
		s.change(in, v, e, "parent::"+method.text+"()")
	}
}

// send hands an argument to the innermost call.
func (s *scan) send(in *instruction) {
	if len(s.calls) == 0 || in.type1 == operandConst || in.type1 == operandUnused {
		return
	}
	c := &s.calls[len(s.calls)-1]
	v := s.operand(in.op1, in.type1)
	if c.callee != nil && v.known() && s.r.byReference(c.callee.Address, in.op2) {
		to := s.g.variable(parameter, s.r.label(c.callee, s.g.functions), s.r.variableAt(c.callee.Address, in.op2-1))
		s.g.aliases[to] = append(s.g.aliases[to], v)
		return
	}
	e := c.byReference
	switch {
	case c.listed && in.code != opSendVal:
		if in.op2 == 1 && e != keeps {
			v.copied = false
			v.depth++
			s.change(in, v, e, c.name+"()")
		}
	case v.known() && (in.code == opSendRef || in.code != opSendVal && c.name != "" && s.r.byReference(c.internal, in.op2)):
		how := "by reference"
		if c.name != "" {
			how += " to " + c.name + "()"
		}
		s.change(in, v, unknown, how)
	case c.made != 0 && v.known():
		s.hold(c.made, value{of: v.of, self: v.self, depth: v.depth, copied: true, made: adds, how: "= new " + trimAnonymous(c.class.text()), line: in.line, class: c.class})
	case v.known() && !c.gets.known():
		c.gets = v
	}
}

// do ends the innermost call.
func (s *scan) do(in *instruction) {
	c := call{called: &s.g.noCall}
	if n := len(s.calls); n > 0 {
		c, s.calls = s.calls[n-1], s.calls[:n-1]
	}
	if c.callee == s.f && s.f.Running {
		label, _ := s.names()
		s.g.note(s.g.variable(dump.FunctionFrames, label, ""), adds, s.site(in, dump.CallsItself, &value{}))
	}
	if c.list != "" {
		s.g.note(s.g.variable(dump.EngineList, "", c.list), c.effect, s.site(in, c.name+"()", &value{}))
	}
	v := value{}
	if e := c.byValue; e != noEffect && c.gets.known() {
		v = value{of: c.gets.of, self: c.gets.self, depth: c.gets.depth, copied: true, made: c.gets.made, how: c.gets.how, line: c.gets.line}
		if e != keeps {
			v.made, v.how, v.line = e, c.name+"()", in.line
		}
	}
	s.set(in.result, in.typeR, v)
}
