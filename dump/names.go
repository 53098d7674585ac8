package dump

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"memtrail/internal/json"
)

// names undoes escapes, remembering recent texts: a namespaced class name has
// a backslash, and a dump repeats it for each of its objects.
//
// Texts it returns are never written to again, so they outlive the slot.
type names struct {
	slots [64]struct{ raw, text []byte }
}

func (n *names) unescape(raw []byte, f *itemFlaws) []byte {
	slot := &n.slots[hash(raw)>>58]
	if !bytes.Equal(slot.raw, raw) {
		text, bad := unescape(raw)
		if bad > 0 {
			f.addN(BadEscape, bad)
			return text
		}
		slot.raw, slot.text = bytes.Clone(raw), text
	}
	return slot.text
}

// appendPlain decodes the text of a JSON string in which nothing is escaped but
// backslashes, quotes and slashes, as in the names of classes. It gives up at
// anything else.
func appendPlain(to, raw []byte) (text []byte, ok bool) {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(to, raw...), true
		}
		if len(raw) < i+2 || raw[i+1] != '\\' && raw[i+1] != '"' && raw[i+1] != '/' {
			return nil, false
		}
		to = append(append(to, raw[:i]...), raw[i+1])
		raw = raw[i+2:]
	}
}

// unescape decodes the text of a JSON string into fresh memory. A backslash
// that escapes nothing stays one; bad counts them.
func unescape(raw []byte) (text []byte, bad int) {
	if s, ok := json.Unquote(view(raw)); ok {
		return []byte(s), 0
	}
	mended := make([]byte, 0, len(raw)+8)
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' {
			n := escapeLen(raw[i:])
			if n == 0 {
				mended = append(mended, '\\', '\\')
				bad++
				continue
			}
			mended = append(mended, raw[i:i+n]...)
			i += n - 1
			continue
		}
		mended = append(mended, raw[i])
	}
	s, ok := json.Unquote(string(mended))
	if !ok {
		return bytes.Clone(raw), max(bad, 1)
	}
	return []byte(s), bad
}

// escapeLen is the length of the escape sequence that b starts with, or 0 if
// JSON does not know it.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
		for _, c := range b[2:6] {
			if c-'0' > 9 && (c|0x20)-'a' > 5 {
				return 0
			}
		}
		return 6
	}
	return 0
}

// hash mixes a name into 64 bits, the best ones on top.
func hash(b []byte) uint64 {
	const k = 0x9e3779b97f4a7c15
	n := len(b)
	h := uint64(n) * k
	p := 0
	for ; n-p >= 8; p += 8 {
		h = bits.RotateLeft64((h^load(b, p))*k, 29)
	}
	var w uint64
	switch r := n - p; {
	case n >= 8:
		w = load(b, n-8)
	case r >= 4:
		w = uint64(binary.LittleEndian.Uint32(b))<<32 | uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case r > 0:
		w = uint64(b[0])<<16 | uint64(b[n/2])<<8 | uint64(b[n-1])
	}
	h = (h ^ w) * k
	return (h ^ h>>32) * k
}

// itemFlaws counts what is wrong with one item while it is read, so that an
// attempt can be dropped and made again.
type itemFlaws struct {
	any bool
	n   [numDefects]uint32
}

func (f *itemFlaws) add(k DefectKind) { f.addN(k, 1) }

func (f *itemFlaws) addN(k DefectKind, n int) {
	f.any = true
	f.n[k] += uint32(n)
}

// raw notes a name that has bytes above 127.
func (f *itemFlaws) raw(name []byte) {
	if !utf8.Valid(name) {
		f.add(RawBytes)
	}
}

// keySet finds the keys that stand twice in one item's children. Up to eight
// keys, the bulk of items, it compares each with each. Beyond that it hashes,
// leaving out keys that start and end with a digit (nearly all of them are
// indices, which an array cannot repeat and which are the bulk of the keys).
// It stops at maxKeys to keep its memory bounded, and leaves a key out after
// mostSteps to keep its time bounded.
type keySet struct {
	n     int
	few   [8]uint64 // fingerprints
	table []uint64  // open addressing, 0 is free
	used  int
}

const maxKeys = 1 << 16

func (s *keySet) reset() {
	s.n = 0
	if s.used == 0 {
		return
	}
	// A table grown for one wide item would make clearing it the main cost of
	// each item that follows.
	if len(s.table) > 1024 {
		s.table = nil
	} else {
		clear(s.table)
	}
	s.used = 0
}

// add reports whether the key is there already.
func (s *keySet) add(key []byte) bool {
	if s.n < len(s.few) {
		h := fingerprint(key)
		for _, f := range s.few[:s.n] {
			if f == h {
				return true
			}
		}
		s.few[s.n] = h
		s.n++
		return false
	}
	if n := len(key); n > 0 && key[0]-'0' <= 9 && key[n-1]-'0' <= 9 || s.used > maxKeys {
		return false
	}
	if s.used == 0 {
		if s.table == nil {
			s.table = make([]uint64, 64)
		}
		for _, f := range s.few {
			s.insert(f)
		}
	}
	if 2*s.used >= len(s.table) {
		old := s.table
		s.table = make([]uint64, 4*len(old))
		s.used = 0
		for _, h := range old {
			if h != 0 {
				s.insert(h)
			}
		}
	}
	return s.insert(fingerprint(key))
}

// fingerprint is the key itself, with its length, if it is shorter than a
// word, else a hash.
func fingerprint(key []byte) uint64 {
	if n := len(key); n < 8 {
		if cap(key) >= 8 {
			return load(key[:8], 0)&(1<<(8*n)-1) | uint64(n)<<56
		}
		var w [8]byte
		copy(w[:], key)
		return load(w[:], 0) | uint64(n)<<56
	}
	return hash(key)
}

// mostSteps is how far a key is looked for from its slot. The longest run of slots that
// ordinary keys were seen to fill, of twelve kinds and up to 65,536 each, is 29; keys
// that were chosen to have one slot would take seconds an item.
const mostSteps = 1 << 7

func (s *keySet) insert(h uint64) (found bool) {
	h |= 1 << 63 // 0 marks a free slot
	mask := uint64(len(s.table) - 1)
	// The upper bits of the product depend on all bytes of a short key.
	i := h * 0x9e3779b97f4a7c15 >> bits.LeadingZeros64(mask)
	for end := i + mostSteps; i < end; i++ {
		switch s.table[i&mask] {
		case 0:
			s.table[i&mask] = h
			s.used++
			return false
		case h:
			return true
		}
	}
	return false
}
