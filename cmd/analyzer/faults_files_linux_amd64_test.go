package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/faulttest"
	"memtrail/internal/phptest"
)

// filesIn are the files of a directory, by name; nil if it is not there.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	all, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range all {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	return files
}

// TestDirectoryFaults is TestOutputFaults for commands that write several files into
// a directory: each of them is old, or new and whole, and none is beside them.
func TestDirectoryFaults(t *testing.T) {
	cases.OnlyFull(t, "each command runs once for each of its system calls")
	t.Parallel()
	series := seriesFiles(t, "cache_service")[:2]
	for i, args := range cases.Sample([][]string{
		{"man"}, {"export", "in-1.json.gz", "--to", "parquet", "-o"}, {"export", "in-1.json.gz", "in-2.json.gz", "--to", "pprof", "-o"}, {"export", "in-1.json.gz", "in-2.json.gz", "--to", "heapsnapshot", "-o"},
	}, 1, 1) {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for k, name := range series {
				copyFile(t, name, filepath.Join(dir, fmt.Sprintf("in-%d.json.gz", k+1)))
			}
			out := filepath.Join(dir, "out") + "/"
			args := append(slices.Clone(args), out)
			ofOutput := func(c *faulttest.Call) bool { return writesTo(c, filepath.Clean(out), "\x00") }
			decide, count := never.at(ofOutput)
			_, stderr, code, _ := faulty(t, dir, args, decide)
			whole := filesIn(t, out)
			if code != exitOK || *count < 5 || len(whole) < 2 {
				t.Fatalf("without a fault: exit code %d, %d calls, %d files; %s", code, *count, len(whole), stderr)
			}
			for k, m := range moments(t, *count, 2, 12, i*7, outputFaults...) {
				if err := os.RemoveAll(out); err != nil {
					t.Fatal(err)
				}
				const old = "old"
				if k%2 == 0 { // else there is no directory
					if err := os.Mkdir(out, 0o700); err != nil {
						t.Fatal(err)
					}
					for name := range whole {
						if err := os.WriteFile(filepath.Join(out, name), []byte(old), 0o600); err != nil {
							t.Fatal(err)
						}
					}
				}
				failedCall := uint64(0)
				decide, count := m.at(ofOutput)
				_, stderr, code, ended := faulty(t, dir, args, func(c *faulttest.Call) faulttest.Fault {
					f := decide(c)
					if f != (faulttest.Fault{}) {
						failedCall = c.Number
					}
					return f
				})
				if *count <= m.n {
					continue // there were fewer calls, as of a directory that was there
				}
				stays := m.fault.Signal == syscall.SIGKILL || m.fault.Errno != 0 && failedCall == syscall.SYS_UNLINKAT
				isNew := 0
				for name, text := range filesIn(t, out) {
					switch want, known := whole[name]; {
					case known && text == want:
						isNew++
					case known && text == old && k%2 == 0:
					case strings.HasPrefix(name, ".analyzer-") && stays:
					default:
						t.Errorf("%v: %s has %d bytes, neither old nor new; exit code %d, %s", m, name, len(text), code, stderr)
					}
				}
				switch {
				case hasTrace(stderr):
					t.Errorf("%v: %s", m, stderr)
				case ended == 0 && code == exitOK && isNew != len(whole), m.fault.Most == 1 && isNew != len(whole):
					t.Errorf("%v: exit code %d, and %d of %d files are new: %s", m, code, isNew, len(whole), stderr)
				case ended == 0 && code != exitOK && (code != exitUnusable || strings.Count(stderr, "\n") != 1):
					t.Errorf("%v: exit code %d: %s", m, code, stderr)
				case ended != 0 && ended != m.fault.Signal:
					t.Errorf("%v: ended by %v", m, ended)
				}
			}
		})
	}
}

// leakyProcess starts a PHP program that waits, and ends it with the test. It skips
// where the program may not be read.
func leakyProcess(t *testing.T) *phptest.Program {
	t.Helper()
	php := phptest.Start(t, exec.Command(phptest.Any(t), "-n", "-r", leaky))
	php.Line(t)
	if _, errs, code := analyze(t, "", "check", fmt.Sprint("pid:", php.PID())); code != exitOK {
		t.Skip(errs)
	}
	return php
}

