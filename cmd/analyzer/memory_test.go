package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"memtrail/internal/cases"
	"memtrail/internal/dumptest"
	"memtrail/internal/simheap"
)

// tempFile writes a file that goes with the test.
func tempFile(t *testing.T, name string, write func(f *os.File)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	write(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func simulatedDump(t *testing.T, items int) string {
	return tempFile(t, "dump.json", func(f *os.File) {
		if _, err := simheap.Write(f, simheap.Options{Items: items, Seed: 5}); err != nil {
			t.Fatal(err)
		}
	})
}

// tooLittle is what every command says, in one line, of a dump that takes more memory
// than it may.
func tooLittle(code int, stdout, stderr string) error {
	line, rest, _ := strings.Cut(stderr, "\n")
	if code != exitUnusable || stdout != "" || rest != "" || !strings.Contains(line, " of memory, ") ||
		!strings.Contains(line, "ask what reads a dump in little memory: summary") {
		return fmt.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	return nil
}

func TestMaxMemory(t *testing.T) {
	path := simulatedDump(t, 60_000)
	bomb := tempFile(t, "bomb.json.zst", func(f *os.File) { dumptest.Compressed(t, f, "zst", 200_000) })
	graphs := [][]string{
		{"leaks"}, {"tree"}, {"report"}, {"check"}, {"heap"}, {"ref-path", "0x7f9db8ec0328"}, {"growth"}, {"gate"},
		{"summary", "--retained"}, {"top-children", "--paths"}, {"query", "--sizes", "allocated"}, {"export", "--to", "pprof", "-o", "-"},
	}
	for _, args := range cases.Sample(graphs, 4, 0) {
		for _, dump := range []string{path, bomb} {
			var stdout, stderr bytes.Buffer
			code := run(append(args, dump, "--max-memory", "66M"), nil, &stdout, &stderr)
			if err := tooLittle(code, stdout.String(), stderr.String()); err != nil {
				t.Errorf("%s %s: %v", args, filepath.Base(dump), err)
			}
		}
	}
	for _, args := range [][]string{{"summary"}, {"top-children"}, {"query", "-f", "class~x"}} {
		var stdout, stderr bytes.Buffer
		if code := run(append(args, path, "--max-memory", "66M"), nil, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
			t.Errorf("%s: exit %d, %q", args, code, stderr.String())
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"leaks", path, "--max-memory", "1G"}, nil, &stdout, &stderr); code != exitOK {
		t.Errorf("with enough: exit %d, %q", code, stderr.String())
	}
	text, err := os.ReadFile(bomb)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"leaks", "-"}, {"query", "-v", "--format", "json", "-"}} {
		stdout.Reset()
		stderr.Reset()
		code := run(append(args, "--max-memory", "66M"), bytes.NewReader(text), &stdout, &stderr)
		if err := tooLittle(code, stdout.String(), stderr.String()); err != nil || !strings.Contains(stderr.String(), "at least") {
			t.Errorf("%s from standard input: %v", args, err)
		}
	}
}

// manyFunctions writes a profile of n functions.
func manyFunctions(t *testing.T, w io.Writer, n int) {
	t.Helper()
	out := bufio.NewWriter(w)
	fmt.Fprint(out, `{"memory_size":1,"blocks_count":1,"calls":1,"called_functions":{"f":{"calls":1,"called_functions":{}}`)
	for i := range n {
		fmt.Fprintf(out, `,"App\\f%d":{"memory_size":8,"blocks_count":1,"calls":1,"called_functions":{}}`, i)
	}
	fmt.Fprint(out, "}}")
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
}

// compressedBy writes through zstd.
func compressedBy(t *testing.T, w io.Writer, write func(io.Writer)) {
	t.Helper()
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	write(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

// Profiles and logs are under the budget, too, where they are the input and where
// they stand beside one.
func TestMaxMemoryOfProfiles(t *testing.T) {
	t.Parallel()
	plain := tempFile(t, "profile.json", func(f *os.File) { manyFunctions(t, f, 28_000) })
	packed := tempFile(t, "profile.json.zst", func(f *os.File) {
		compressedBy(t, f, func(w io.Writer) { manyFunctions(t, w, 28_000) })
	})
	log := tempFile(t, "log.csv.zst", func(f *os.File) {
		compressedBy(t, f, func(w io.Writer) {
			fmt.Fprint(w, "pid,usage\n")
			for i := range 10_000 {
				fmt.Fprintf(w, "%d,5\n", i)
			}
		})
	})
	dump, series := dumptest.Path("talk-1k.json.gz"), seriesFiles(t, "cache_service")[:3]
	type limited struct {
		args  []string
		about string
	}
	for i, c := range cases.Sample([]limited{
		{[]string{"allocators", plain}, "about"}, {[]string{"allocators", "--by", "path", packed}, "at least"}, {[]string{"export", "--to", "pprof", "-o", "-", packed}, "at least"},
		{[]string{"leaks", dump, "--profile", packed}, "at least"}, {append([]string{"growth", "--profile", plain}, series...), "about"},
		{[]string{"report", dump, "--profile", plain}, "about"}, {[]string{"series", log}, "at least"},
	}, 3, 0) {
		var stdout, stderr bytes.Buffer
		code := run(append(c.args, "--max-memory", "32M"), nil, &stdout, &stderr)
		line, rest, _ := strings.Cut(stderr.String(), "\n")
		if code != exitUnusable || stdout.Len() > 0 || rest != "" || !strings.Contains(line, ": this takes "+c.about) || !strings.HasSuffix(line, "--max-memory allows 32 MiB; allow more") {
			t.Errorf("%q: exit %d, %.99q, %q", c.args, code, stdout.String(), stderr.String())
		}
		if i > 0 && !cases.Full() {
			continue
		}
		stderr.Reset()
		if code := run(append(c.args, "--max-memory", "200M"), nil, io.Discard, &stderr); code == exitUnusable {
			t.Errorf("%q with enough: %s", c.args, stderr.String())
		}
	}
}

func TestMaxMemoryValues(t *testing.T) {
	for text, want := range map[string]string{"1K": "at least 32M", "x": "no number of bytes", "-1": "no number of bytes"} {
		var stdout, stderr bytes.Buffer
		code := run([]string{"leaks", dumptest.Path("example.json"), "--max-memory=" + text}, nil, &stdout, &stderr)
		if code != exitUnusable || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: exit %d, %q", text, code, stderr.String())
		}
	}
}

// A server keeps graphs: it forgets them where there is no room for one more.
func TestMaxMemoryOfServer(t *testing.T) {
	cases.OnlyFull(t, "two large dumps are written and read")
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a.json", "b.json"} {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := simheap.Write(f, simheap.Options{Items: 60_000, Seed: 5}); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	files, err := confineTo([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	s := newToolServer(files)
	s.maxMemory = 70 << 20
	for _, name := range []string{"a.json", "b.json", "a.json"} {
		if text, err := s.leaks(t.Context(), leaksArguments{Dump: name}); err != nil || len(s.kept.list) != 1 {
			t.Errorf("%s: %v, %d are kept: %s", name, err, len(s.kept.list), text)
		}
	}
	s.maxMemory = 65 << 20
	if _, err := s.leaks(t.Context(), leaksArguments{Dump: "b.json"}); err == nil || !strings.Contains(err.Error(), "of memory") {
		t.Errorf("with too little: %v", err)
	}
}

// A process under limits of the system: it is not killed, and Go does not end it.
func TestLimitsOfTheSystem(t *testing.T) {
	cases.OnlyFull(t, "large dumps are written, and read by processes")
	if runtime.GOOS != "linux" {
		t.Skip("limits are those of Linux")
	}
	const items = 1_500_000
	bomb := func(f *os.File) { dumptest.Compressed(t, f, "gz", items) }
	classes := func(f *os.File) { manyClasses(t, f, 150_000) }
	for _, c := range []struct {
		name, shell string
		args        []string
		dump        string
		write       func(f *os.File)
	}{
		{"what has no model", "", []string{"summary", "--max-memory", "64M"}, "classes.json.zst", classes},
		{"GOMEMLIMIT", "", []string{"leaks"}, "bomb.json.gz", bomb},
		{"ulimit", "ulimit -v 2000000", []string{"leaks"}, "bomb.json.gz", bomb},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append(c.args, tempFile(t, c.dump, c.write))
			cmd := exec.Command("analyzer", args...)
			if c.shell != "" {
				cmd = exec.Command("sh", append([]string{"-c", c.shell + `; exec analyzer "$@"`, "sh"}, args...)...)
			}
			cmd.Env = append(os.Environ(), "GOMEMLIMIT=100MiB")
			if c.shell != "" {
				cmd.Env = os.Environ()
			}
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run()
			if strings.Contains(stderr.String(), "pthread_create failed") {
				t.Skip("the limit leaves no room for threads, before the program begins: ", stderr.String()[:80])
			}
			if c.shell != "" && cmd.ProcessState.ExitCode() == exitOK {
				return // without C the program leaves enough of the limit for an answer
			}
			if err := tooLittle(cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()); err != nil {
				t.Error(err)
			}
		})
	}
}

