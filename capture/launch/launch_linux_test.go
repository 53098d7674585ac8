package launch

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// TestMain makes the test binary a program that starts a command, for tests of
// what only a process of its own can show.
func TestMain(m *testing.M) {
	switch os.Getenv("LAUNCH_TEST") {
	case "plain":
		os.Exit(launched(nil))
	case "lines":
		os.Exit(launched(func([]byte) {}))
	}
	os.Exit(m.Run())
}

func launched(line func([]byte)) int {
	c, err := Start(os.Args[1:], Options{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Line: line})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 125
	}
	code, err := c.Wait()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}

// start starts a shell script with streams in memory.
func start(t *testing.T, script string, o Options) *Child {
	t.Helper()
	c, err := Start([]string{"/bin/sh", "-c", script}, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wait(t *testing.T, c *Child) int {
	t.Helper()
	code, err := c.Wait()
	if err != nil {
		t.Error(err)
	}
	return code
}

func TestExitCodes(t *testing.T) {
	for script, want := range map[string]int{
		"exit 0": 0, "exit 7": 7, "exit 255": 255, "kill -TERM $$": 128 + 15, "kill -KILL $$": 128 + 9, "kill -SEGV $$": 128 + 11,
	} {
		for _, line := range []func([]byte){nil, func([]byte) {}} {
			if got := wait(t, start(t, script, Options{Stdout: io.Discard, Line: line})); got != want {
				t.Errorf("%s: %d, want %d", script, got, want)
			}
		}
	}
	if _, err := Start([]string{"/nonexistent"}, Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// Output is handed on byte by byte, in its order, and standard error is another
// stream.
func TestStreamsAreUntouched(t *testing.T) {
	const script = `head -c 3000000 /dev/urandom | tee /dev/fd/3; printf 'no end of line'; echo error >&2`
	for _, line := range []func([]byte){nil, func([]byte) {}} {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		copied := make(chan []byte)
		go func() { b, _ := io.ReadAll(read); copied <- b }()
		var out, errs bytes.Buffer
		c, err := Start([]string{"/bin/sh", "-c", strings.ReplaceAll(script, "/dev/fd/3", fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), write.Fd()))}, Options{Stdout: &out, Stderr: &errs, Line: line})
		if err != nil {
			t.Fatal(err)
		}
		if code := wait(t, c); code != 0 {
			t.Fatal(code, errs.String())
		}
		write.Close()
		want := append(<-copied, "no end of line"...)
		if sha256.Sum256(out.Bytes()) != sha256.Sum256(want) || errs.String() != "error\n" {
			t.Errorf("%d bytes of %d; standard error %q", out.Len(), len(want), errs.String())
		}
	}
	var out bytes.Buffer
	if wait(t, start(t, "cat", Options{Stdin: strings.NewReader("a\x00\xff\n"), Stdout: &out})); out.String() != "a\x00\xff\n" {
		t.Errorf("%q", out.String())
	}
}

func TestEnvironment(t *testing.T) {
	var out bytes.Buffer
	wait(t, start(t, `echo "$SOME $HOME"`, Options{Stdout: &out, Env: []string{"SOME=thing"}}))
	if want := "thing " + os.Getenv("HOME") + "\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// The lines come before they are passed on.
func TestLinesComeFirst(t *testing.T) {
	var mu sync.Mutex
	var order []string
	out := writerFunc(func(b []byte) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, "out "+string(b))
	})
	c := start(t, "echo one; sleep 0.2; echo two", Options{Stdout: out, Line: func(line []byte) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, "line "+string(line))
	}})
	wait(t, c)
	if want := []string{"line one", "out one\n", "line two", "out two\n"}; !slices.Equal(order, want) {
		t.Errorf("%q", order)
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(b []byte) (int, error) { f(b); return len(b), nil }

// A process that the command leaves behind, with its output, is not waited for.
func TestBackgroundIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	begin := time.Now()
	if code := wait(t, start(t, "echo started; sleep 60 & exit 4", Options{Stdout: &out, Line: func([]byte) {}})); code != 4 || out.String() != "started\n" {
		t.Errorf("%d, %q", code, out.String())
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

// helper runs the test binary as a program that starts a shell script.
func helper(mode, script string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "/bin/sh", "-c", script)
	cmd.Env = append(os.Environ(), "LAUNCH_TEST="+mode)
	return cmd
}

// Nobody reads the output any more: the command is told, and we do not die of
// it.
func TestOutputThatNobodyReads(t *testing.T) {
	for _, mode := range []string{"plain", "lines"} {
		cmd := helper(mode, `trap '' PIPE; while echo line; do :; done 2>/dev/null; echo "echo failed" >&2; exit 6`)
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = write, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		write.Close()
		if _, err := read.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		read.Close()
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 6 || errs.String() != "echo failed\n" {
			t.Errorf("%s: %d, %q", mode, code, errs.String())
		}
	}
}

// Signals for us go to the command, once.
func TestSignalsAreHandedOn(t *testing.T) {
	t.Parallel()
	const script = `n=0
		for s in INT TERM HUP USR1 USR2 QUIT; do trap "echo $s" $s; done
		trap 'exit 9' ALRM
		echo ready
		while :; do sleep 0.02; done`
	for _, mode := range []string{"plain", "lines"} {
		cmd := helper(mode, script)
		// A group of its own, as CI gives it: nobody has a terminal.
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		expect := func(want string) {
			if !lines.Scan() || lines.Text() != want {
				t.Errorf("%s: %q, want %q", mode, lines.Text(), want)
			}
		}
		// A command that never answers is ended.
		stuck := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		expect("ready")
		for _, s := range []syscall.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGQUIT} {
			if signal.Ignored(s) {
				continue // nohup: a shell cannot trap what was ignored when it began
			}
			_ = cmd.Process.Signal(s)
			expect(strings.TrimPrefix(unix.SignalName(s), "SIG"))
		}
		_ = cmd.Process.Signal(unix.SIGALRM)
		if lines.Scan() {
			t.Errorf("%s: %q after the last signal", mode, lines.Text())
		}
		stuck.Stop()
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 9 {
			t.Errorf("%s: exit code %d, want 9", mode, code)
		}
	}
}

