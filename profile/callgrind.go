package profile

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// block is the lines of one function: what it allocated, and its calls. memprof
// writes one for each call path, others one for each function.
type block struct {
	function FunctionID
	self     Amount
	calls    []call
}

type call struct {
	to        FunctionID
	calls     uint64
	inclusive Amount
}

// callgrindReader reads the callgrind format, as valgrind's documentation
// describes it. Costs of any position are added up: memprof has the line 1 for
// all of them.
type callgrindReader struct {
	*text
	*builder
	columns       int // of a position
	bytes, blocks int // the event columns of these; blocks is -1 where there is none
	events        int
	files, names  map[string]string // the compressed names, by "(1)"
	file, called  string            // the file of the current function, and of the next called one
	calledSet     bool
	callee        string
	calls         uint64
	inCall        bool // the next line of costs is that of a call
	list          []block
	total         *Amount // as the file states it
}

func readCallgrind(t *text, limit Budget) (*Profile, error) {
	c := &callgrindReader{
		text: t, builder: newBuilder(Callgrind, limit), columns: 1, bytes: -1, blocks: -1,
		files: map[string]string{}, names: map[string]string{},
	}
	c.HasCalls, c.HasFiles = true, true
	for more := true; more; {
		var line []byte
		var err error
		if line, more, err = t.until('\n'); err != nil {
			return nil, err
		}
		if err := c.line(bytes.TrimRight(line, " \t\r"), more); err != nil {
			return nil, err
		}
		if err := c.within(t); err != nil {
			return nil, err
		}
	}
	return c.finish()
}

func (c *callgrindReader) line(line []byte, whole bool) error {
	if len(line) == 0 || line[0] == '#' {
		return nil
	}
	if d := line[0]; d >= '0' && d <= '9' || d == '+' || d == '-' || d == '*' {
		return c.costs(line)
	}
	text := string(line)
	if key, value, ok := strings.Cut(text, "="); ok && !strings.ContainsAny(key, ": ") {
		return c.specification(key, value)
	}
	if key, value, ok := strings.Cut(text, ":"); ok {
		return c.header(key, strings.TrimSpace(value))
	}
	if !whole {
		return c.early()
	}
	return c.wrong("a line that the callgrind format does not have")
}

func (c *callgrindReader) header(key, value string) error {
	switch key {
	case "creator":
		if strings.HasPrefix(strings.ToLower(value), "xdebug") {
			return errXdebug
		}
	case "positions":
		c.columns = len(strings.Fields(value))
	case "events":
		return c.eventNames(strings.Fields(value))
	case "summary", "totals", "total":
		if c.bytes < 0 {
			return c.wrong("a total comes before the names of the events")
		}
		a, err := c.amount(strings.Fields(value))
		if err != nil {
			return err
		}
		c.total = &a
	}
	return nil
}

var errXdebug = &FormatError{Found: "it is one of Xdebug's, which adds up each growth of memory and no release; memprof's are needed"}

// eventNames finds the columns of bytes and of blocks: by their names, else the
// first and the second.
func (c *callgrindReader) eventNames(names []string) error {
	c.events = len(names)
	timed, memory := false, -1
	for i, name := range names {
		name = strings.ToLower(name)
		timed = timed || strings.HasPrefix(name, "time")
		switch {
		case strings.Contains(name, "block") || strings.Contains(name, "count"):
			c.blocks = i
		case memory < 0 && (strings.Contains(name, "mem") || strings.Contains(name, "byte") || strings.Contains(name, "size")):
			memory = i
		}
	}
	switch {
	case len(names) == 0:
		return c.wrong("the file names no events")
	case timed && c.blocks < 0:
		return errXdebug
	case memory >= 0:
		c.bytes = memory
	case c.blocks == 0 && len(names) > 1:
		c.bytes = 1
	default:
		c.bytes = 0
	}
	if c.blocks < 0 && len(names) > 1 {
		c.blocks = 1 - min(c.bytes, 1)
	}
	if c.blocks == c.bytes {
		c.blocks = -1
	}
	c.HasBlocks = c.blocks >= 0
	return nil
}

// specification reads a line "key=value".
func (c *callgrindReader) specification(key, value string) (err error) {
	switch key {
	case "fl", "fi", "fe":
		file, err := c.expand(c.files, value)
		// fi and fe are of inlined code: the costs stay the function's.
		if key == "fl" {
			c.file = file
		}
		return err
	case "cfl", "cfi":
		c.called, err = c.expand(c.files, value)
		c.calledSet = true
		return err
	case "fn":
		name, err := c.expand(c.names, value)
		c.list = append(c.list, block{function: c.function(Function{Name: name, File: c.file})})
		c.spent += perBlock
		c.pending++
		c.inCall, c.calledSet = false, false
		return err
	case "cfn":
		c.callee, err = c.expand(c.names, value)
		return err
	case "calls":
		number, _, _ := strings.Cut(value, " ")
		if c.calls, err = strconv.ParseUint(number, 0, 63); err != nil || len(c.list) == 0 {
			return c.wrong("a call without a number or without a caller")
		}
		c.inCall = true
	}
	return nil // ob, cob, jump, jcnd
}

