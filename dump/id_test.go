package dump

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for id, want := range map[string]struct {
		address uint64 // 0: opaque
		upper   bool
	}{
		"0x1":                   {1, false},
		"0xf":                   {15, false},
		"0xF":                   {15, true},
		"0X1f":                  {31, false},
		"0x7fef5a65a200":        {0x7fef5a65a200, false},
		"0x7FEF5A65A200":        {0x7fef5a65a200, true},
		"0x7fef5a65A200":        {0x7fef5a65a200, true},
		"0x00007fef5a65a200":    {0x7fef5a65a200, false},
		"0x000000007fef5a65a20": {0x7fef5a65a20, false},
		"0x00000000000000000000000000000007fef5a65a200": {0x7fef5a65a200, false},
		"0x0000000000000000000000000000000000000000ABC": {0xabc, true},
		"0x1000000000000000":                            {0x1000000000000000, false},
		"0x7fffffffffffffff":                            {0x7fffffffffffffff, false},
		"0x8000000000000000":                            {0, false},
		"0xffffffffffffffff":                            {0, false},
		"0x10000000000000000":                           {0, false},
		"0x7fef5a65a2000000000":                         {0, false},
		"":                                              {0, false},
		"0":                                             {0, false},
		"0x":                                            {0, false},
		"x12":                                           {0, false},
		"12345":                                         {0, false},
		"node:123":                                      {0, false},
		"0xg":                                           {0, false},
		"0x12345678g":                                   {0, false},
		"0x1234567g":                                    {0, false},
		"0x_1":                                          {0, false},
		"0x+1":                                          {0, false},
		"0x 1":                                          {0, false},
		"0x-1":                                          {0, false},
		"0x1234567\xff":                                 {0, false},
		"0x\xb1\xb2\xb3\xb4\xb5\xb6\xb7\xb8":            {0, false},
	} {
		got, upper := ParseAddress([]byte(id))
		if got.Opaque() != (want.address == 0) || !got.Opaque() && uint64(got) != want.address || upper != want.upper {
			t.Errorf("%q: %#x %v", id, got, upper)
		}
	}
	if a, _ := ParseAddress([]byte("0x0")); a != 0 {
		t.Errorf("0x0: %#x", a)
	}
	a, _ := ParseAddress([]byte("node:1"))
	b, _ := ParseAddress([]byte("node:2"))
	if a == b {
		t.Error("two opaque ids are the same")
	}
}

// TestParseAddressAsStrconv holds it against the standard library, on numbers
// of every length, padded, in both cases, and with one byte changed.
func TestParseAddressAsStrconv(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		v := r.Uint64() >> r.IntN(64)
		digits := fmt.Sprintf("%0*x", r.IntN(24), v)
		switch r.IntN(3) {
		case 0:
			digits = strings.ToUpper(digits)
		case 1:
			i := r.IntN(len(digits))
			digits = digits[:i] + string([]byte{byte(r.Uint32())}) + digits[i+1:]
		}
		want, err := strconv.ParseUint(digits, 16, 63)
		got, upper := ParseAddress([]byte("0x" + digits))
		if got.Opaque() != (err != nil) || err == nil && (uint64(got) != want || upper != (digits != strings.ToLower(digits))) {
			t.Fatalf("%q: %#x, %v", digits, got, upper)
		}
	}
}

// TestHex8 has every byte in every place.
func TestHex8(t *testing.T) {
	for place := range 8 {
		for c := range 256 {
			text := []byte("0aF93bC7")
			text[place] = byte(c)
			n, upper, ok := hex8(binary.LittleEndian.Uint64(text))
			want, err := strconv.ParseUint(string(text), 16, 64)
			if ok != (err == nil) || ok && (n != want || upper != (string(text) != strings.ToLower(string(text)))) {
				t.Fatalf("%q: %#x, %v, %v", text, n, upper, ok)
			}
		}
	}
	if _, upper, _ := hex8(binary.LittleEndian.Uint64([]byte("0af93bc7"))); upper {
		t.Error("lower case is upper case")
	}
}

// TestPlainHex has it hold for nothing that ends or interrupts a string.
func TestPlainHex(t *testing.T) {
	for n := range 24 {
		id := []byte("0x" + strings.Repeat("7", n) + "________")
		if got := plainHex(id, 0, 2+n); got != (n >= 8 && n <= 16) {
			t.Errorf("%d digits: %v", n, got)
		}
		if n < 8 || n > 16 {
			continue
		}
		for i := range n {
			for _, c := range []byte("\"\\\n \x00,") {
				id[2+i] = c
				if plainHex(id, 0, 2+n) {
					t.Errorf("%q is plain", id)
				}
			}
			for _, c := range []byte("0123456789abcdef") {
				id[2+i] = c
				if !plainHex(id, 0, 2+n) {
					t.Errorf("%q is not plain", id)
				}
			}
		}
	}
}
