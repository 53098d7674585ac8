package dump

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
)

// harm changes one place of a text and gives it with the place.
func harm(r *rand.Rand, text []byte) ([]byte, int) {
	// Bytes that mean something do the most harm.
	const nasty = "\"\"\"\\\\{}{}[],:\n 0x1\x00\xff"
	i := r.IntN(len(text))
	c := nasty[r.IntN(len(nasty))]
	if r.IntN(4) == 0 {
		c = byte(r.Uint32())
	}
	switch r.IntN(4) {
	case 0:
		return slices.Insert(slices.Clone(text), i, c), i
	case 1:
		return slices.Delete(slices.Clone(text), i, i+1), i
	case 2:
		return slices.Delete(slices.Clone(text), i, min(len(text), i+r.IntN(40))), i
	}
	text = slices.Clone(text)
	text[i] = c
	return text, i
}

// TestDamage changes random bytes of dumps. What is promised: no panic, the
// same items on every number of cores, and from both paths unless an item is
// malformed; and in the usual layout a change costs the item it is in and at
// most one of its neighbours.
func TestDamage(t *testing.T) {
	rounds := cases.Number(10, 400)
	dumps := map[string][]byte{"odd": oddDump().PrintUsual(), "odd, minified": dumpbuild.Minified().Print(oddDump())}
	for _, name := range smallDumps {
		dumps[name] = testdata(t, name)
	}
	for name, text := range dumps {
		t.Run(name, func(t *testing.T) {
			usual := !strings.Contains(name, "minified")
			if len(text) > 20_000 {
				// The first items stand for the others.
				text = append(slices.Clip(text[:bytes.LastIndex(text[:8000], []byte("    },"))]), "    }\n}\n}\n"...)
			}
			whole := scanAll(t, bytes.NewReader(text), everything(tuning{}))
			if whole.info.Items == 0 || !whole.info.Complete {
				t.Fatalf("%+v", whole.info)
			}
			for seed := range rounds {
				r := rand.New(rand.NewPCG(uint64(seed), 1))
				bad, at := harm(r, text)
				once := true
				for r.IntN(3) == 0 {
					bad, _ = harm(r, bad)
					once = false
				}
				checkDamaged(t, fmt.Sprintf("seed %d", seed), bad, uint64(seed))
				if !usual || !once {
					continue
				}
				got := scanAll(t, bytes.NewReader(bad), everything(tuning{}))
				i, _ := slices.BinarySearch(whole.at, int64(at)+1)
				i-- // the item that was changed; -1: what stands before all items
				for k, item := range whole.items {
					if k >= i-1 && k <= i+1 {
						continue
					}
					if !slices.Contains(got.items, item) {
						t.Fatalf("seed %d: byte %d changed, in item %d, and item %d is lost:\n%s\n%+v\n%.300s", seed, at, i, k, item, got.info, bad[max(0, at-100):])
					}
				}
			}
		})
	}
}

// checkDamaged reads any bytes in all ways.
func checkDamaged(t testing.TB, what string, text []byte, seed uint64) {
	t.Helper()
	tune := tuning{window: 512, piece: 512 << (seed % 3), block: 100 + int(seed*37%900)}
	want := scanAll(t, bytes.NewReader(text), everything(tune))
	in := memoryInput(text)
	o := everything(tune)
	o.Workers = 2 + int(seed%2)
	if d := differ(eachAll(t, in, o), want); d != "" {
		t.Fatalf("%s: Each with %+v and %d workers: %s\n%.0s", what, tune, o.Workers, d, text)
	}
	stream, err := FromReader("a stream", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if d := differ(eachAll(t, stream, o), want); d != "" {
		t.Fatalf("%s: Each of a stream with %+v and %d workers: %s\n%.0s", what, tune, o.Workers, d, text)
	}
	tune.general = true
	got := scanAll(t, bytes.NewReader(text), everything(tune))
	if d := differ(got, want); d != "" {
		t.Fatalf("%s: the general path: %s\n%.0s", what, d, text)
	}
	if n := len(text) / len(`"":{}`); len(want.items) > n {
		t.Fatalf("%s: %d items in %d bytes", what, len(want.items), len(text))
	}
}

// TestDamageInWideDumps has child lists that windows do not hold.
func TestDamageInWideDumps(t *testing.T) {
	b := dumpbuild.New()
	for i := range 4 {
		it := b.Item(0x7f0000001000+uint64(i)*0x40, "object").Class("Wide").Handle(i)
		for k := range 40 * i {
			it.Child(fmt.Sprintf("key \\%d", k), 0x7f0000001000+uint64(k)*16)
		}
	}
	for _, layout := range []dumpbuild.Layout{dumpbuild.Usual(), dumpbuild.Minified()} {
		text := layout.Print(b.Dump())
		for seed := range cases.Number(10, 400) {
			bad, _ := harm(rand.New(rand.NewPCG(uint64(seed), 2)), text)
			checkDamaged(t, fmt.Sprintf("%s, seed %d", layout.Name, seed), bad, uint64(seed))
		}
	}
}
