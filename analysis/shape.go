package analysis

import (
	"bytes"
	"slices"
	"strconv"

	"memtrail/dump"
)

// shape tells arrays and stdClass objects apart by their key set:
//
//	array{id, name}      a record, whatever the order of its keys
//	array{id, <int>}     with integer keys besides
//	array<int>           a list
//	array<string>        a map: more keys than a record has
//	array{}              empty
//
// It takes the children of one item, piece by piece.
type shape struct {
	keys []byte // the item's string keys as they come, each behind its length
	n    int    // how many
	ints bool

	names map[string][]byte // keys, as above, to the shape's braces
	order [][]byte
	buf   []byte
}

// maxFields is the number of string keys from which on an array is a map.
const maxFields = 32

func (s *shape) reset() { s.keys, s.n, s.ints = s.keys[:0], 0, false }

func (s *shape) add(it *dump.Item) {
	for _, c := range it.Children {
		s.addKey(c.Key)
	}
}

func (s *shape) addKey(key []byte) {
	if _, ok := integer(key); ok {
		s.ints = true
		return
	}
	if s.n++; s.n <= maxFields {
		s.keys = strconv.AppendInt(s.keys, int64(len(key)), 10)
		s.keys = append(append(s.keys, ':'), key...)
	}
}

// name is the shape of the item added, behind the name of what has it.
func (s *shape) name(of []byte) []byte {
	s.buf = append(s.buf[:0], of...)
	switch {
	case s.n > maxFields:
		return append(s.buf, "<string>"...)
	case s.n == 0 && s.ints:
		return append(s.buf, "<int>"...)
	}
	if s.ints {
		s.keys = append(s.keys, '+')
	}
	braces, ok := s.names[string(s.keys)]
	if !ok {
		braces = s.braces()
		if s.names == nil {
			s.names = map[string][]byte{}
		}
		if len(s.names) < maxShapes {
			s.names[string(s.keys)] = braces
		}
	}
	s.buf = append(s.buf, braces...)
	return s.buf
}

// braces spells out the key set.
func (s *shape) braces() []byte {
	s.order = s.order[:0]
	for rest := s.keys; len(rest) > 0 && rest[0] != '+'; {
		colon := bytes.IndexByte(rest, ':')
		n, _ := strconv.Atoi(string(rest[:colon]))
		s.order = append(s.order, rest[colon+1:colon+1+n])
		rest = rest[colon+1+n:]
	}
	slices.SortFunc(s.order, bytes.Compare)
	s.order = slices.CompactFunc(s.order, bytes.Equal)
	if s.ints {
		s.order = append(s.order, []byte("<int>"))
	}
	return append(append([]byte{'{'}, bytes.Join(s.order, []byte(", "))...), '}')
}

// integer reads a key that PHP holds as an integer.
func integer(key []byte) (int64, bool) {
	if len(key) == 0 || len(key) > 20 || key[0] != '-' && key[0]-'0' > 9 {
		return 0, false
	}
	v, err := strconv.ParseInt(string(key), 10, 64)
	if err != nil || strconv.FormatInt(v, 10) != string(key) {
		return 0, false
	}
	return v, true
}
