package paths

import (
	"bytes"
	"slices"
	"strconv"

	"memtrail/dump"
)

// KeySet tells arrays and stdClass objects apart by their key set:
//
//	array{id, name}      a record, whatever the order of its keys
//	array{id, <int>}     with integer keys besides
//	array<int>           a list
//	array<string>        a map: more keys than a record has
//	array{}              empty
//
// It takes the children of one item, piece by piece.
type KeySet struct {
	keys []byte // the item's string keys as they come, each behind its length
	n    int    // how many
	ints bool

	names map[string][]byte // keys, as above, to the shape's braces
	order [][]byte
	buf   []byte
}

// MaxFields is the number of string keys from which on an array is a map.
const MaxFields = 32

func (s *KeySet) Reset() { s.keys, s.n, s.ints = s.keys[:0], 0, false }

func (s *KeySet) Add(it *dump.Item) {
	for _, c := range it.Children {
		s.AddKey(c.Key)
	}
}

func (s *KeySet) AddKey(key []byte) {
	if _, ok := IntegerKey(key); ok {
		s.ints = true
		return
	}
	if s.n++; s.n <= MaxFields {
		s.keys = strconv.AppendInt(s.keys, int64(len(key)), 10)
		s.keys = append(append(s.keys, ':'), key...)
	}
}

// Name is the shape of the item added, behind the name of what has it.
func (s *KeySet) Name(kind []byte) []byte {
	s.buf = append(s.buf[:0], kind...)
	switch {
	case s.n > MaxFields:
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
		if len(s.names) < MaxShapes {
			s.names[string(s.keys)] = braces
		}
	}
	s.buf = append(s.buf, braces...)
	return s.buf
}

// braces spells out the key set.
func (s *KeySet) braces() []byte {
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

// MaxShapes bounds the groups that --shapes can make: an array may have any
// keys. What comes later is counted as shapeless.
const MaxShapes = 10_000
