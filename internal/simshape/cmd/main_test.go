package main

import (
	"bytes"
	"testing"

	"memtrail/internal/dumpbuild"
)

func TestRun(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-items", "300", "-shape", "roots"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	if d, err := dumpbuild.Read(stdout.Bytes()); err != nil || len(d.Items) != 300 {
		t.Errorf("%d items, error %v", len(d.Items), err)
	}
	if code := run([]string{"-shape", "ring"}, &stdout, &stderr); code == 0 {
		t.Error("ring is a shape")
	}
}