// TestCaptureFaults is TestOutputFaults for what is written of a process.
func TestCaptureFaults(t *testing.T) {
	cases.OnlyFull(t, "it starts PHP and 70 processes under ptrace")
	t.Parallel()
	php := leakyProcess(t)
	old := []byte("old")
	for i, args := range [][]string{{"out.json"}, {"out.json.zst"}, {"core", "--raw"}, {"core.zst", "--raw"}} {
		dir := t.TempDir()
		out := filepath.Join(dir, args[0])
		args := append([]string{"capture", fmt.Sprint(php.Process.Pid), "-o"}, args...)
		ofOutput := func(c *faulttest.Call) bool { return writesTo(c, dir, filepath.Base(out)) }
		decide, count := never.at(ofOutput)
		if _, stderr, code, _ := faulty(t, dir, args, decide); code != exitOK || *count < 5 {
			t.Fatalf("%q without a fault: exit code %d, %d calls; %s", args, code, *count, stderr)
		}
		want, _, _ := analyze(t, "", "summary", out)
		for _, m := range moments(t, *count, 2, 8, i*5, outputFaults...) {
			if err := os.WriteFile(out, old, 0o600); err != nil {
				t.Fatal(err)
			}
			decide, _ := m.at(ofOutput)
			_, stderr, code, ended := faulty(t, dir, args, decide)
			text, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			isOld := bytes.Equal(text, old)
			if !isOld {
				if got, errs, _ := analyze(t, "", "summary", out); got != want || errs != "" {
					t.Errorf("%q, %v: the file of %d bytes is not whole: %s", args, m, len(text), errs)
				}
			}
			info, err := os.Stat(out)
			switch {
			case err != nil || info.Mode().Perm() != 0o600:
				t.Errorf("%q, %v: mode %v (%v)", args, m, info.Mode(), err)
			case hasTrace(stderr), ended != 0 && ended != m.fault.Signal:
				t.Errorf("%q, %v: %v: %s", args, m, ended, stderr)
			case ended == 0 && code == exitOK && isOld, m.fault.Most == 1 && isOld:
				t.Errorf("%q, %v: exit code %d, and the file is old: %s", args, m, code, stderr)
			case ended == 0 && code != exitOK && (code != exitUnusable || strings.Count(stderr, "\n") != 1):
				t.Errorf("%q, %v: exit code %d: %s", args, m, code, stderr)
			}
			for _, name := range strings.Fields(names(t, dir)) {
				if strings.HasPrefix(name, ".analyzer-") {
					if m.fault.Signal != syscall.SIGKILL && m.fault.Errno == 0 {
						t.Errorf("%q, %v: left %s", args, m, name)
					}
					os.Remove(filepath.Join(dir, name))
				}
			}
		}
	}
	if err := php.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("PHP: %v", err)
	}
}

// TestRecordFaults has calls fail that write a recording, or be the last: its dumps
// are whole, its curve can be read to where it ends, and the process goes on.
func TestRecordFaults(t *testing.T) {
	cases.OnlyFull(t, "it starts PHP and 40 recordings under ptrace")
	t.Parallel()
	php := leakyProcess(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "recording")
	args := []string{"record", "--every", "60ms", "--count", "3", "--for", "5s", "-o", out, fmt.Sprint(php.Process.Pid)}
	ofOutput := func(c *faulttest.Call) bool { return writesTo(c, out, "\x00") }
	decide, count := never.at(ofOutput)
	if _, stderr, code, _ := faulty(t, dir, args, decide); code == exitUnusable || *count < 20 {
		t.Fatalf("without a fault: exit code %d, %d calls; %s", code, *count, stderr)
	}
	for k, m := range moments(t, *count, 2, 14, 3, outputFaults...) {
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
		m.lasts = k%2 == 0 && m.fault.Errno != 0 && m.fault.Errno != syscall.EINTR // as a disk that is full
		decide, _ := m.at(ofOutput)
		_, stderr, code, ended := faulty(t, dir, args, decide)
		switch {
		case hasTrace(stderr), ended != 0 && ended != m.fault.Signal:
			t.Errorf("%v: %v: %s", m, ended, stderr)
		case ended == 0 && m.lasts && code == exitOK:
			t.Errorf("%v: exit code 0 though nothing can be written any more: %s", m, stderr)
		}
		for name, text := range filesIn(t, out) {
			path := filepath.Join(out, name)
			switch {
			case strings.HasPrefix(name, ".analyzer-"):
				if m.fault.Signal != syscall.SIGKILL && m.fault.Errno == 0 {
					t.Errorf("%v: left %s", m, name)
				}
			case name == "curve.csv":
				if strings.Count(text, "\n") > 2 {
					if _, errs, code := analyze(t, "", "series", path); code == exitUnusable {
						t.Errorf("%v: the curve: %s", m, errs)
					}
				}
			default:
				if _, errs, code := analyze(t, "", "check", path); code != exitOK {
					t.Errorf("%v: %s of %d bytes: exit code %d, %s", m, name, len(text), code, errs)
				}
			}
		}
	}
	if err := php.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("PHP: %v", err)
	}
}
