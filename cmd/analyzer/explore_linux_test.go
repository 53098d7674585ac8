package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// onTerminal is a command on a pseudo-terminal, and what a terminal shows of it.
type onTerminal struct {
	*vt.Emulator
	cmd  *exec.Cmd
	pty  *os.File
	tty  *os.File
	gone chan error

	mutex sync.Mutex
	raw   bytes.Buffer // all that the command wrote
}

// runOnTerminal runs the program with a terminal of a size.
func runOnTerminal(t *testing.T, width, height uint16, environ []string, args ...string) *onTerminal {
	t.Helper()
	p, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal: ", err)
	}
	o := &onTerminal{Emulator: vt.NewEmulator(int(width), int(height)), pty: p, tty: tty, gone: make(chan error, 1)}
	o.cmd = exec.Command("analyzer", args...) // testscript puts it into the path
	o.cmd.Stdin, o.cmd.Stdout, o.cmd.Stderr = tty, tty, tty
	o.cmd.Env = append(os.Environ(), append([]string{"TERM=xterm-256color", "NO_COLOR=", "FORCE_COLOR=", "CLICOLOR="}, environ...)...)
	o.cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
	o.resize(t, width, height)
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { o.gone <- o.cmd.Wait() }()
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := p.Read(buf)
			if err != nil {
				return
			}
			o.mutex.Lock()
			o.raw.Write(buf[:n])
			o.Emulator.Write(buf[:n])
			o.mutex.Unlock()
		}
	}()
	go io.Copy(p, o.Emulator) // a terminal answers what it is asked
	t.Cleanup(func() {
		o.cmd.Process.Kill()
		tty.Close()
		p.Close()
	})
	return o
}

func (o *onTerminal) resize(t *testing.T, width, height uint16) {
	t.Helper()
	o.mutex.Lock()
	o.Emulator.Resize(int(width), int(height))
	o.mutex.Unlock()
	if err := pty.Setsize(o.pty, &pty.Winsize{Cols: width, Rows: height}); err != nil {
		t.Fatal(err)
	}
}

func (o *onTerminal) screen() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.String()
}

// shows waits until the terminal shows all of some texts.
func (o *onTerminal) shows(t *testing.T, texts ...string) {
	t.Helper()
	var screen string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		screen = o.screen()
		missing := false
		for _, text := range texts {
			missing = missing || !strings.Contains(screen, text)
		}
		if !missing {
			return
		}
	}
	t.Fatalf("the terminal does not show %q:\n%s", texts, screen)
}

func (o *onTerminal) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := o.pty.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// ends waits for the end of the command, and gives all that it wrote.
func (o *onTerminal) ends(t *testing.T, code int) string {
	t.Helper()
	select {
	case <-o.gone:
	case <-time.After(30 * time.Second):
		t.Fatalf("it does not end:\n%s", o.screen())
	}
	time.Sleep(50 * time.Millisecond) // for what is on its way
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if got := o.cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d\n%s", got, code, o.raw.String())
	}
	return o.raw.String()
}

