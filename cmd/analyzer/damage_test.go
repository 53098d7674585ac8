package main

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// TestDamage flips, drops and doubles bytes of dumps: each command answers, or
// says that it cannot, and never panics.
func TestDamage(t *testing.T) {
	commands := [][]string{
		{"summary", "-", "--shapes"}, {"summary", "-", "--sizes", "allocated"}, {"summary", "-", "--group", "frame", "--retained"},
		{"top-children", "-", "--paths"}, {"query", "-", "--format", "json", "-l", "0"}, {"query", "-", "-f", "retained>1", "--sort", "retained"},
		{"check", "-"}, {"heap", "-"}, {"leaks", "-", "--threshold", "0.1%", "-v"}, {"tree", "-", "--depth", "100"}, {"diff", data("example.json"), "-"},
		{"ref-path", "0x7fef5a680760", "-", "--dominators", "--all-paths", "2"},
	}
	for _, name := range []string{"example.json", "closure-address-reuse.json", "statics.json", "ffi-trailing-comma.json"} {
		whole, err := os.ReadFile(data(name))
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(60) {
			r := rand.New(rand.NewPCG(seed, 1))
			b := slices.Clone(whole)
			for range 1 + r.IntN(8) {
				switch i := r.IntN(len(b)); r.IntN(3) {
				case 0:
					b[i] = byte(r.Uint32())
				case 1:
					b = slices.Delete(b, i, min(len(b), i+1+r.IntN(40)))
				default:
					b = slices.Insert(b, i, b[i:min(len(b), i+r.IntN(200))]...)
				}
			}
			args := commands[int(seed)%len(commands)]
			_, stderr, code := analyze(t, string(b), args...)
			if code != exitOK && code != exitUnusable && code != exitIncomplete || code == exitUnusable && stderr == "" {
				t.Errorf("%s, seed %d, %v: exit code %d, stderr %q", name, seed, args, code, stderr)
			}
		}
	}
}
