package main

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestParsePercent(t *testing.T) {
	for text, want := range map[string]float64{"10": 0.1, "10%": 0.1, "0.5%": 0.005, " 2.5 % ": 0.025, "100": 1, "1e1": 0.1} {
		if got, err := parsePercent("threshold", text); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "%", "0", "0%", "-1", "100.01", "10%%", "ten", "NaN", "Inf", "10 KB", "1,5"} {
		_, err := parsePercent("threshold", text)
		var usage *usageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), "--threshold is ") {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

// TestLeaksOfDamage cuts a dump into pieces: there is an answer, and it is said
// to be incomplete.
func TestLeaksOfDamage(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(data("closure-address-reuse.json"))
	if err != nil {
		t.Fatal(err)
	}
	for cut := 600; cut < len(b)-100; cut += 101 {
		stdout, stderr, code := analyze(t, string(b[:cut]), "leaks", "-", "--threshold", "0.1%", "-l", "0", "-v")
		if code != exitIncomplete || stdout == "" || !strings.Contains(stderr, "ends at byte") {
			t.Fatalf("cut at %d: exit code %d, stderr %q, stdout\n%s", cut, code, stderr, stdout)
		}
	}
}
