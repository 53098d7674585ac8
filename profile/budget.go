package profile

import "fmt"

// Need is what a computation takes beside a profile at its peak, in bytes for each
// function and each node of the profile.
type Need struct{ Function, Node uint64 }

// Of is what it takes for a profile of that size.
func (n Need) Of(functions, nodes int) uint64 {
	return n.Function*uint64(functions) + n.Node*uint64(nodes)
}

// Budget bounds what reading a profile takes, and what is computed of it
// afterwards. The zero one bounds nothing.
type Budget struct {
	Bytes  uint64 // for all of the process; 0: no bound
	Beside Need   // what is to be computed of the profile
}

// BudgetError says that a profile, with what is to be computed of it, takes more
// than it may.
type BudgetError struct {
	Budget  uint64 // in bytes
	Needed  uint64 // in bytes, estimated
	AtLeast bool   // it may take more: how much is still to come is not known
}

func (e *BudgetError) Error() string {
	about := "about"
	if e.AtLeast {
		about = "at least"
	}
	return fmt.Sprintf("the profile takes %s %d MB of memory, %d MB are allowed", about, e.Needed>>20, e.Budget>>20)
}

// What parts of a profile take while it is read, in bytes. A slice that grows by
// append is held twice for a moment, and has a quarter to spare; an entry of a map
// takes between one and two times its size.
const (
	besides     = 24 << 20 // the program itself, and its buffers
	perNode     = 48 * 9 / 4
	perFunction = 32*9/4 + 80
	perEntry    = 48 // of a map from numbers, or from names that are counted already
	perFrame    = 9
	perCall     = 64
	// A block of a callgrind file, with what finds the parents of all.
	perBlock = 48*9/4 + 18 + 8 + 8 + 16 + 48
)

// need is what the profile takes as far as it has been read, and what comes after.
func (b *builder) need() uint64 {
	functions, nodes := len(b.Functions), len(b.Nodes)
	return besides + b.spent + perFunction*uint64(functions) + perNode*uint64(nodes) + b.budget.Beside.Of(functions, b.paths())
}

// paths is how many nodes the profile has, or will have of what has been read.
func (b *builder) paths() int { return max(len(b.Nodes), b.pending) }

// enough is how much must have been read before the rest is estimated, in bytes.
const enough = 256 << 10

// within checks the budget.
func (b *builder) within(t *text) error {
	need := b.need()
	if b.budget.Bytes == 0 || need <= b.budget.Bytes {
		return nil
	}
	e := &BudgetError{Budget: b.budget.Bytes, Needed: need, AtLeast: true}
	if t.size >= t.offset && t.offset >= enough {
		e.Needed = besides + uint64(float64(need-besides)*float64(t.size)/float64(t.offset))
		e.AtLeast = false
	}
	return e
}

// Memory is about what the profile takes, in bytes.
func (p *Profile) Memory() uint64 {
	sum := 48*uint64(cap(p.Nodes)) + 32*uint64(cap(p.Functions))
	for i := range p.Functions {
		sum += uint64(len(p.Functions[i].Name) + len(p.Functions[i].File))
	}
	return sum
}
