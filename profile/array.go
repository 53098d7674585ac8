package profile

import (
	"math"

	"memtrail/internal/json"
)

// arrayReader reads the JSON of memprof_dump_array(). It keeps its own stack: a
// recursive program has frames thousands deep, more than a general decoder
// allows.
type arrayReader struct {
	*text
	*builder
	name  []byte
	names map[string]FunctionID
}

func readArray(t *text, limit Budget) (*Profile, error) {
	a := &arrayReader{text: t, builder: newBuilder(Array, limit), names: map[string]FunctionID{}}
	a.Paths, a.HasBlocks, a.HasCalls = true, true, true
	if c, _ := a.blank(); c == 0xef { // a byte order mark, which formatOf has seen whole
		a.next()
		a.next()
	} else {
		a.back()
	}
	if err := a.frames(); err != nil {
		return nil, err
	}
	if _, more := a.blank(); more {
		return nil, a.wrong("something follows the profile")
	}
	if a.err != nil {
		return nil, a.err
	}
	a.add()
	return a.profile(), nil
}

// frames reads the root and all that it called. A frame's object and its
// called_functions object are open at the same time; inside says which of both
// the text is in.
func (a *arrayReader) frames() error {
	if err := a.want('{'); err != nil {
		return err
	}
	at := a.node(Node{Function: a.function(Function{Name: "root"})})
	inside := true // a frame, not a list of called functions
	first := true
	for {
		c, more := a.blank()
		switch {
		case !more:
			return a.early()
		case c == '}' && inside:
			if at == Root {
				return nil
			}
			at, inside, first = a.Nodes[at].Parent, false, false
			continue
		case c == '}':
			inside, first = true, false
			continue
		case c == ',' && !first:
			if c, more = a.blank(); !more {
				return a.early()
			}
		case !first:
			return a.wrong("a comma or a closing brace is missing")
		}
		first = false
		if c != '"' {
			return a.wrong("a name in quotes is missing")
		}
		if err := a.key(); err != nil {
			return err
		}
		if !inside {
			if err := a.want('{'); err != nil {
				return err
			}
			if len(a.Nodes) == math.MaxUint32 {
				return a.wrong("too many frames")
			}
			at = a.node(Node{Function: a.functionNamed(a.name), Parent: at})
			if err := a.within(a.text); err != nil {
				return err
			}
			inside, first = true, true
			continue
		}
		into, err := a.field(&a.Nodes[at])
		if err != nil {
			return err
		}
		if into {
			inside, first = false, true
		}
	}
}

// field reads the value of one key of a frame; true if it is the object of called
// functions, which is now open.
func (a *arrayReader) field(n *Node) (into bool, err error) {
	switch string(a.name) {
	case "memory_size":
		n.Self.Bytes, err = a.number()
	case "blocks_count":
		n.Self.Blocks, err = a.number()
	case "calls":
		n.Calls, err = a.number()
	case "called_functions":
		c, more := a.blank()
		switch {
		case !more:
			return false, a.early()
		case c == '{':
			return true, nil
		case c != '[':
			return false, a.wrong("called_functions is no object")
		}
		return false, a.want(']')
	default:
		err = a.skip()
	}
	return false, err
}

// functionNamed finds a function without a copy of its name.
func (a *arrayReader) functionNamed(name []byte) FunctionID {
	if id, known := a.names[string(name)]; known {
		return id
	}
	id := a.function(Function{Name: string(name)})
	a.names[string(name)] = id
	a.spent += perEntry
	return id
}

// blank reads the next byte that is no blank; false at the end.
func (a *arrayReader) blank() (byte, bool) {
	for {
		c, more := a.next()
		if !more || c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c, more
		}
	}
}

func (a *arrayReader) want(c byte) error {
	switch got, more := a.blank(); {
	case !more:
		return a.early()
	case got != c:
		return a.wrong("\"" + string(rune(c)) + "\" is missing")
	}
	return nil
}

// key reads the rest of a name, its quote having been read, and the colon.
func (a *arrayReader) key() error {
	if err := a.quoted(); err != nil {
		return err
	}
	return a.want(':')
}

// quoted reads a string to its closing quote.
func (a *arrayReader) quoted() error {
	a.name = a.name[:0]
	escaped := false
	for {
		part, more, err := a.until('"')
		switch {
		case err != nil:
			return err
		case !more:
			return a.early()
		}
		a.name = append(a.name, part...)
		back := 0
		for back < len(a.name) && a.name[len(a.name)-1-back] == '\\' {
			back++
		}
		for _, c := range part {
			escaped = escaped || c == '\\'
		}
		if back%2 == 0 {
			break
		}
		if a.name = append(a.name, '"'); len(a.name) > maxLine {
			return a.wrong("a name longer than 1 MiB")
		}
	}
	if !escaped {
		return nil
	}
	name, ok := json.Unquote(string(a.name))
	if !ok {
		return a.wrong("a name with an escape sequence that JSON does not have")
	}
	a.name = append(a.name[:0], name...)
	return nil
}

// number reads a count. A decimal point or an exponent is refused: PHP writes
// counts as integers.
func (a *arrayReader) number() (n uint64, err error) {
	c, more := a.blank()
	digits := 0
	for ; more && c >= '0' && c <= '9'; c, more = a.next() {
		if n > (math.MaxInt64-9)/10 {
			return 0, a.wrong("a number that no PHP process reaches")
		}
		n = 10*n + uint64(c-'0')
		digits++
	}
	switch {
	case !more:
		return 0, a.early()
	case digits == 0, c == '.', c == 'e', c == 'E':
		return 0, a.wrong("a count is missing")
	}
	a.back()
	return n, nil
}

// skip reads a value of a key that is of no use here.
func (a *arrayReader) skip() error {
	depth := 0
	for {
		c, more := a.blank()
		switch {
		case !more:
			return a.early()
		case c == '"':
			if err := a.quoted(); err != nil {
				return err
			}
		case c == '{' || c == '[':
			depth++
			continue
		case c == '}' || c == ']':
			if depth--; depth < 0 {
				return a.wrong("a value is missing")
			}
		case c == ',' || c == ':':
			if depth == 0 {
				return a.wrong("a value is missing")
			}
			continue
		case c < ' ': // nor a blank: it begins no value, and ends none
			return a.wrong("a control character")
		default:
			for more && c != ',' && c != '}' && c != ']' && c > ' ' {
				c, more = a.next()
			}
			if !more {
				return a.early()
			}
			a.back()
		}
		if depth == 0 {
			return nil
		}
	}
}
