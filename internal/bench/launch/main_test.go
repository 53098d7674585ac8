package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/term"
)

// The tests launch their own binary, as a program of the kind that the
// environment names.
const kindVar = "LAUNCH_TEST_KIND"

func TestMain(m *testing.M) {
	switch os.Getenv(kindVar) {
	case "":
		os.Exit(m.Run())
	case "late":
		time.Sleep(30 * time.Millisecond)
		fmt.Print("first")
		time.Sleep(30 * time.Millisecond)
		fmt.Print(strings.Repeat("x", 200_000))
	case "failing":
		fmt.Fprint(os.Stderr, "what: ", strings.Repeat("x", 1000))
		os.Exit(3)
	case "drawing": // as the explorer does: keys come one by one, and q ends it
		if _, err := term.MakeRaw(int(os.Stdin.Fd())); err != nil {
			os.Exit(4)
		}
		fmt.Print("a screen")
		if _, err := bufio.NewReader(os.Stdin).ReadString('q'); err != nil {
			os.Exit(5)
		}
	case "endless":
		time.Sleep(time.Hour)
	}
}

func start(t *testing.T, kind, timeout string) (string, error) {
	t.Helper()
	t.Setenv(kindVar, kind)
	var report bytes.Buffer
	err := launch([]string{timeout, os.Args[0]}, &report)
	return report.String(), err
}

func TestLaunch(t *testing.T) {
	report, err := start(t, "late", "1m")
	if err != nil {
		t.Fatal(err)
	}
	var wall, first, cpu time.Duration
	var rss, output int64
	var exit int
	if _, err := fmt.Sscan(report, &wall, &first, &cpu, &rss, &output, &exit); err != nil {
		t.Fatalf("%v in %q", err, report)
	}
	if first < 30*time.Millisecond || wall < 60*time.Millisecond || first >= wall || output != 200_005 || exit != 0 || cpu <= 0 {
		t.Errorf("report %q", report)
	}
	if measured := runtime.GOOS == "linux" || runtime.GOOS == "darwin"; (rss > 1<<20) != measured {
		t.Errorf("%d bytes resident", rss)
	}
}

// TestLaunchTerminal: a program that draws on a terminal gets a q.
func TestLaunchTerminal(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no pseudo-terminals")
	}
	t.Setenv(kindVar, "drawing")
	var report bytes.Buffer
	if err := launch([]string{"1m", "-terminal", os.Args[0]}, &report); err != nil {
		t.Fatal(err)
	}
	if line, stderr, _ := strings.Cut(report.String(), "\n"); !strings.HasSuffix(line, " 0") || stderr != "" {
		t.Errorf("report %q", report.String())
	}
}

func TestLaunchFailing(t *testing.T) {
	report, err := start(t, "failing", "1m")
	line, stderr, _ := strings.Cut(report, "\n")
	if err != nil || !strings.HasSuffix(line, " 0 3") || !strings.HasPrefix(stderr, "what: xxx") || len(stderr) > 400 {
		t.Errorf("report %q, error %v", report, err)
	}
}

func TestLaunchEndless(t *testing.T) {
	if report, err := start(t, "endless", "50ms"); err == nil || report != "" {
		t.Errorf("report %q, error %v", report, err)
	}
}

func TestLaunchUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"1s"}, {"soon", "true"}, {"1s", "./no-such-program"}, {"1s", "-terminal"}, {"1s", "-terminal", "./no-such-program"}} {
		if err := launch(args, &bytes.Buffer{}); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
