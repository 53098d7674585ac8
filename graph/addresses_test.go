package graph

import (
	"math/rand/v2"
	"testing"

	"memtrail/dump"
)

// Addresses come back as they were added, whatever they are: those of an allocator,
// with some that are none, and those that no allocator gives.
func TestAddresses(t *testing.T) {
	const heap = dump.Address(0x7f1234000000)
	for name, tt := range map[string]struct {
		next func(r *rand.Rand) dump.Address
		wide bool
	}{
		"heap": {func(r *rand.Rand) dump.Address { return heap + dump.Address(r.IntN(1<<27))*8 }, false},
		"with some that are odd": {func(r *rand.Rand) dump.Address {
			switch r.IntN(100) {
			case 0:
				return heap + dump.Address(r.IntN(1<<30)) | 1
			case 1:
				return dump.Address(r.IntN(3)) * 8
			}
			return heap + dump.Address(r.IntN(1<<27))*8
		}, false},
		"opaque":             {func(r *rand.Rand) dump.Address { return dump.Address(r.Uint64() | 1<<63) }, true},
		"numbers of a tool":  {func(r *rand.Rand) dump.Address { return dump.Address(r.IntN(100_000)) }, true},
		"all over the place": {func(r *rand.Rand) dump.Address { return dump.Address(r.Uint64() >> 1 &^ 7) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			var a addresses
			var want []dump.Address
			const all = 40_000
			for i := range all {
				if i%7000 == 0 {
					a.moved(i + 5000)
				}
				want = append(want, tt.next(r))
				if i%3 == 0 {
					a.add(want[i])
				} else {
					a.addAll(want[i:])
				}
			}
			if a.len() != all {
				t.Fatalf("%d addresses, want %d", a.len(), all)
			}
			for i, w := range want {
				if got := a.at(NodeID(i)); got != w {
					t.Fatalf("address %d is %#x, want %#x", i, got, w)
				}
				p, ok := a.find(w)
				if odd := a.low[i] == isOdd; ok == odd {
					t.Fatalf("address %d, %#x, is a place: %t", i, w, ok)
				} else if ok && uint32(p) != a.low[i] {
					t.Fatalf("address %d, %#x, is place %#x, want %#x", i, w, p, a.low[i])
				}
			}
			if (a.wide != nil) != tt.wide {
				t.Errorf("8 bytes each: %t", a.wide != nil)
			}
		})
	}
}

// Handles come back as they were added.
func TestHandles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, share := range []float64{0, 0.01, 0.5, 1} {
		var h handles
		var want []uint32
		for i := range 5000 {
			if i%1500 == 0 {
				h = h.moved(i + 1000)
			}
			v := uint32(noHandle)
			if r.Float64() < share {
				v = r.Uint32() >> 1
			}
			want = append(want, v)
			if i < 1000 {
				h.add(v)
			} else if n := r.IntN(200); n < len(want)-h.n {
				h.addAll(want[h.n : h.n+n])
			}
		}
		h.addAll(want[h.n:])
		for i, w := range want {
			if got := h.at(NodeID(i)); got != w {
				t.Fatalf("handle %d is %d, want %d", i, got, w)
			}
		}
	}
}

// Amounts are those that were set last, with and without high bits.
func TestAmounts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 3*stretch + 5
	a := newAmounts(n)
	want := make([]uint64, n)
	for range 4 * n {
		i := r.IntN(n)
		want[i] = r.Uint64() >> r.IntN(60)
		if i < stretch {
			want[i] = uint64(r.Uint32())
		}
		a.set(NodeID(i), want[i])
	}
	for i, w := range want {
		if got := a.at(NodeID(i)); got != w {
			t.Fatalf("amount %d is %d, want %d", i, got, w)
		}
	}
	if a.high[0] != nil || a.high[1] == nil {
		t.Error("high bits are kept where there are none, or not where there are some")
	}
}
