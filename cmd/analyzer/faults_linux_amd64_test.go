package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"memtrail/internal/cases"
	"memtrail/internal/faulttest"
)

// faulty runs analyzer in a directory with faults, and gives its exit code, or that
// a signal ended it.
func faulty(t *testing.T, dir string, args []string, decide func(*faulttest.Call) faulttest.Fault) (stdout, stderr string, code int, ended syscall.Signal) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command("analyzer", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	err := faulttest.Run(cmd, decide)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no process can be traced here")
	}
	exit := &faulttest.Exit{}
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), exit.Code, exit.Signal
}

// hasTrace reports whether a program died by a panic.
func hasTrace(stderr string) bool {
	return strings.Contains(stderr, "goroutine ") || strings.Contains(stderr, "panic:") || strings.Contains(stderr, "fatal error:")
}

// A moment is a fault at the n-th of the calls that it is for, or from it on.
type moment struct {
	n     int
	fault faulttest.Fault
	lasts bool
}

func (m moment) String() string { return fmt.Sprintf("call %d, %+v", m.n, m.fault) }

// moments are all that can go wrong at the calls that a run makes, but no more than
// most, at even distances: neighbours tell the same. Without -full they are a sample.
func moments(t *testing.T, calls, sample, most, seed int, faults ...faulttest.Fault) []moment {
	var all []moment
	for n := range calls {
		for _, f := range faults {
			all = append(all, moment{n: n, fault: f})
		}
	}
	if times, err := strconv.Atoi(os.Getenv("MEMTRAIL_FAULTS")); err == nil && times > 1 {
		most *= min(times, 1000) // of the nightly run
	}
	n := min(cases.Number(sample, most), len(all))
	t.Logf("%d of %d faults at %d calls", n, len(all), calls)
	some := make([]moment, n)
	for i := range some {
		some[i] = all[(seed+i*len(all)/n)%len(all)]
	}
	return some
}

// at counts calls of one kind, and has the fault of a moment happen.
func (m moment) at(is func(*faulttest.Call) bool) (decide func(*faulttest.Call) faulttest.Fault, count *int) {
	count = new(int)
	return func(c *faulttest.Call) faulttest.Fault {
		if !is(c) {
			return faulttest.Fault{}
		}
		*count++
		if *count-1 == m.n || m.lasts && m.n >= 0 && *count > m.n {
			return m.fault
		}
		return faulttest.Fault{}
	}, count
}

// never is a moment that does not come: its run counts the calls.
var never = moment{n: -1}

// outputFault is a command that writes a file.
type outputFault struct {
	name string
	args []string
	file string
	code int
}

// writesTo reports whether a call changes something in a directory, or a file that is
// named so from the working directory on.
func writesTo(c *faulttest.Call, dir, file string) bool {
	name, ok := c.Writes()
	return ok && (strings.HasPrefix(name, dir) || strings.HasPrefix(name, ".analyzer-") || strings.HasSuffix(name, file))
}

// outputFaults are what can happen to a call that writes.
var outputFaults = []faulttest.Fault{
	{Signal: syscall.SIGKILL}, {Signal: syscall.SIGTERM}, {Errno: syscall.ENOSPC}, {Errno: syscall.EIO}, {Errno: syscall.EINTR}, {Most: 1},
}

