// Package cases says how many of its cases a test runs: a sample, which keeps
// the tests' loop short, or all of them with the flag -full, as .ci/run does.
// A sample is the same each time, and all cases include it.
package cases

import (
	"flag"
	"testing"
)

var full = flag.Bool("full", false, "run all cases of the tests, not a sample of them")

// Full reports whether all cases are asked for.
func Full() bool { return *full }

// OnlyFull skips a test without -full. The reason says what makes it slow.
func OnlyFull(t testing.TB, reason string) {
	t.Helper()
	if !*full {
		t.Skip("only with -full: " + reason)
	}
}

// Number is how many cases to run, or how large to make one: sample, or all
// with -full.
func Number(sample, all int) int {
	if *full {
		return all
	}
	return sample
}

// Sample takes n elements of a list, at even distances from the one that seed
// names; the whole list with -full, or if it has no more than n. Tests in a
// loop give its index as the seed, so that together they meet all elements.
func Sample[T any](list []T, n, seed int) []T {
	if *full || n >= len(list) {
		return list
	}
	var some []T
	for i := range n {
		some = append(some, list[(seed+i*len(list)/n)%len(list)])
	}
	return some
}
