//go:build linux && (amd64 || arm64)

package memory

import (
	"bufio"
	"errors"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// shell starts a shell script, which has one thread.
func shell(t *testing.T, script string) child {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return child{cmd, bufio.NewScanner(out)}
}

// A trap snaps at a system call of the process, which stands still then and
// goes on when it is released.
func TestTrap(t *testing.T) {
	c := shell(t, "while :; do echo line; done")
	c.line(t)
	calls, pid := 0, c.cmd.Process.Pid
	enough := errors.New("enough")
	err := Trap(pid, func(h *Held) error {
		if s := threadState(pid, pid); s != 't' {
			t.Errorf("its state is %c", s)
		}
		if calls++; calls%40 == 0 {
			image, stats, err := h.Capture(Limits{})
			if err != nil {
				return err
			}
			if image.Close(); threadState(pid, pid) != 't' || stats.Copied == 0 {
				t.Errorf("it is let go by a copy of %d bytes", stats.Copied)
			}
		}
		if calls == 100 {
			return enough
		}
		return nil
	}, nil)
	if errors.Is(err, ErrPermission) {
		t.Skip(err)
	}
	if !errors.Is(err, enough) {
		t.Fatal(err)
	}
	for range 20000 { // more than the pipe holds
		c.line(t)
	}
}

// A trap can be released, while the process works and while it waits, and set
// again; the process can be captured then.
func TestTrapReleased(t *testing.T) {
	for name, c := range map[string]child{"works": startRole(t, "MEMORY_TEST_ROLE=target"), "waits": startRole(t, "MEMORY_TEST_ROLE=waiter")} {
		c.line(t)
		for range 5 {
			release := make(chan struct{})
			time.AfterFunc(20*time.Millisecond, func() { close(release) })
			err := Trap(c.cmd.Process.Pid, func(*Held) error { return nil }, release)
			if errors.Is(err, ErrPermission) {
				t.Skip(err)
			}
			if !errors.Is(err, ErrReleased) {
				t.Fatalf("%s: %v", name, err)
			}
			image, _, err := Capture(c.cmd.Process.Pid, Limits{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			image.Close()
		}
		if name == "works" {
			for range 20 {
				c.line(t)
			}
		}
	}
}

// Signals reach a process with a trap set, and its end is the end of the trap;
// the exit code stays for whoever started it.
func TestTrapAndSignals(t *testing.T) {
	c := shell(t, `trap 'n=x$n' USR1; echo ready; while [ "$n" != xxx ]; do sleep 0.01; done; exit 7`)
	cmd := c.cmd
	c.line(t)
	go func() {
		for range 3 {
			time.Sleep(100 * time.Millisecond)
			_ = exec.Command("/bin/kill", "-USR1", strconv.Itoa(cmd.Process.Pid)).Run()
		}
	}()
	err := Trap(cmd.Process.Pid, func(*Held) error { return nil }, nil)
	if errors.Is(err, ErrPermission) {
		t.Skip(err)
	}
	if !errors.Is(err, ErrGone) {
		t.Error(err)
	}
	if err := cmd.Wait(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("%v, %v", err, cmd.ProcessState)
	}
}
