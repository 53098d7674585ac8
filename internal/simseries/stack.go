package simseries

import "slices"

// A stack has the slots of variables, one frame above the other. Its first page
// belongs to an empty script; PHP adds one where a frame does not fit
// (zend_vm_stack_extend, Zend/zend_execute.c).
type stack struct {
	next, end uint64
	further   uint64 // bytes of the pages that were added
	pages     []page
	calls     []call
}

// page is one that was added, and where to go on when it is free again.
type page struct {
	block
	next, end uint64
}

// call is a frame that may be left again.
type call struct {
	vars  []*variable
	base  uint64
	pages int
}

const (
	vmStackBytes = 256 << 10
	callBytes    = 80 // of a frame without variables
)

// slot is one of a frame that is never left.
func (p *process) slot() uint64 {
	p.stack.next += 16
	return p.stack.next
}

// enter calls a function: its variables are there until leave.
func (p *process) enter(frame string, names []string, vals ...value) {
	s := &p.stack
	c := call{base: s.next, pages: len(s.pages)}
	need := callBytes + 16*uint64(len(names))
	if s.next+need+16 > s.end {
		b := p.heap.alloc(vmStackBytes)
		s.pages = append(s.pages, page{b, s.next, s.end})
		s.further += b.size
		s.next, s.end = b.at+0x20, b.at+b.size
	}
	s.next += callBytes
	for i, name := range names {
		c.vars = append(c.vars, &variable{frame, name, vals[i], p.slot()})
	}
	s.calls = append(s.calls, c)
	p.frames = append(slices.Clone(c.vars), p.frames...)
}

// leave returns from the function that was entered last.
func (p *process) leave() {
	s := &p.stack
	c := s.calls[len(s.calls)-1]
	s.calls = s.calls[:len(s.calls)-1]
	if len(c.vars) > 0 { // they are side by side, below what has been called since
		i := slices.Index(p.frames, c.vars[0])
		p.frames = slices.Delete(p.frames, i, i+len(c.vars))
	}
	for _, v := range c.vars {
		p.drop(v.val)
	}
	s.next = c.base
	if len(s.pages) > c.pages {
		last := s.pages[len(s.pages)-1]
		s.pages = s.pages[:len(s.pages)-1]
		s.further -= last.size
		p.heap.release(last.block)
		s.end = last.end
	}
}
