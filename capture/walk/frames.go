package walk

import "strconv"

const (
	internalFunction = 1
	userFunction     = 2

	closureFunction = 56 // zend_closure.func: behind the zend_object

	frameSlots = 80 // ZEND_CALL_FRAME_SLOT, rounded to slots

	// Flags in zend_execute_data.This.u1: ZEND_CALL_*, Zend/zend_compile.h.
	callHasTable   = 1 << 20
	callClosure    = 1 << 22
	callExtraNamed = 1 << 27

	maxFrames = 1 << 20
	maxVars   = 1 << 16
)

// frame is a zend_execute_data.
type frame struct {
	address uint64
	fn      uint64
	info    uint32
	args    uint64
}

func (w *Walker) frameAt(ex uint64) (frame, bool) {
	if w.m.Bytes(ex, frameSlots) == nil {
		return frame{}, false
	}
	return frame{ex, w.m.Word(ex + 24), w.m.Half(ex + 40), uint64(w.m.Half(ex + 44))}, true
}

// holder receives what a frame holds with the name of the variable: a slot, or
// a value that lies in none, where slot is 0.
type holder func(slot uint64, value pending, name string)

// frameValues gives every slot that a frame holds: $this, variables,
// temporaries that are live, arguments beyond the declared, calls in
// preparation. suspended is set for a generator's: its opline is the next to
// run. vars is false where the variables belong to the global symbol table.
//
// Temporaries that are not live hold what was there before: only live ranges
// tell, and what is believed of a call in preparation must look like a value.
func (w *Walker) frameValues(f frame, suspended, vars bool, hold holder) {
	if byte(f.info) == isObject {
		hold(f.address+32, 0, "this")
	}
	if f.fn == 0 {
		return
	}
	if f.info&callClosure != 0 {
		if w.objects.has(f.fn - closureFunction) {
			hold(0, pend(f.fn-closureFunction, isObject), "{closure}")
		}
	}
	slots := f.address + frameSlots
	if w.m.Byte(f.fn) != userFunction {
		for i := range min(f.args, maxVars) {
			hold(slots+i*slotSize, 0, argumentName(i))
		}
		w.pendingCalls(f, hold)
		return
	}
	last, temps := min(uint64(w.m.Half(f.fn+w.f.fnLastVar)), maxVars), min(uint64(w.m.Half(f.fn+w.f.fnT)), maxVars)
	if vars {
		names := w.m.Word(f.fn + w.f.fnVars)
		for i := range last {
			hold(slots+i*slotSize, 0, string(w.stringBytes(w.m.Word(names+8*i))))
		}
	}
	w.liveTemporaries(f, suspended, hold)
	declared := uint64(w.m.Half(f.fn + w.f.fnArgs))
	for i := declared; i < min(f.args, maxVars); i++ {
		hold(slots+(last+temps+i-declared)*slotSize, 0, argumentName(i))
	}
	if w.f.extraNamed != 0 && f.info&callExtraNamed != 0 {
		if a := w.m.Word(f.address + w.f.extraNamed); a != 0 {
			hold(0, pend(a, isArray), "named arguments")
		}
	}
	w.pendingCalls(f, hold)
}

// liveTemporaries gives the temporaries that are live at the frame's opline:
// zend_live_range is var, start, end; the low bits of var are its kind.
func (w *Walker) liveTemporaries(f frame, suspended bool, hold holder) {
	const (
		opSize     = 32
		rangeSize  = 12
		kindMask   = 7
		liveTemp   = 0
		liveLoop   = 1
		liveNew    = 4
		mostRanges = 1 << 16
	)
	op := int64(w.m.Word(f.address)-w.m.Word(f.fn+w.f.fnOpcodes)) / opSize
	if suspended {
		op--
	}
	ranges := w.m.Word(f.fn + w.f.fnRanges)
	for i := range uint64(min(w.m.Half(f.fn+w.f.fnNumRanges), mostRanges)) {
		r := ranges + i*rangeSize
		v, from, to := w.m.Half(r), int64(w.m.Half(r+4)), int64(w.m.Half(r+8))
		if k := v & kindMask; from <= op && op < to && (k == liveTemp || k == liveLoop || k == liveNew) {
			w.believe(f.address+uint64(v&^kindMask), "(temporary)", hold)
		}
	}
}