// TestOutputFaults has every call that writes a file fail, stop half-way, or be the
// last that the program makes: the old file or the new one is there, whole and in
// its mode, and nothing is beside it, unless the program was killed.
func TestOutputFaults(t *testing.T) {
	t.Parallel()
	series := seriesFiles(t, "cache_service")[:3]
	for i, o := range cases.Sample([]outputFault{
		{"answer", []string{"leaks", "in-1.json.gz", "-o", "out"}, "out", exitOK},
		{"picture", []string{"heap", "in-1.json.gz", "--png", "out"}, "out", exitOK},
		{"report", []string{"report", "in-1.json.gz", "-o", "out"}, "out", exitOK},
		{"report of a series", []string{"report", "in-1.json.gz", "in-2.json.gz", "in-3.json.gz", "--format", "markdown", "-o", "out"}, "out", exitOK},
		{"csv", []string{"export", "in-1.json.gz", "--to", "csv", "-o", "out"}, "out", exitOK},
		{"ndjson", []string{"export", "in-1.json.gz", "in-2.json.gz", "--to", "ndjson", "--table", "edges", "-o", "out"}, "out", exitOK},
		{"parquet", []string{"export", "in-1.json.gz", "--to", "parquet", "--table", "items", "-o", "out"}, "out", exitOK},
		{"pprof", []string{"export", "in-1.json.gz", "--to", "pprof", "-o", "out"}, "out", exitOK},
		{"heapsnapshot", []string{"export", "in-1.json.gz", "--to", "heapsnapshot", "-o", "out"}, "out", exitOK},
		{"dot", []string{"export", "in-1.json.gz", "--to", "dot", "-o", "out"}, "out", exitOK},
		{"junit", []string{"gate", "in-1.json.gz", "in-2.json.gz", "in-3.json.gz", "--output", "junit=out"}, "out", exitLeak},
		{"sarif", []string{"gate", "in-1.json.gz", "in-2.json.gz", "in-3.json.gz", "--output", "sarif=out"}, "out", exitLeak},
		{"new baseline", []string{"gate", "in-1.json.gz", "in-2.json.gz", "in-3.json.gz", "--write-baseline", "out"}, "out", exitOK},
		{"accept", []string{"gate", "accept", "a3f9c1e2", "--reason", "known", "--count", "1", "--baseline", "out"}, "out", exitOK},
	}, 1, 0) {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for k, name := range series {
				copyFile(t, name, filepath.Join(dir, fmt.Sprintf("in-%d.json.gz", k+1)))
			}
			out := filepath.Join(dir, o.file)
			old := []byte(`{"version": 1, "entries": []}` + "\n")
			var kinds []uint64 // of the calls
			ofOutput := func(c *faulttest.Call) bool {
				ok := writesTo(c, dir, o.file)
				if ok {
					kinds = append(kinds, c.Number)
				}
				return ok
			}
			run := func(m moment) (text []byte, stderr string, code int, ended syscall.Signal, calls int) {
				if err := os.WriteFile(out, old, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(out, 0o604); err != nil {
					t.Fatal(err)
				}
				kinds = nil
				decide, count := m.at(ofOutput)
				_, stderr, code, ended = faulty(t, dir, o.args, decide)
				text, err := os.ReadFile(out)
				if err != nil {
					t.Fatalf("%v: %v", m, err)
				}
				return text, stderr, code, ended, *count
			}
			whole, stderr, code, _, calls := run(never)
			if code != o.code || bytes.Equal(whole, old) || calls < 5 {
				t.Fatalf("without a fault: exit code %d, %d calls, %d bytes; %s", code, calls, len(whole), stderr)
			}
			left := names(t, dir)
			for _, m := range moments(t, calls, 3, 10, i*5, outputFaults...) {
				text, stderr, code, ended, _ := run(m)
				stays := m.fault.Signal == syscall.SIGKILL || m.fault.Errno != 0 && kinds[m.n] == unix.SYS_UNLINKAT // the new file cannot be removed
				isNew, isOld := bytes.Equal(text, whole), bytes.Equal(text, old)
				if o.name == "new baseline" || o.name == "accept" {
					isNew = bytes.HasSuffix(text, []byte("}\n")) && len(text) == len(whole) // it has the time
				}
				info, err := os.Stat(out)
				switch {
				case !isNew && !isOld:
					t.Errorf("%v: neither the old file nor the new: %d bytes; exit code %d, %s", m, len(text), code, stderr)
				case err != nil || info.Mode().Perm() != 0o604:
					t.Errorf("%v: mode %v (%v)", m, info.Mode(), err)
				case hasTrace(stderr):
					t.Errorf("%v: %s", m, stderr)
				case ended == 0 && code == o.code && !isNew, ended == 0 && code == exitUnusable && strings.Count(stderr, "\n") != 1:
					t.Errorf("%v: exit code %d, old file %t: %s", m, code, isOld, stderr)
				case ended == 0 && code != o.code && code != exitUnusable:
					t.Errorf("%v: exit code %d: %s", m, code, stderr)
				case ended != 0 && ended != m.fault.Signal:
					t.Errorf("%v: ended by %v", m, ended)
				case m.fault.Most == 1 && !isNew:
					t.Errorf("%v: a short write failed: %s", m, stderr)
				}
				if now := names(t, dir); now != left && !stays {
					t.Errorf("%v: left %s", m, now)
				}
				for _, name := range strings.Fields(names(t, dir)) {
					if strings.HasPrefix(name, ".analyzer-") {
						os.Remove(filepath.Join(dir, name))
					}
				}
			}
		})
	}
}

// inputForm is a form that a dump can have.
type inputForm struct {
	name string
	pack func(*testing.T, []byte) []byte
}

