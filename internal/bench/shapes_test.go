package main

import (
	"bytes"
	"strings"
	"testing"

	testcases "memtrail/internal/cases"
)

func TestShapesFlags(t *testing.T) {
	for _, args := range [][]string{{"-runs", "0"}, {"-items", "1"}, {"x"}, {"-nosuch"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"shapes"}, args...), &stdout, &stderr); code != exitUsage || stderr.Len() == 0 {
			t.Errorf("%q: exit %d, %q", args, code, stderr.String())
		}
	}
}

func TestShapes(t *testing.T) {
	testcases.OnlyFull(t, "it builds the program and runs it 80 times")
	t.Chdir("../..")
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"shapes", "-runs", "1", "-items", "2000"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	if rows := strings.Count(stdout.String(), "\n"); rows != 2+4*len(shapeCommands) {
		t.Errorf("%d lines: %s", rows, stdout.String())
	}
}