// pendingCalls gives the arguments of calls that a frame has not made yet.
func (w *Walker) pendingCalls(f frame, hold holder) {
	const most = 100
	for c, i := w.m.Word(f.address+8), 0; c != 0 && i < most; c, i = w.m.Word(c+48), i+1 {
		call, ok := w.frameAt(c)
		if !ok || c == f.address {
			return
		}
		if byte(call.info) == isObject {
			w.believe(c+32, "(call) this", hold)
		}
		for j := range min(call.args, 1000) {
			w.believe(c+frameSlots+j*slotSize, "(call) "+argumentName(j), hold)
		}
	}
}

// believe holds a slot that may be stale only if its value looks alive.
func (w *Walker) believe(slot uint64, name string, hold holder) {
	v, typ := w.m.Word(slot), w.m.Byte(slot+8)
	switch {
	case typ == isObject:
		if w.objects.has(v) {
			hold(slot, 0, name)
		}
	case typ >= isString && typ <= isReference:
		b, ok := w.h.Find(v)
		if refs := w.m.Half(v); ok && b.Start == v && w.m.Byte(v+4)&15 == typ && refs > 0 && refs < 1<<24 {
			hold(slot, 0, name)
		}
	}
}

func argumentName(i uint64) string { return "argument " + strconv.FormatUint(i+1, 10) }

// frameLabel names a frame as php-meminfo does.
func (w *Walker) frameLabel(fn uint64) string {
	if fn == 0 {
		return "unknown()"
	}
	name := w.stringBytes(w.m.Word(fn + w.f.fnName))
	if name == nil {
		return "unknown()"
	}
	label := string(name) + "()"
	if scope := w.m.Word(fn + w.f.fnScope); scope != 0 {
		const static = 1 << 4 // ZEND_ACC_STATIC
		arrow := "->"
		if w.m.Half(fn+w.f.fnFlags)&static != 0 {
			arrow = "::"
		}
		label = string(w.className(scope)) + arrow + label
	}
	return label
}

// generator: a suspended one has a frame of its own, and what it yielded.
func (w *Walker) generator(o, _ uint64) {
	for _, f := range []struct {
		offset uint64
		key    string
	}{{w.f.genValue, "value"}, {w.f.genKey, "key"}, {w.f.genRetval, "return"}, {w.f.genValues, "values"}} {
		w.child(o+f.offset, []byte(f.key))
	}
	ex := w.m.Word(o + w.f.genFrame)
	if ex == 0 {
		return
	}
	w.item.Alloc += w.charge(ex, kFrame)
	if b, ok := w.h.Find(o); ok && w.f.genValues != 0 {
		w.collectorsList(o+w.f.genValues+slotSize, b.Start+b.Size)
	}
	if f, ok := w.frameAt(ex); ok {
		w.running[w.m.Word(f.fn+w.f.fnOpcodes)] = true
		w.frameValues(f, true, true, func(slot uint64, v pending, name string) { w.childOf(slot, v, w.text("$"+name)) })
	}
}

// fiber: a suspended one has a stack of the VM with its frames.
func (w *Walker) fiber(o, _ uint64) {
	if w.f.fiberFrame == 0 {
		return
	}
	w.child(o+w.f.fiberFci+fciName, []byte("callable"))
	w.child(o+w.f.fiberResult, []byte("value"))
	context := o + w.t.Offset("zend_fiber.context")
	for a := context; a < context+w.t.Size("zend_fiber_context"); a += 8 {
		// zend_fiber_stack: where the C stack lies, and its size.
		if b, ok := w.h.Find(w.m.Word(a)); ok && b.Size == 16 && b.Start == w.m.Word(a) {
			w.item.Alloc += w.charge(b.Start, kFrame)
		}
	}
	const mostPages = 1 << 16
	if w.f.fiberStack != 0 {
		for p, i := w.m.Word(o+w.f.fiberStack), 0; p != 0 && i < mostPages; p, i = w.m.Word(p+16), i+1 {
			w.item.Alloc += w.charge(p, kFrame)
		}
	}
	seen := map[uint64]bool{}
	for ex := w.m.Word(o + w.f.fiberFrame); ex != 0 && !seen[ex] && len(seen) < maxFrames; ex = w.m.Word(ex + 48) {
		seen[ex] = true
		f, ok := w.frameAt(ex)
		if !ok {
			return
		}
		// The fiber names the pages of its stack only while it runs; while it is
		// suspended they are found by what lies in them.
		w.item.Alloc += w.charge(ex, kFrame)
		label := w.frameLabel(f.fn)
		w.running[w.m.Word(f.fn+w.f.fnOpcodes)] = true
		w.frameValues(f, false, true, func(slot uint64, v pending, name string) { w.childOf(slot, v, w.text(label+" $"+name)) })
	}
}

// fciName is where zend_fcall_info has the callable: behind its size.
const fciName = 8
