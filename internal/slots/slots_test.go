package slots

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

func TestSlot(t *testing.T) {
	if size := unsafe.Sizeof(slot{}); size != 8 {
		t.Errorf("a slot takes %d bytes, want 8", size)
	}
}

// The table gives the numbers that a map would, also where hashes are few.
func TestTable(t *testing.T) {
	for _, hashes := range []uint32{1, 7, 1 << 12, 1<<32 - 1} {
		rng := rand.New(rand.NewPCG(1, uint64(hashes)))
		var table Table
		for round := range 4 {
			var values []uint32
			want := map[uint32]uint32{}
			room := uint32(300)
			if hashes > 7 && round == 0 {
				room = 20_000
			}
			number := func(v uint32) uint32 {
				hash := v * 0x9e3779b1 % hashes
				at := hash
				for n, ok := table.Next(&at, hash); ok; n, ok = table.Next(&at, hash) {
					if values[n] == v {
						return n
					}
				}
				table.Put(at, hash, uint32(len(values)))
				values = append(values, v)
				return uint32(len(values) - 1)
			}
			for range 3 * room {
				v := rng.Uint32N(room)
				n, ok := want[v]
				if !ok {
					n = uint32(len(want))
					want[v] = n
				}
				if got := number(v); got != n {
					t.Fatalf("%d hashes, round %d: %d has number %d, want %d", hashes, round, v, got, n)
				}
			}
			if least := 16 * len(want); table.Bytes() < least {
				t.Errorf("%d bytes for %d numbers, want %d at least", table.Bytes(), len(want), least)
			}
			table.Reset()
			at := uint32(0)
			if n, ok := table.Next(&at, 0); ok {
				t.Errorf("an empty table has %d", n)
			}
		}
		if table.Bytes() > 8<<10 {
			t.Errorf("after rounds of few values the table has %d bytes", table.Bytes())
		}
	}
}

func TestTouch(t *testing.T) {
	var table Table
	if got := table.Touch([]uint32{1, 2}); got != 0 {
		t.Errorf("an empty table has %d", got)
	}
	at := uint32(5)
	table.Next(&at, 5)
	table.Put(at, 5, 2)
	if got := table.Touch([]uint32{5, 6}); got != 3 {
		t.Errorf("Touch gives %d, want the slot's 3", got)
	}
}
