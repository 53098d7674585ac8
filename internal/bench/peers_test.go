package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain plays the programs that are compared, where it is started by their names.
func TestMain(m *testing.M) {
	if play := players[filepath.Base(os.Args[0])]; play != nil {
		if err := play(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const (
	playedUsage = 1_000_000
	playedDump  = `{"header":{"memory_usage":1},"items":{}}`
)

var players = map[string]func([]string) error{
	"php":      playPHP,
	"analyzer": playAnalyzer,
	"gcore": func(args []string) error {
		if args[0] == "--version" {
			fmt.Println("GNU gdb (Debian 13.1-3) 13.1")
			return nil
		}
		return os.WriteFile(args[1]+"."+args[2], nil, 0o600)
	},
	"wc": func(args []string) error {
		if args[0] == "--version" {
			return errors.New("unknown option") // as that of BusyBox
		}
		_, err := os.Stat(args[1])
		return err
	},
	"reli": func(args []string) error {
		if args[0] == "--version" {
			fmt.Println("reli 0.12.0")
			return nil
		}
		return errors.New("process_vm_readv: not permitted\nand more")
	},
}

// playPHP has the extension meminfo if it is asked for by its file. Its clock goes a
// millisecond from tick to tick, and 70 more for a dump.
func playPHP(args []string) error {
	if args[len(args)-2] == "--" {
		if args[0] == "-d" && args[len(args)-1] == "meminfo" {
			fmt.Print("has 1.1.2")
		}
		return nil
	}
	fmt.Printf("usage %d\n", playedUsage)
	asked := make(chan string)
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			asked <- lines.Text()
		}
		close(asked)
	}()
	for at := int64(5_000_000_000); ; at += int64(time.Millisecond) {
		fmt.Printf("tick %d\n", at)
		select {
		case line, ok := <-asked:
			if !ok {
				return nil
			}
			_, file, _ := strings.Cut(line, " ")
			if err := os.WriteFile(file, []byte(playedDump), 0o600); err != nil {
				return err
			}
			at += 70 * int64(time.Millisecond)
			fmt.Println("done")
		case <-time.After(time.Millisecond):
		}
	}
}

func playAnalyzer(args []string) error {
	switch args[0] {
	case "--version":
		fmt.Println("analyzer version 1.2.3")
	case "capture":
		return os.WriteFile(args[3], nil, 0o600)
	case "check":
		fmt.Println(`{"balance":{"memory_usage":2000,"by_owner":{"values":1500,"code":400,"unknown":100}}}`)
	case "summary":
		fmt.Println(`{"types":[{"reported_bytes":300000},{"reported_bytes":153000}]}`)
	}
	return nil
}

// direct runs programs without launch in between.
type direct struct{}

func (direct) run(ctx context.Context, argv []string) (sample, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return sample{}, err
	}
	return sample{wall: time.Since(start), exit: cmd.ProcessState.ExitCode(), stderr: stderr.String()}, nil
}

