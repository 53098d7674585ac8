package code

// guard is a stretch of instructions that run only where a variable, or an
// element of it, holds nothing yet.
type guard struct {
	of       *variable
	depth    int32
	from, to int
}

// guarded reports whether the instruction at hand gives a value its first
// content: nothing is lost by that.
func (s *scan) guarded(v *value) bool {
	for _, g := range s.guards {
		if g.of == v.of && g.depth == v.depth && g.from < s.at && s.at < g.to {
			return true
		}
	}
	return false
}

// guard notes what a test says: v ??= x, if (!isset(v)), if (v === null).
func (s *scan) guard(in *instruction) {
	var v value
	to := s.at
	switch in.code {
	case opCoalesce:
		v, to = s.operand(in.op1, in.type1), s.target(s.at, in.op2)
	case opIssetProp:
		v, to = s.property(in, s.operand(in.op1, in.type1)), s.ifUnset()
	case opIssetStaticProp:
		v, to = s.static(in), s.ifUnset()
	case opIssetDim:
		v, to = s.element(in, s.operand(in.op1, in.type1)), s.ifUnset()
	case opIssetCV:
		v, to = value{of: s.variable(in.op1)}, s.ifUnset()
	case opTypeCheck:
		const mayBeNull = 1 << 1
		if n := s.next(1); n != nil && n.code == opJmpz && in.extended == mayBeNull {
			v, to = s.operand(in.op1, in.type1), s.target(s.at+1, n.op2)
		}
	case opIsIdentical:
		switch {
		case s.r.isEmpty(in, in.op2, in.type2):
			v = s.operand(in.op1, in.type1)
		case s.r.isEmpty(in, in.op1, in.type1):
			v = s.operand(in.op2, in.type2)
		}
		if n := s.next(1); n != nil && n.code == opJmpz {
			to = s.target(s.at+1, n.op2)
		}
	}
	if v.known() && to > s.at && len(s.guards) < maxNotes {
		s.guards = append(s.guards, guard{v.of, v.depth, s.at, to})
	}
}

// ifUnset is the end of the instructions that run if the test at hand says that
// there is nothing.
func (s *scan) ifUnset() int {
	switch n := s.next(1); {
	case n == nil:
	case n.code == opJmpnz, n.code == opJmpnzEx:
		return s.target(s.at+1, n.op2)
	case n.code == opBoolNot:
		if n := s.next(2); n != nil && (n.code == opJmpz || n.code == opJmpzEx) {
			return s.target(s.at+2, n.op2)
		}
	}
	return s.at
}

// next is the instruction some behind the one at hand, nil behind the last.
func (s *scan) next(n int) *instruction {
	if s.at+n >= len(s.code) {
		return nil
	}
	return &s.code[s.at+n]
}

// target is where the jump at an index leads.
func (s *scan) target(at int, offset uint32) int { return at + int(int32(offset))/opSize }
