package members

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sketchOf samples hashes, cut as Sample does it.
func sketchOf(hashes []uint64) *Sketch {
	s := &Sketch{}
	for _, h := range hashes {
		s.add(member{hash: h})
	}
	s.cut()
	return s
}

func hashesFrom(first, n int) []uint64 {
	list := make([]uint64, n)
	for i := range list {
		list[i] = mix(uint64(first + i))
	}
	return list
}

// A sketch has the smallest hashes, whatever the order in which members come and
// however often.
func TestSketchKeepsTheSmallest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, sketchSize - 1, sketchSize, sketchSize + 1, 8*sketchSize - 1, 8 * sketchSize, 5000} {
		all := hashesFrom(1, n)
		want := slices.Sorted(slices.Values(all))
		if n > sketchSize {
			want = want[:sketchSize]
		}
		twice := append(slices.Clone(all), all...)
		r.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
		s := sketchOf(twice)
		var got []uint64
		for _, m := range s.members {
			got = append(got, m.hash)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d members: %d kept, want %d", n, len(got), len(want))
		}
		if (s.below != 0) != (n > sketchSize) {
			t.Errorf("%d members: all below %x", n, s.below)
		}
	}
}

// The share that two sketches have in common estimates that of the members: it is
// exact for few, and off by no more than chance for many.
func TestKeptEstimatesTheShare(t *testing.T) {
	for _, c := range []struct{ before, stay, after int }{
		{10, 10, 10}, {10, 0, 10}, {40, 13, 50}, {64, 32, 64}, {1000, 1000, 1500}, {1000, 0, 1000}, {1000, 500, 1000}, {3000, 300, 9000},
		{100, 100, 20_000}, {20_000, 100, 100}, {64, 64, 10_000},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			off, runs := 0.0, 30
			truth := float64(c.stay) / float64(c.before)
			for seed := range runs {
				base := seed * 1_000_000
				a := sketchOf(hashesFrom(base, c.before))
				b := sketchOf(append(hashesFrom(base, c.stay), hashesFrom(base+500_000, c.after-c.stay)...))
				compared, found := a.Kept(b)
				if compared == 0 {
					if c.after < c.before*4 && c.before < c.after*4 {
						t.Fatal("nothing was compared")
					}
					continue
				}
				share := float64(found) / float64(compared)
				exact := c.before <= sketchSize && c.after <= sketchSize
				if (exact || truth == 0 || truth == 1) && share != truth {
					t.Fatalf("%d of %d, want %v", found, compared, truth)
				}
				// Five standard errors.
				if most := 5 * math.Sqrt(0.25/float64(compared)); math.Abs(share-truth) > most {
					t.Errorf("%d of %d: %v, want %v", found, compared, share, truth)
				}
				off += (share - truth) / float64(runs)
			}
			if math.Abs(off) > 0.06 {
				t.Errorf("the mean is off by %v", off)
			}
		})
	}
}

// Joined sketches of several places are the sketch of all their members.
func TestJoinIsOfAllMembers(t *testing.T) {
	for _, sizes := range [][]int{{0, 0}, {3, 0}, {3, 5}, {100, 3}, {3, 100}, {100, 200, 5000}, {64, 64, 65}} {
		var all []uint64
		var parts []*Sketch
		for i, n := range sizes {
			part := hashesFrom(i*100_000, n)
			all = append(all, part...)
			parts = append(parts, sketchOf(part))
		}
		joined := Join(append(parts, nil))
		want := slices.Sorted(slices.Values(all))
		if joined.below != 0 {
			n, _ := slices.BinarySearch(want, joined.below)
			want = want[:n]
		}
		var got []uint64
		for _, m := range joined.members {
			got = append(got, m.hash)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: %d members below %x, want %d", sizes, len(got), joined.below, len(want))
		}
		if len(all) > 0 && len(got) < min(len(all), 1) {
			t.Errorf("%v: nothing is left", sizes)
		}
	}
}