func TestPeers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("programs are told by the names of links")
	}
	dir := t.TempDir()
	for name := range players {
		if err := os.Symlink(testProgram(t), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	environment := map[string]string{"MEMINFO_SO": "meminfo.so", "WC": filepath.Join(dir, "wc")}
	p := &peers{
		runner: direct{}, dir: t.TempDir(), analyzer: filepath.Join(dir, "analyzer"), timeout: time.Minute, runs: 1, settle: 5 * time.Millisecond,
		getenv: func(name string) string { return environment[name] }, progress: io.Discard, usage: map[int]uint64{},
	}
	var err error
	if p.php, err = p.program("PHP", "php"); err != nil {
		t.Fatal(err)
	}
	rows, err := p.measureAll(t.Context(), []int{10})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%s|%s|%s|%.3f", r.tool, r.version, r.missing, r.explained))
		ran := r.missing == ""
		if ran != (r.pause >= time.Millisecond) || ran && r.tool != "nothing" && r.time <= 0 {
			t.Errorf("%+v", r)
		}
		if inside := r.tool == "php-meminfo"; inside != (r.pause >= 70*time.Millisecond) {
			t.Errorf("%s: a pause of %v by the clock of the process", r.tool, r.pause)
		}
	}
	want := []string{
		"nothing|||-1.000",
		"analyzer capture|1.2.3||0.950",
		"analyzer leaks pid:PID|1.2.3||-1.000",
		"php-meminfo|1.1.2||0.453",
		"memprof||not installed|-1.000",
		"reli inspector:memory|0.12.0|exit code 3: process_vm_readv: not permitted|-1.000",
		"gcore|13.1-3||-1.000",
		"wc -l of a dump|||-1.000",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if left, _ := filepath.Glob(filepath.Join(p.dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	// A program that is not there is a row, and no reason to stop.
	os.Remove(filepath.Join(dir, "gcore"))
	for _, tool := range p.tools() {
		if tool.name != "gcore" {
			continue
		}
		if row, err := p.measure(t.Context(), tool, 10); err != nil || row.missing != "not installed" {
			t.Errorf("%+v, %v", row, err)
		}
	}
}

func testProgram(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func TestPrintPeers(t *testing.T) {
	rows := []peerRow{
		{tool: "nothing", usage: 100_200_000, pause: 3 * time.Millisecond, explained: -1},
		{tool: "analyzer capture", version: "1.2.3", usage: 100_000_000, pause: 18 * time.Millisecond, time: 900 * time.Millisecond, peak: 120e6, explained: 1},
		{tool: "php-meminfo", version: "1.1.2", pause: 11 * time.Second, time: 11 * time.Second, peak: 40e6, inside: true, explained: 0.26},
		{tool: "a|b", missing: "not\ninstalled", explained: -1},
		{tool: "nothing", usage: 10_000_000, pause: 3 * time.Millisecond, explained: -1},
	}
	var out bytes.Buffer
	if err := printPeers(&out, "8.2.36", rows); err != nil {
		t.Fatal(err)
	}
	want := `A heap of 100 MB, PHP 8.2.36:

| | version | pause | time | peak memory | explained |
|---|---|---|---|---|---|
| nothing | – | 3.0 ms | – | – | – |
| analyzer capture | 1.2.3 | 18.0 ms | 0.90 s | 120 MB | 100.0 % |
| php-meminfo | 1.1.2 | 11 s | 11 s | +40 MB | 26.0 % |
| a\|b | – | not installed | | | |

A heap of 10 MB, PHP 8.2.36:

| | version | pause | time | peak memory | explained |
|---|---|---|---|---|---|
| nothing | – | 3.0 ms | – | – | – |
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestPeersFlags(t *testing.T) {
	var stderr bytes.Buffer
	o, err := parsePeers(strings.Fields("-runs 5 -mb 1,1000 -analyzer a -timeout 5s"), &stderr)
	if err != nil || o.runs != 5 || fmt.Sprint(o.mb) != "[1 1000]" || o.analyzer != "a" || o.timeout != 5*time.Second {
		t.Errorf("%+v, %v", o, err)
	}
	for args, want := range map[string]int{
		"peers -h": 0, "peers -mb 0": exitUsage, "peers -mb x": exitUsage, "peers -runs 0": exitUsage, "peers now": exitUsage, "peers -timeout 0s": exitUsage,
	} {
		stderr.Reset()
		if got := run(t.Context(), strings.Fields(args), io.Discard, &stderr); got != want || stderr.Len() == 0 {
			t.Errorf("%s: exit code %d, want %d; %q", args, got, want, stderr.String())
		}
	}
}

func TestGap(t *testing.T) {
	for _, c := range []struct {
		at   []int64
		want time.Duration
	}{{nil, 0}, {[]int64{5}, 0}, {[]int64{1, 3, 10, 11}, 7}} {
		if got := gap(c.at); got != c.want {
			t.Errorf("%v: %d", c.at, got)
		}
	}
}

func TestPeakOf(t *testing.T) {
	for text, want := range map[string]int64{
		"Name:\tphp\nVmPeak:\t  9 kB\nVmHWM:\t   24416 kB\nVmRSS:\t 1 kB\n": 24416 << 10, "VmHWM: many kB\n": 0, "": 0,
	} {
		if got := peakOf(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]string{
		"GNU gdb (Debian 13.1-3) 13.1": "13.1-3", "wc (GNU coreutils) 9.1\nCopyright": "9.1", "reli 0.12.0": "0.12.0", "2.0.0-beta1": "2.0.0-beta1", "": "", "BusyBox": "",
	} {
		if got := number.FindString(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
