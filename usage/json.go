package usage

import (
	"bytes"

	"memtrail/internal/json"
)

// maxNesting bounds the objects within each other of which fields are read:
// Monolog has two.
const maxNesting = 8

// jsonLayout reads objects, one a line. Their keys are looked up once for each
// spelling.
type jsonLayout struct {
	known map[string]known
	rank  [fields]int
	path  []byte
	open  []int // length of path, by object that is open
}

// known is what a key is of.
type known struct {
	field field // fields for one of no use
	rank  int
	name  string
}

// maxKnown keys are remembered, of which none is longer than maxKey bytes: a log that
// makes up keys is not to fill memory.
const (
	maxKnown = 4096
	maxKey   = 512
)

func (j *jsonLayout) lookup(p *parser) known {
	if k, ok := j.known[string(j.path)]; ok {
		return k
	}
	k := known{field: fields, name: string(j.path)}
	if f, rank, ok := match(k.name, &p.given); ok {
		k.field, k.rank = f, rank
	}
	if j.known == nil {
		j.known = map[string]known{}
	}
	if len(j.known) < maxKnown && len(k.name) <= maxKey {
		j.known[k.name] = k
	}
	return k
}

// read reads an object. It is a scanner of its own, as a log has millions of short
// lines: it looks at keys, and passes over values that are of no use. Of two keys
// that fit one field the plainer counts.
func (j *jsonLayout) read(line []byte, p *parser) lineKind {
	j.path, j.open = j.path[:0], j.open[:0]
	for f := range j.rank {
		j.rank[f] = len(aliases[f]) + 1
	}
	found := false
	i := blank(line, 0)
	if i == len(line) || line[i] != '{' {
		return damaged
	}
	i++
	for {
		i = blank(line, i)
		switch {
		case i == len(line):
			return damaged
		case line[i] == ',':
			i++
			continue
		case line[i] == '}':
			i++
			if len(j.open) == 0 {
				if blank(line, i) != len(line) {
					return damaged
				}
				if !found {
					return other
				}
				return isReading
			}
			j.path = j.path[:j.open[len(j.open)-1]]
			j.open = j.open[:len(j.open)-1]
			continue
		case line[i] != '"':
			return damaged
		}
		from := len(j.path)
		key, next, ok := text(line, i)
		if !ok {
			return damaged
		}
		if i = blank(line, next); i == len(line) || line[i] != ':' {
			return damaged
		}
		if i = blank(line, i+1); i == len(line) {
			return damaged
		}
		if from > 0 {
			j.path = append(j.path, '.')
		}
		j.path = append(j.path, key...)
		if line[i] == '{' && len(j.open) < maxNesting {
			j.open = append(j.open, from)
			i++
			continue
		}
		value, next, ok := scalar(line, i)
		if !ok {
			return damaged
		}
		i = next
		if k := j.lookup(p); k.field < fields && value != nil && k.rank < j.rank[k.field] {
			if !p.set(k.field, value) {
				return damaged
			}
			j.rank[k.field] = k.rank
			p.names[k.field] = k.name
			found = found || k.field == fieldUsage
		}
		j.path = j.path[:from]
	}
}

func blank(line []byte, i int) int {
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	return i
}

// text reads a string at its opening quote: what is in it, and where the line goes
// on.
func text(line []byte, i int) (value []byte, next int, ok bool) {
	for from := i + 1; ; {
		n := bytes.IndexByte(line[from:], '"')
		if n < 0 {
			return nil, 0, false
		}
		end := from + n
		back := 0
		for line[end-1-back] == '\\' {
			back++
		}
		from = end + 1
		if back%2 == 1 {
			continue
		}
		value = line[i+1 : end]
		if bytes.IndexByte(value, '\\') >= 0 {
			plain, ok := json.Unquote(string(value))
			return []byte(plain), from, ok
		}
		return value, from, true
	}
}

// scalar reads a value: a number or a string as its text; nil for null, true and
// false, lists, and objects that are too deep.
func scalar(line []byte, i int) (value []byte, next int, ok bool) {
	switch line[i] {
	case '"':
		value, next, ok = text(line, i)
		return value, next, ok
	case '{', '[':
		return skipped(line, i)
	}
	from := i
	for i < len(line) && line[i] != ',' && line[i] != '}' && line[i] != ']' && line[i] > ' ' {
		i++
	}
	value = line[from:i]
	switch c := line[from]; {
	case i == from:
		return nil, 0, false
	case c >= '0' && c <= '9' || c == '-':
		return value, i, true
	}
	w := string(value)
	return nil, i, w == "null" || w == "true" || w == "false"
}

// skipped passes over a list or an object.
func skipped(line []byte, i int) (value []byte, next int, ok bool) {
	for depth := 0; i < len(line); {
		switch line[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return nil, i + 1, true
			}
		case '"':
			if _, i, ok = text(line, i); !ok {
				return nil, 0, false
			}
			continue
		}
		i++
	}
	return nil, 0, false
}
