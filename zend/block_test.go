package zend_test

import (
	"math/rand/v2"
	"testing"

	"memtrail/zend"
)

func TestRound(t *testing.T) {
	for _, tt := range []struct{ n, want uint64 }{
		{0, 8}, {1, 8}, {8, 8}, {9, 16}, {33, 40}, {64, 64}, {65, 80}, {129, 160}, {257, 320}, {1025, 1280}, {2561, 3072},
		{3072, 3072}, {3073, 4096}, {4096, 4096}, {4097, 8192}, {2<<20 - 4096, 2<<20 - 4096}, {2<<20 - 4095, 2 << 20},
		{2<<20 + 1, 2<<20 + 4096},
	} {
		if got := zend.Round(tt.n); got != tt.want {
			t.Errorf("Round(%d) = %d, want %d", tt.n, got, tt.want)
		}
	}
	// A huge block has a node in the list of huge blocks.
	if got := zend.Alloc(3_000_032); got != 733*4096+24 {
		t.Errorf("Alloc(3000032) = %d", got)
	}
}

func TestRoundProperties(t *testing.T) {
	last := uint64(0)
	classes := map[uint64]bool{}
	check := func(n uint64) {
		r := zend.Round(n)
		if r < n || zend.Round(r) != r || r < last {
			t.Fatalf("Round(%d) = %d, Round of that %d, of the one before %d", n, r, zend.Round(r), last)
		}
		if r > 64 && n > r/2 && r-n > r/4 && r <= 3072 {
			t.Fatalf("Round(%d) = %d wastes more than a fourth", n, r)
		}
		last = r
	}
	for n := uint64(0); n < 10000; n++ {
		check(n)
		if n <= 3072 {
			classes[last] = true
		}
	}
	if len(classes) != 30 {
		t.Errorf("%d size classes, want 30", len(classes))
	}
	for n := uint64(10000); n < 1<<24; n += rand.Uint64N(5000) {
		check(n)
	}
	if zend.Round(1<<64-1) == 0 || zend.New(zend.PHP82).String(1<<64-1) == 0 {
		t.Error("sizes wrap")
	}
}

func TestMonotone(t *testing.T) {
	for _, v := range []zend.Version{zend.PHP74, zend.PHP80, zend.PHP81, zend.PHP82, zend.PHP83, zend.PHP84} {
		m := zend.New(v)
		fs := map[string]func(n uint64) uint64{
			"String": m.String, "Packed": m.Packed, "Hash": m.Hash, "ObjectStore": zend.ObjectStore,
			"Object": func(n uint64) uint64 { return m.Object(n, false) },
		}
		for r := zend.Variables; r <= zend.Priorities; r++ {
			fs["Shown"] = func(n uint64) uint64 { return m.Shown(r, n) }
			for name, f := range fs {
				for n := uint64(0); n < 3000; n++ {
					if f(n+1) < f(n) {
						t.Fatalf("%v: %s(%d) = %d, more than %d of one more", v, name, n, f(n), f(n+1))
					}
				}
			}
		}
	}
}