// TestInputFaults has every read of a dump fail or give less than it was asked for,
// in each form that a dump can have. What cannot be read is said, in one line, and
// no answer passes for whole; a short read changes nothing.
func TestInputFaults(t *testing.T) {
	cases.OnlyFull(t, "commands run once for each fault; TestOutputFaults does so in the loop")
	t.Parallel()
	plain := hostileDump("Name", 600)
	for i, f := range cases.Sample([]inputForm{
		{"dump.json", func(_ *testing.T, b []byte) []byte { return b }}, {"dump.json.gz", gzipped}, {"dump.json.zst", zstandard},
	}, 1, 1) {
		for k, args := range cases.Sample([][]string{{"summary", f.name}, {"leaks", f.name}, {"growth", "series"}, {"check", f.name}}, 1, i) {
			t.Run(strings.Join(args, " ")+" "+f.name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				file := filepath.Join(dir, f.name)
				if err := os.WriteFile(file, f.pack(t, plain), 0o600); err != nil {
					t.Fatal(err)
				}
				if args[0] == "growth" {
					if err := os.Mkdir(filepath.Join(dir, "series"), 0o700); err != nil {
						t.Fatal(err)
					}
					for n := range 3 {
						copyFile(t, file, filepath.Join(dir, "series", fmt.Sprint(n, "-", f.name)))
					}
				}
				ofInput := func(c *faulttest.Call) bool {
					name, ok := c.Reads()
					return ok && strings.HasSuffix(name, f.name)
				}
				decide, count := never.at(ofInput)
				want, _, code, _ := faulty(t, dir, args, decide)
				if *count < 2 {
					t.Fatalf("%d reads", *count)
				}
				faults := []faulttest.Fault{{Errno: syscall.EIO}, {Errno: syscall.ESTALE}, {Errno: syscall.EINTR}, {Most: 1}, {Most: 4097}}
				for _, m := range moments(t, *count, 2, 8, i+k*7, faults...) {
					fails := m.fault.Errno == syscall.EIO || m.fault.Errno == syscall.ESTALE
					m.lasts = fails // as that of a disk does
					decide, _ := m.at(ofInput)
					out, stderr, got, ended := faulty(t, dir, args, decide)
					switch {
					case ended != 0 || hasTrace(stderr):
						t.Errorf("%v: %v: %s", m, ended, stderr)
					case fails && got != exitUnusable && got != exitIncomplete:
						t.Errorf("%v: exit code %d though a read failed: %s", m, got, stderr)
					case fails && args[0] == "check" && strings.HasPrefix(out, "Sound"):
						t.Errorf("%v: %s", m, out)
					case fails && args[0] != "check" && !strings.Contains(stderr, f.name):
						t.Errorf("%v: no word of %s: %s", m, f.name, stderr)
					case !fails && (got != code || out != want):
						t.Errorf("%v: exit code %d, want %d; the same answer: %t; %s", m, got, code, out == want, stderr)
					}
				}
			})
		}
	}
}