// expand gives the name behind "(1) name" and "(1)", where the format is
// compressed.
func (c *callgrindReader) expand(names map[string]string, value string) (string, error) {
	if !strings.HasPrefix(value, "(") {
		return value, nil
	}
	end := strings.IndexByte(value, ')')
	if end < 0 {
		return value, nil
	}
	if _, err := strconv.ParseUint(value[1:end], 10, 64); err != nil {
		return value, nil // "(unknown)" and the like are names
	}
	id := value[:end+1]
	if name := strings.TrimSpace(value[end+1:]); name != "" {
		names[id] = name
		c.spent += perEntry + uint64(len(value))
	}
	name, known := names[id]
	if !known {
		return "", c.wrong("the name " + id + " is used before it is given")
	}
	return name, nil
}

func (c *callgrindReader) costs(line []byte) error {
	if len(c.list) == 0 || c.bytes < 0 {
		return c.wrong("costs come before the function or the names of the events")
	}
	fields := strings.Fields(string(line))
	if len(fields) < c.columns {
		return c.wrong("a line of costs is too short")
	}
	a, err := c.amount(fields[c.columns:])
	if err != nil {
		return err
	}
	b := &c.list[len(c.list)-1]
	if !c.inCall {
		b.self.Add(a)
		return nil
	}
	file := c.file
	if c.calledSet {
		file = c.called
	}
	c.spent += perCall
	b.calls = append(b.calls, call{to: c.function(Function{Name: c.callee, File: file}), calls: c.calls, inclusive: a})
	c.inCall, c.calledSet = false, false
	return nil
}

// amount reads the costs of a line; columns at its end that are missing are 0.
func (c *callgrindReader) amount(fields []string) (a Amount, err error) {
	if len(fields) > c.events {
		return a, c.wrong("a line of costs has more columns than there are events")
	}
	for i, into := range map[int]*uint64{c.bytes: &a.Bytes, c.blocks: &a.Blocks} {
		if i < 0 || i >= len(fields) {
			continue
		}
		if *into, err = strconv.ParseUint(fields[i], 0, 63); err != nil {
			return a, c.wrong("a cost that is no number")
		}
	}
	return a, nil
}

// finish makes nodes of the blocks: call paths where the file has them, else
// functions. All costs of the file must add up to its total: a file that was cut
// has none, or a wrong one.
func (c *callgrindReader) finish() (*Profile, error) {
	switch {
	case c.bytes < 0 || c.total == nil && len(c.list) == 0:
		return nil, c.early()
	case len(c.list) >= math.MaxUint32:
		return nil, c.wrong("too many functions")
	}
	var sum Amount
	for i := range c.list {
		sum.Add(c.list[i].self)
	}
	switch {
	case c.total == nil:
		return nil, c.early()
	case sum != *c.total:
		return nil, c.wrong("its costs do not add up to its total: it is cut or damaged")
	}
	if c.tree() {
		c.add()
	} else {
		c.flat(sum)
	}
	return c.profile(), nil
}

// tree rebuilds the call tree from memprof's order: a block comes after those of
// all its callees, so that these are the last trees that have no parent yet. It is
// taken only if every name and every inclusive cost agrees.
func (c *callgrindReader) tree() bool {
	var open []int // blocks without a parent, in order
	parent := make([]int, len(c.list))
	calls := make([]uint64, len(c.list))
	inclusive := make([]Amount, len(c.list))
	for i := range c.list {
		b := &c.list[i]
		inclusive[i] = b.self
		from := len(open) - len(b.calls)
		if from < 0 {
			return false
		}
		for k, callee := range open[from:] {
			if to := &b.calls[k]; c.list[callee].function != to.to || inclusive[callee] != to.inclusive {
				return false
			}
			parent[callee], calls[callee] = i, b.calls[k].calls
			inclusive[i].Add(inclusive[callee])
		}
		open = append(open[:from], i)
	}
	last := len(c.list) - 1
	if len(open) != 1 || c.Functions[c.list[last].function].Name != "root" {
		return false
	}
	c.Paths = true
	c.Nodes = make([]Node, 0, len(c.list))
	for i := last; i >= 0; i-- {
		n := Node{Function: c.list[i].function, Self: c.list[i].self, Calls: calls[i]}
		if i == last {
			n.Calls = 1
		} else {
			n.Parent = NodeID(last - parent[i])
		}
		c.node(n)
	}
	return true
}

// flat makes one node for each function, below a root that holds the rest. What
// a function that calls itself has below it is counted once for each level, and
// at most all there is.
func (c *callgrindReader) flat(total Amount) {
	nodes := map[FunctionID]NodeID{}
	c.node(Node{Function: c.function(Function{Name: "root"}), Calls: 1})
	node := func(f FunctionID) NodeID {
		n, known := nodes[f]
		switch {
		case known:
		case c.Functions[f].Name == "root":
			nodes[f] = Root
		default:
			n = c.node(Node{Function: f})
			nodes[f] = n
		}
		return n
	}
	for i := range c.list {
		b := &c.list[i]
		n := node(b.function)
		c.Nodes[n].Self.Add(b.self)
		c.Nodes[n].Inclusive.Add(b.self)
		for _, to := range b.calls {
			c.Nodes[n].Inclusive.Add(to.inclusive)
			c.Nodes[node(to.to)].Calls += to.calls
		}
	}
	for i := range c.Nodes {
		n := &c.Nodes[i]
		n.Inclusive.Bytes = min(n.Inclusive.Bytes, total.Bytes)
		n.Inclusive.Blocks = min(n.Inclusive.Blocks, total.Blocks)
	}
	c.Nodes[Root].Inclusive = total
}