func (o *onTerminal) settings(t *testing.T) unix.Termios {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(o.tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *s
}

// TestExploreOnTerminal walks as a user does: keys, a click, another size, and
// out again, which leaves the terminal as it was.
func TestExploreOnTerminal(t *testing.T) {
	o := runOnTerminal(t, 110, 26, nil, "explore", data("talk-1k.json.gz"))
	before := o.settings(t)
	o.shows(t, "[1 suspects]", "1 suspect (medium confidence)", "holds   1,000 × Kambo\\MemoryLeaks\\User", "> ")
	o.types(t, "2")
	o.shows(t, "[2 tree]", "▸ $userService  Kambo\\MemoryLeaks\\UserService")
	o.types(t, "\x1b[C\x1b[B") // → ↓
	o.shows(t, ">   223 KiB  36.6 %      56 B ███▋······     ▸ ->cache")
	o.resize(t, 60, 14)
	o.shows(t, "[2 tree]", ">   223 KiB  36.6 % ███▋······     ▸ ->cache")
	if rows := strings.Split(strings.TrimRight(o.screen(), "\n"), "\n"); len(rows) > 14 || !strings.HasPrefix(rows[len(rows)-1], "? help · q quit") {
		t.Errorf("the last of %d rows is %q", len(rows), rows[len(rows)-1])
	}
	o.types(t, "p")
	o.shows(t, "[5 paths]", "1 root leads to $userService->cache")
	o.types(t, "\x1b[<0;17;1M\x1b[<0;17;1m") // a click on the name of a screen
	o.shows(t, "[2 tree]")
	o.types(t, "/$userService->cache->cache[7]\r")
	o.shows(t, "[4 item]", "Kambo\\MemoryLeaks\\User #")
	o.types(t, "c")
	o.shows(t, "Copied $userService->cache->cache[7]")
	o.types(t, "\x7f") // Backspace
	o.shows(t, "[2 tree]")
	o.types(t, "q")
	all := o.ends(t, 0)
	if after := o.settings(t); after != before {
		t.Errorf("the terminal's settings are %+v, were %+v", after, before)
	}
	for what, escape := range map[string]string{
		"leaves the other screen": "\x1b[?1049l", "shows the cursor": "\x1b[?25h", "gives the mouse back": "\x1b[?1002l",
		"copies":                 "\x1b]52;c;JHVzZXJTZXJ2aWNlLT5jYWNoZS0+Y2FjaGVbN10=",
		"has colours, as it may": "\x1b[7m",
	} {
		if !strings.Contains(all, escape) {
			t.Errorf("no escape that %s", what)
		}
	}
}

// TestExploreFrom begins with an item.
func TestExploreFrom(t *testing.T) {
	o := runOnTerminal(t, 100, 20, nil, "explore", data("talk-1k.json.gz"), "--from", "$userService->cache->cache")
	o.shows(t, "[4 item]", "array 0x7f29344585a0", "Holds 1,000 items:", "← back")
	o.types(t, "\x7f")
	o.shows(t, "[1 suspects]")
	o.types(t, "q")
	o.ends(t, 0)
	o = runOnTerminal(t, 100, 20, nil, "explore", data("talk-1k.json.gz"), "--from", "$nobody")
	if all := o.ends(t, exitUnusable); !strings.Contains(all, "no root named $nobody") || strings.Contains(all, "\x1b[?1049h") {
		t.Errorf("got %q", all)
	}
}

// TestExploreWithoutColor: NO_COLOR takes all colours away, and what is selected
// is still seen. What was warned of before stands on the terminal afterwards.
func TestExploreWithoutColor(t *testing.T) {
	o := runOnTerminal(t, 80, 24, []string{"NO_COLOR=1"}, "explore", data("truncated-deep-list.json.gz"))
	o.shows(t, "[1 suspects]", ">   1.6 MiB")
	o.types(t, "\x03") // ^C
	all := o.ends(t, 3)
	for _, colour := range []string{"\x1b[3", "\x1b[9", "\x1b[38;", "\x1b[48;"} {
		for _, code := range strings.SplitAfter(all, colour)[1:] {
			if i := strings.IndexAny(code, "mABCDGHJKX"); i >= 0 && code[i] == 'm' && i < 4 {
				t.Errorf("a colour: %q", colour+code[:i+1])
			}
		}
	}
	if !strings.Contains(o.screen(), "ends at byte") {
		t.Errorf("no warning is left:\n%s", o.screen())
	}
}

// TestExploreNeedsTerminal: without one there is one line, and no dump is read.
func TestExploreNeedsTerminal(t *testing.T) {
	_, stderr, code := analyze(t, "", "explore", data("none.json"))
	if code != exitUnusable || stderr != "analyzer: explore needs a terminal, standard output is none; analyzer leaks and analyzer tree print the same, analyzer report writes a page\n" {
		t.Errorf("code %d, %s", code, stderr)
	}
	o := runOnTerminal(t, 80, 24, []string{"TERM=dumb"}, "explore", data("talk-1k.json.gz"))
	if all := o.ends(t, exitUnusable); !strings.Contains(all, "TERM is dumb") || strings.Contains(all, "\x1b") {
		t.Errorf("got %q", all)
	}
	o = runOnTerminal(t, 80, 24, nil, "explore", data("none.json"))
	if all := o.ends(t, exitUnusable); !strings.Contains(all, "no such file") || strings.Contains(all, "\x1b") {
		t.Errorf("got %q", all)
	}
}