// TestStdoutFaults has every write to standard output fail or be short.
func TestStdoutFaults(t *testing.T) {
	cases.OnlyFull(t, "a command runs once for each fault; TestOutputFaults does so in the loop")
	t.Parallel()
	dump, err := filepath.Abs(data("talk-1k.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	ofStdout := func(c *faulttest.Call) bool { return c.Number == unix.SYS_WRITE && c.Args[0] == 1 }
	for i, args := range cases.Sample([][]string{{"summary"}, {"query", "-l", "0", "-v"}, {"leaks", "--format", "json"}, {"tree", "--format", "csv"}, {"report"}, {"export", "--to", "heapsnapshot", "-o", "-"}, {"check", "--format", "markdown"}}, 1, 1) {
		args = append(slices.Clone(args), dump)
		decide, count := never.at(ofStdout)
		want, _, code, _ := faulty(t, t.TempDir(), args, decide)
		if *count == 0 || want == "" {
			t.Fatalf("%q: %d writes", args, *count)
		}
		for _, m := range moments(t, *count, 2, 12, i, faulttest.Fault{Errno: syscall.ENOSPC}, faulttest.Fault{Errno: syscall.EIO}, faulttest.Fault{Errno: syscall.EPIPE}, faulttest.Fault{Most: 1}) {
			m.lasts = m.fault.Errno != 0
			decide, count := m.at(ofStdout)
			out, stderr, got, ended := faulty(t, t.TempDir(), args, decide)
			switch {
			case *count <= m.n && got == code && out == want:
				// A pipe that was full parts a write, or does not: the call did not come.
			case m.fault.Errno == syscall.EPIPE && ended == syscall.SIGPIPE && stderr == "":
			case ended != 0 || hasTrace(stderr):
				t.Errorf("%q, %v: %v: %s", args, m, ended, stderr)
			case m.fault.Most > 0 && (out != want || got != code):
				t.Errorf("%q, %v: exit code %d, the same answer: %t", args, m, got, out == want)
			case m.fault.Errno == syscall.EPIPE && (got != code || stderr != ""):
				t.Errorf("%q, %v: exit code %d, want %d, and nothing said: %s", args, m, got, code, stderr)
			case m.fault.Errno != 0 && m.fault.Errno != syscall.EPIPE && (got != exitUnusable || strings.Count(stderr, "\n") != 1):
				t.Errorf("%q, %v: exit code %d, want 2: %s", args, m, got, stderr)
			}
		}
	}
}

// TestSignals interrupts a command that reads without end, and writes a file: it ends
// within 100 ms, by the signal, and leaves nothing behind. A busy machine may take
// longer, but not each time.
func TestSignals(t *testing.T) {
	dump := bytes.TrimRight(hostileDump("Name", 2000), "} \n")
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, args := range [][]string{{"summary", "-"}, {"leaks", "-", "-o", "out"}, {"heap", "-", "--png", "out"}, {"query", "-", "-l", "0", "-o", "out"}} {
			best := time.Hour
			for try := 0; try < 5 && best > 100*time.Millisecond; try++ {
				dir := t.TempDir()
				cmd := exec.Command("analyzer", args...)
				cmd.Dir = dir
				in, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if _, err := in.Write(dump); err != nil { // it has read most of it then
					t.Fatal(err)
				}
				time.Sleep(time.Duration(5+20*try) * time.Millisecond)
				began := time.Now()
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
				err = cmd.Wait()
				best = min(best, time.Since(began))
				in.Close()
				if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Sys().(syscall.WaitStatus).Signal() != s {
					t.Errorf("%q: %v ended it with %v", args, s, err)
				}
				if left := names(t, dir); left != "" {
					t.Errorf("%q: %v left %s", args, s, left)
				}
			}
			if best > 100*time.Millisecond {
				t.Errorf("%q: %v took %v", args, s, best)
			}
		}
	}
}

// TestMemoryFaults has every read of a process's memory fail, once or from then on,
// as where it unmaps memory or ends: the program answers, or says in a line why it
// cannot, and leaves no half of a dump.
func TestMemoryFaults(t *testing.T) {
	cases.OnlyFull(t, "it starts PHP and 30 processes under ptrace")
	t.Parallel()
	cmd := leakyProcess(t)
	pid := fmt.Sprint(cmd.Process.Pid)
	ofMemory := func(c *faulttest.Call) bool { return c.Number == unix.SYS_PROCESS_VM_READV }
	dir := t.TempDir()
	file := filepath.Join(dir, "dump.json")
	for i, args := range cases.Sample([][]string{{"capture", pid, "-o", file}, {"summary", "pid:" + pid}, {"check", "pid:" + pid}, {"capture", pid, "--raw", "-o", file}}, 1, 0) {
		decide, count := never.at(ofMemory)
		want, errs, code, _ := faulty(t, dir, args, decide)
		if *count == 0 || code != exitOK {
			t.Fatalf("%q: %d reads, exit code %d, %s", args, *count, code, errs)
		}
		os.Remove(file)
		all := moments(t, *count, 3, 10, i*3, faulttest.Fault{Errno: syscall.EFAULT}, faulttest.Fault{Errno: syscall.EIO}, faulttest.Fault{Errno: syscall.ESRCH}, faulttest.Fault{Signal: syscall.SIGTERM})
		for k, m := range all {
			m.lasts = k%2 == 0 && m.fault.Signal == 0
			decide, _ := m.at(ofMemory)
			out, stderr, got, ended := faulty(t, dir, args, decide)
			switch {
			case ended != 0 && ended != m.fault.Signal, hasTrace(stderr):
				t.Errorf("%q, %v: %v: %s", args, m, ended, stderr)
			case ended == 0 && got != exitOK && got != exitUnusable && got != exitIncomplete, got == exitUnusable && strings.Count(stderr, "\n") != 1:
				t.Errorf("%q, %v: exit code %d: %s", args, m, got, stderr)
			case got == exitOK && ended == 0 && args[0] == "summary" && out != want:
				t.Errorf("%q, %v: another answer, and nothing said", args, m)
			}
			if left := names(t, dir); left != "" && (left != filepath.Base(file) || got == exitUnusable || ended != 0) {
				t.Errorf("%q, %v: exit code %d, left %s; %s", args, m, got, left, stderr)
			}
			if _, err := os.Stat(file); err == nil {
				if _, errs, code := analyze(t, "", "check", file); code == exitUnusable || code == exitIncomplete && got == exitOK {
					t.Errorf("%q, %v: the dump: exit code %d, %s", args, m, code, errs)
				}
				os.Remove(file)
			}
		}
	}
	if err := cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("PHP: %v", err)
	}
}

func gzipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t *testing.T, text []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(text, nil)
}
