package dump

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestUnescape(t *testing.T) {
	for raw, want := range map[string]struct {
		text string
		bad  int
	}{
		"":                        {"", 0},
		"abc":                     {"abc", 0},
		`App\\Entity\\User`:       {`App\Entity\User`, 0},
		`\"\\\/\b\f\n\r\t`:        {"\"\\/\b\f\n\r\t", 0},
		`\u0041\u00e9\u20AC`:      {"Aé€", 0},
		`\ud83d\ude00`:            {"\U0001F600", 0},
		`\ud83d`:                  {"\uFFFD", 0},
		`\ude00x`:                 {"\uFFFDx", 0},
		`\u0000`:                  {"\x00", 0},
		"\xff\\n\xfe":             {"\xff\n\xfe", 0},
		`\x`:                      {`\x`, 1},
		`\u12`:                    {`\u12`, 1},
		`\u12g4\q\n`:              {`\u12g4\q` + "\n", 2},
		`a\`:                      {`a\`, 1},
		`\\\`:                     {`\\`, 1},
		strings.Repeat(`\\`, 999): {strings.Repeat(`\`, 999), 0},
	} {
		text, bad := unescape([]byte(raw))
		if string(text) != want.text || bad != want.bad {
			t.Errorf("%q: %q, %d", raw, text, bad)
		}
		var n names
		for range 2 {
			var f itemFlaws
			if got := n.unescape([]byte(raw), &f); string(got) != want.text || int(f.n[BadEscape]) != want.bad || f.any != (want.bad > 0) {
				t.Errorf("%q: %q, %d", raw, got, f.n[BadEscape])
			}
		}
	}
}

// TestNamesAreKept has a text survive whatever is read after it.
func TestNamesAreKept(t *testing.T) {
	var n names
	var f itemFlaws
	first := n.unescape([]byte(`A\\B`), &f)
	for i := range 1000 {
		n.unescape(fmt.Appendf(nil, `A\\%d`, i), &f)
	}
	if string(first) != `A\B` {
		t.Errorf("%q", first)
	}
}

// TestKeySet holds it against a map.
func TestKeySet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var s keySet
	for round := range 300 {
		s.reset()
		seen := map[string]bool{}
		for range r.IntN(40 << (round % 6)) {
			key := bytes.Repeat([]byte("x\x00")[:1+r.IntN(2)], r.IntN(12))
			if r.IntN(2) == 0 {
				key = fmt.Appendf(nil, "k%d", r.IntN(400))
			}
			if r.IntN(2) == 0 {
				key = slices.Clip(key)
			}
			if got := s.add(key); got != seen[string(key)] {
				t.Fatalf("round %d: %q after %d keys: %v", round, key, len(seen), got)
			}
			seen[string(key)] = true
		}
	}
	// What looks like an index is looked at only among the first keys.
	s.reset()
	for i := range 20 {
		s.add(fmt.Appendf(nil, "k%d", i))
	}
	for key, want := range map[string]bool{"5": false, "512": false, "-5": true, "5a": true, "a5": true, "-": true, "": true} {
		s.add([]byte(key))
		if s.add([]byte(key)) != want {
			t.Errorf("%q twice: %v", key, !want)
		}
	}
}

// TestKeySetIsBounded has more keys than it keeps.
func TestKeySetIsBounded(t *testing.T) {
	var s keySet
	for i := range 500_000 {
		s.add(fmt.Appendf(nil, "key %d", i))
	}
	if len(s.table) > 4*maxKeys {
		t.Errorf("%d slots", len(s.table))
	}
	s.reset()
	if s.add([]byte("key 1")) || !s.add([]byte("key 1")) || len(s.table) > 1024 {
		t.Error("it remembers")
	}
}

// TestKeySetLosesNothing has keys that differ little: none has too many steps to go.
func TestKeySetLosesNothing(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, prefix := range []string{"", "a", "ab", "abc", "user_", "sess_", "item__", "a long prefix:", "App\\\\Model\\\\Order::$"} {
		for _, suffix := range []string{"", "s", "_id", " of a long suffix"} {
			keys := make([][]byte, 0, len(letters)*len(letters))
			for _, a := range letters {
				for _, b := range letters {
					keys = append(keys, []byte(prefix+string(a)+string(b)+suffix))
				}
			}
			addTwice(t, keys)
		}
	}
	many := make([][]byte, 30_000) // nearly half of the slots
	for i := range many {
		many[i] = fmt.Appendf(nil, "key %d", i)
	}
	addTwice(t, many)
}

// addTwice sees that keys are found the second time.
func addTwice(t *testing.T, keys [][]byte) {
	t.Helper()
	var s keySet
	for _, again := range []bool{false, true} {
		for _, key := range keys {
			if s.add(key) != again {
				t.Fatalf("%q is there: %t", key, !again)
			}
		}
	}
}

// TestKeySetHasTime has keys of seven bytes that all have one slot: their products with
// the multiplier have the same bits where the slot is taken from.
func TestKeySetHasTime(t *testing.T) {
	inverse := uint64(1) // of the multiplier, by Newton's method
	for range 6 {
		inverse *= 2 - 0x9e3779b97f4a7c15*inverse
	}
	r := rand.New(rand.NewPCG(1, 2))
	var s keySet
	const keys = 20 * mostSteps
	for n := 0; n < keys; {
		f := r.Uint64() >> 20 * inverse
		if f>>56 != 1<<7|7 {
			continue
		}
		var key [8]byte
		binary.LittleEndian.PutUint64(key[:], f)
		if s.add(key[:7]) {
			t.Fatal("a key is found that was not there")
		}
		n++
	}
	if s.used > mostSteps+len(s.few) {
		t.Errorf("%d keys are looked through for each", s.used)
	}
}

// TestHashUsesEveryByte changes one byte of names of every length.
func TestHashUsesEveryByte(t *testing.T) {
	for n := range 40 {
		name := bytes.Repeat([]byte("a"), n)
		seen := map[uint64]bool{hash(name): true}
		for i := range name {
			name[i] = 'b'
			if h := hash(name); seen[h] {
				t.Errorf("length %d, byte %d", n, i)
			} else {
				seen[h] = true
			}
			name[i] = 'a'
		}
	}
}
