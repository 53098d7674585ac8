package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"memtrail/internal/simseries"
)

func TestWrites(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	var out, errs strings.Builder
	if code := run([]string{"-scenario", "late_leak", "-seed", "5", "-dumps", "4", "-dir", dir}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	scenario, _ := simseries.Find("late_leak")
	want := scenario.Series(5, 4)
	for i, name := range []string{"mem-1.json", "mem-2.json", "mem-3.json", "mem-4.json"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want.Dumps[i]) {
			t.Errorf("%s: %v, or another dump", name, err)
		}
	}
	truth, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil || !strings.Contains(string(truth), `"verdict": "leak"`) {
		t.Errorf("truth: %v\n%s", err, truth)
	}
}

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		args string
		code int
		out  string
	}{
		{"", 0, "late_leak                      leak\n"},
		{"-scenario nothing", 2, `there is no scenario "nothing"`},
		{"-dumps many", 2, "invalid value"},
		{"more", 2, `unexpected argument "more"`},
	} {
		var out strings.Builder
		if code := run(strings.Fields(test.args), &out, &out); code != test.code || !strings.Contains(out.String(), test.out) {
			t.Errorf("%q: exit code %d\n%s", test.args, code, out.String())
		}
	}
}