// manyClasses writes a dump of objects each of a class of its own, with long names.
func manyClasses(t *testing.T, w io.Writer, n int) {
	t.Helper()
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(z)
	long := strings.Repeat("Namespace", 40)
	fmt.Fprint(out, "{\n  \"items\": {\n")
	for i := range n {
		fmt.Fprintf(out, "    \"%#x\" : {\n        \"type\" : \"object\",\n        \"size\" : \"16\",\n        \"is_root\" : false\n,\n        \"class\" : \"%s%d\"\n\n    },\n", 0x7f0000000000+16*i, long, i)
	}
	fmt.Fprint(out, "    \"0x10\" : {\n        \"type\" : \"null\",\n        \"size\" : \"16\",\n        \"is_root\" : false\n\n\n    }\n    }\n}\n")
	if err := errors.Join(out.Flush(), z.Close()); err != nil {
		t.Fatal(err)
	}
}

// measured runs the program, its answer thrown away, and prints the most memory that
// it had. Linux counts the memory of the parent into the peak of a child, so what is
// measured needs a small parent, which the tests are not.
func measured() {
	cmd := exec.Command("analyzer", os.Args[1:]...)
	cmd.Stderr = os.Stderr
	_ = cmd.Run() // a refusal is an answer
	fmt.Println(maxResident(cmd.ProcessState))
}