// onTerminal runs the helper on a terminal of its own.
func onTerminal(t *testing.T, mode, script string) (terminal *os.File, cmd *exec.Cmd, screen func() string) {
	t.Helper()
	cmd = helper(mode, script)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Skip(err)
	}
	var mu sync.Mutex
	var text bytes.Buffer
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := terminal.Read(buf)
			mu.Lock()
			text.Write(buf[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { terminal.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return terminal, cmd, func() string {
		mu.Lock()
		defer mu.Unlock()
		return text.String()
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 1000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// On a terminal the command has the terminal: it is one for it, Ctrl-C comes
// once, Ctrl-Z stops both, and the size is told.
func TestTerminal(t *testing.T) {
	t.Parallel()
	const script = `[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo terminals
		trap 'echo interrupted' INT; exec 3>&1; trap 'echo resized $(stty size <&3)' WINCH; trap 'kill $!; exit 3' USR1
		sleep 1000 & # once: a shell that is in the middle of vfork when Ctrl-Z comes does not stop
		echo ready
		while :; do wait $!; done`
	for _, mode := range []string{"plain", "lines"} {
		t.Run(mode, func(t *testing.T) {
			terminal, cmd, screen := onTerminal(t, mode, script)
			// One end of line is one: "\r\n", not "\r\r\n".
			eventually(t, "ready", func() bool { return strings.Contains(screen(), "terminals\r\nready\r\n") })
			io.WriteString(terminal, "\x03")
			eventually(t, "interrupted", func() bool { return strings.Contains(screen(), "interrupted\r\n") })
			_ = pty.Setsize(terminal, &pty.Winsize{Rows: 30, Cols: 100})
			eventually(t, "resized", func() bool { return strings.Contains(screen(), "resized 30 100\r\n") })
			time.Sleep(200 * time.Millisecond)
			if n := strings.Count(screen(), "interrupted"); n != 1 {
				t.Errorf("interrupted %d times", n)
			}
			io.WriteString(terminal, "\x1a")
			eventually(t, "stopped", func() bool { return stateOf(cmd.Process.Pid) == 'T' })
			_ = cmd.Process.Signal(unix.SIGCONT)
			eventually(t, "going on", func() bool { return stateOf(cmd.Process.Pid) != 'T' })
			io.WriteString(terminal, "\x03")
			eventually(t, "interrupted again", func() bool { return strings.Count(screen(), "interrupted") == 2 })
			_ = cmd.Process.Signal(unix.SIGUSR1)
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 3 {
				t.Errorf("exit code %d; the screen is %q", code, screen())
			}
		})
	}
}

func TestDescendants(t *testing.T) {
	c := start(t, "sleep 30 & sh -c 'sleep 30; :' & wait", Options{})
	defer func() {
		for _, pid := range Descendants(c.PID()) {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		_, _ = c.Wait()
	}()
	eventually(t, "four processes", func() bool { return len(Descendants(c.PID())) == 4 })
	all := Descendants(c.PID())
	if all[0] != c.PID() || slices.Contains(all, os.Getpid()) {
		t.Errorf("%d and below: %d", c.PID(), all)
	}
	if parent, ok := parentOf(fmt.Sprint(all[3])); !ok || parent != all[1] && parent != all[2] {
		t.Errorf("the last of %d is not the nearest's child", all)
	}
}
