package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	testcases "memtrail/internal/cases"
)

func TestSuiteFlags(t *testing.T) {
	for _, args := range [][]string{{"-runs", "0"}, {"-tests", "0"}, {"-calls", "1,x"}, {"x"}, {"-nosuch"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"suite"}, args...), &stdout, &stderr); code != exitUsage || stderr.Len() == 0 {
			t.Errorf("%q: exit %d, %q", args, code, stderr.String())
		}
	}
}

func TestSuiteWithoutPHPUnit(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"suite", "-phpunit", t.TempDir()}, &stdout, &stderr); code != exitFailed || !bytes.Contains(stderr.Bytes(), []byte("phpunit-install")) {
		t.Errorf("exit %d, %q", code, stderr.String())
	}
}

func TestSuite(t *testing.T) {
	testcases.OnlyFull(t, "it builds the program and runs suites of tests")
	phpunit := filepath.Join(os.Getenv("MEMTRAIL_PHPUNIT"), "11")
	if _, err := os.Stat(filepath.Join(phpunit, "usr/bin/phpunit")); err != nil {
		t.Skip("PHPUnit is not installed: .ci/phpunit-install DIR installs it, MEMTRAIL_PHPUNIT=DIR tells the tests")
	}
	if _, err := exec.LookPath("php8.2"); err != nil {
		t.Skip(err)
	}
	t.Chdir("../..")
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"suite", "-runs", "1", "-classes", "2", "-tests", "5", "-calls", "10,1000"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	row := regexp.MustCompile(`(?m)^\| [0-9.]+ ms \|( [0-9]+ ms \| [+-][0-9]+ ms, [+-][0-9.]+ % \|){3}$`)
	if rows := row.FindAllString(stdout.String(), -1); len(rows) != 2 {
		t.Errorf("%d rows: %s", len(rows), stdout.String())
	}
}
