// Package profiletest reads small profiles of memprof in tests.
package profiletest

import (
	"strings"
	"testing"

	"memtrail/dump"
	"memtrail/profile"
)

// Read reads a profile from its text; the test fails if it is none.
func Read(t testing.TB, text string) *profile.Profile {
	t.Helper()
	in, err := dump.FromReader("profile", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
