package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"memtrail/internal/dumpbuild"
	"memtrail/internal/json"
	"memtrail/internal/simcmd"
	"memtrail/internal/simheap"
)

func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "truth.json")
	var stdout, stderr bytes.Buffer
	args := []string{"-items", "300", "-seed", "7", "-mix", "cache=3,list=1", "-dangling", "2", "-truth", file}
	if code := run(args, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	d, err := dumpbuild.Read(stdout.Bytes())
	if err != nil || len(d.Items) != 300 {
		t.Errorf("%d items, error %v", len(d.Items), err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var truth simheap.Truth
	if err := json.Decode(text, &truth); err != nil {
		t.Fatal(err)
	}
	if p, ok := truth.Plant(simheap.List); !ok || p.Container != "$backlog->head" || len(truth.Plants) != 2 || truth.Dangling != 2 {
		t.Errorf("the truth is %+v", truth)
	}
}

func TestWithout(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-items", "300", "-without", "cache,oddkeys"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	for name, want := range map[string]bool{"userService": false, "odd": false, "dispatcher": true} {
		if strings.Contains(stdout.String(), `"symbol_name" : "`+name+`"`) != want {
			t.Errorf("$%s is there: %v", name, !want)
		}
	}
}

func TestExitCodes(t *testing.T) {
	for args, want := range map[string]int{
		"-h":                       0,
		"-items many":              simcmd.ExitUsage,
		"-mix cache":               simcmd.ExitUsage,
		"-mix cash=1":              simcmd.ExitUsage,
		"-mix cache=-1":            simcmd.ExitUsage,
		"-without nothing":         simcmd.ExitUsage,
		"dump.json":                simcmd.ExitUsage,
		"-items 1":                 simcmd.ExitFailed,
		"-items 300 -truth /no/no": simcmd.ExitFailed,
	} {
		var stdout, stderr bytes.Buffer
		if got := run(strings.Fields(args), &stdout, &stderr); got != want || stderr.Len() == 0 {
			t.Errorf("%s: exit %d, want %d; stderr %q", args, got, want, stderr.String())
		}
	}
}
