package linezip

import (
	"encoding/binary"
	"math/bits"
)

// finder cuts text into sequences.
//
// A line is mostly a copy of one shortly before it, apart from a few digits of
// addresses and counters. So the distance of the last copy is tried first, past
// some bytes that differ: it takes no bits to say, and a copy from further
// back, though it may be longer, takes twenty. A table of hashes is asked only
// where this fails, because other lines begin, and takes copies from far away
// only if they are long. (General encoders take whatever is longest, or stood
// there last: low digits of addresses repeat every few pages, which led
// klauspost/compress's to distances that take most of their output.)
type finder struct {
	table  [1 << tableLog]uint32 // positions in the whole text, modulo 1<<32, by hash
	recent [3]uint32
}

const (
	tableLog  = 14
	windowLog = 17
	// window is how far back a copy may start.
	window = 1 << windowLog
	// near is what is preferred, and farMatch the least that is worth a copy
	// from further back.
	near     = 16 << 10
	farMatch = 24
	// enough is the length of a copy over a recent distance that is taken
	// without a look at others.
	enough = 16
	// skipped is how many bytes that differ are looked past.
	skipped = 4
	// margin is how many bytes are looked at from a position on.
	margin = skipped + 8
)

func newFinder() *finder { return &finder{recent: [3]uint32{1, 4, 8}} }

func hash(w uint64) uint32 {
	const prime = 0x9e3779b97f4a7c15
	return uint32(w * prime >> (64 - tableLog))
}

func load(text []byte, at int) uint64 { return binary.LittleEndian.Uint64(text[at:]) }

// cut fills b with the sequences of text[from:]. base is the position of text
// in the whole.
func (f *finder) cut(b *block, text []byte, from int, base uint32) {
	b.reset()
	done := from // what is in b
	idle := 0
	for s := from; s < len(text)-margin; {
		w := load(text, s)
		at, back, n := f.repeat(text, s, w, s == done)
		h := hash(w)
		if n == 0 {
			at, back, n = f.hashed(text, s, w, h, base)
		}
		f.table[h] = base + uint32(s)
		if n == 0 {
			idle++
			s += 1 + idle>>6
			continue
		}
		idle = 0
		for at > done && at > back && text[at-1] == text[at-1-back] {
			at--
			n++
		}
		if at > s {
			f.table[hash(load(text, at))] = base + uint32(at)
		}
		b.literals = append(b.literals, text[done:at]...)
		b.sequences = append(b.sequences, sequence{literals: uint32(at - done), match: uint32(n), offset: f.code(uint32(back), at == done)})
		s = at + n
		done = s
	}
	b.literals = append(b.literals, text[done:]...)
}

// hashed looks for a copy of the word at s; n is 0 if there is none that is
// worth it.
func (f *finder) hashed(text []byte, s int, w uint64, h, base uint32) (at, back, n int) {
	back = int(base + uint32(s) - f.table[h])
	if back <= 0 || back > min(window, s) || load(text, s-back) != w {
		return 0, 0, 0
	}
	if n = matchLen(text, s, back); back > near && n < farMatch {
		return 0, 0, 0
	}
	return s, back, n
}

// repeat looks for a copy over a recent distance that starts at s or a few
// bytes behind it; n is 0 if there is none.
func (f *finder) repeat(text []byte, s int, w uint64, bare bool) (at, back, n int) {
	for i, r := range f.recent {
		r := int(r)
		if r > s {
			continue
		}
		differs := w ^ load(text, s-r)
		k := 0
		for k <= skipped && uint32(differs) != 0 {
			differs >>= 8
			k++
		}
		if k > skipped || k == 0 && bare && i == 0 {
			continue
		}
		m := matchLen(text, s+k, r)
		if m-k > n-(at-s) || n == 0 {
			at, back, n = s+k, r, m
		}
		if m >= enough && r <= near {
			break
		}
	}
	return at, back, n
}

// matchLen is how many bytes from at on are as those back bytes before.
func matchLen(text []byte, at, back int) int {
	s := at
	for ; s <= len(text)-8; s += 8 {
		if d := load(text, s) ^ load(text, s-back); d != 0 {
			return s - at + bits.TrailingZeros64(d)/8
		}
	}
	for s < len(text) && text[s] == text[s-back] {
		s++
	}
	return s - at
}

// code codes a distance and moves it to the front of the recent ones. bare is
// set if no literals precede the copy: the last distance would have gone on
// then, so the codes stand for others.
func (f *finder) code(back uint32, bare bool) uint32 {
	r := &f.recent
	var v uint32
	switch back {
	case r[0]:
		if !bare {
			return 1
		}
		v = back + 3
	case r[1]:
		r[0], r[1] = r[1], r[0]
		v = 2
	case r[2]:
		r[0], r[1], r[2] = r[2], r[0], r[1]
		v = 3
	default:
		v = back + 3
	}
	if v > 3 {
		r[0], r[1], r[2] = back, r[0], r[1]
		return v
	}
	if bare {
		v--
	}
	return v
}