// The model of what commands take, against the memory of processes.
func TestMemoryModel(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the memory of a process is told on Linux")
	}
	if !cases.Full() {
		t.Skip("large dumps: -full")
	}
	path := simulatedDump(t, 600_000)
	profile := tempFile(t, "profile.json", func(f *os.File) { manyFunctions(t, f, 200_000) })
	for _, args := range [][]string{
		{"leaks"}, {"tree"}, {"report", "-o", os.DevNull}, {"check"}, {"heap"}, {"growth"}, {"summary", "--retained"},
		{"allocators"}, {"allocators", "--by", "path"}, {"allocators", profile}, {"export", "--to", "pprof", "-o", os.DevNull},
	} {
		path := path
		if args[0] == "allocators" || args[0] == "export" {
			path = profile
		}
		lowest := ""
		for mb := 60; mb < 600; mb += 60 {
			limit := fmt.Sprintf("%dM", mb)
			cmd := exec.Command("measured", append(args, path, "--max-memory", limit)...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Run(); err != nil {
				t.Fatal(err, stderr.String())
			}
			var peak uint64
			if _, err := fmt.Sscan(stdout.String(), &peak); err != nil {
				t.Fatal(err)
			}
			refused := strings.Contains(stderr.String(), "of memory,")
			if peak > uint64(mb)<<20+24<<20 { // what is of the program's file counts, too
				t.Errorf("%s with %s took %d MB", args, limit, peak>>20)
			}
			if !refused {
				lowest = limit
				break
			}
		}
		t.Logf("%s: %s", args, lowest)
		if lowest == "" {
			t.Errorf("%s: no limit is enough", args)
		}
	}
}
