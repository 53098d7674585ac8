package launch

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// job is a command as a job of the terminal.
//
// The command has a process group of its own, so that a signal for our group
// reaches it once: when we hand it on. Where we have the terminal for ourselves,
// the command gets it, as from a shell: Ctrl-C and Ctrl-Z then go to the command
// alone. Where others share the terminal with us, as in a pipeline, it stays
// with our group, and the command is in that: what the terminal sends, it sends
// to all.
type job struct {
	kind   jobKind
	tty    *os.File // the controlling terminal; nil if there is none
	owns   bool     // our standard streams are the terminal
	pid    int
	ticker *time.Ticker
	// mirrored is set from when we stopped with the command until SIGCONT.
	mirrored bool
}

type jobKind uint8

const (
	apart      jobKind = iota // a group of its own
	foreground                // the same, with the terminal
	together                  // our group
)

func newJob(stdin, stdout any) *job {
	j := &job{owns: isTerminal(stdin) && isTerminal(stdout)}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return j
	}
	j.tty = tty
	if j.isForeground() {
		j.kind = together
		if j.owns {
			j.kind = foreground
		}
	}
	return j
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// isForeground reports whether the terminal is our group's.
func (j *job) isForeground() bool {
	if j.tty == nil {
		return false
	}
	group, err := unix.IoctlGetInt(int(j.tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func (j *job) attributes() *syscall.SysProcAttr {
	switch j.kind {
	case apart:
		return &syscall.SysProcAttr{Setpgid: true}
	case foreground:
		return &syscall.SysProcAttr{Setpgid: true, Foreground: true, Ctty: int(j.tty.Fd())}
	}
	return nil
}

// started notes the process of the command.
func (j *job) started(pid int) {
	j.pid = pid
	if j.tty != nil {
		// We take the terminal back from the background. Ignored signals are
		// inherited, so this waits until the command has started.
		signal.Ignore(unix.SIGTTOU)
	}
	if j.kind != together && j.tty != nil && j.owns {
		const often = 50 * time.Millisecond
		j.ticker = time.NewTicker(often)
	}
}

// close takes the terminal back.
func (j *job) close() {
	if j.ticker != nil {
		j.ticker.Stop()
	}
	if j.tty == nil {
		return
	}
	if j.kind != together && j.owns && j.pid != 0 {
		if group, err := unix.IoctlGetInt(int(j.tty.Fd()), unix.TIOCGPGRP); err == nil && group == j.pid {
			j.give(unix.Getpgrp())
		}
	}
	j.tty.Close()
}

// give gives the terminal to a group.
func (j *job) give(group int) {
	_ = unix.IoctlSetPointerInt(int(j.tty.Fd()), unix.TIOCSPGRP, group)
}

// pass hands a signal on.
func (j *job) pass(s syscall.Signal) {
	if j.kind == together {
		switch s {
		case unix.SIGTSTP: // the terminal has sent it to all
			stopSelf()
		case unix.SIGINT, unix.SIGQUIT, unix.SIGWINCH, unix.SIGCONT:
		default:
			_ = unix.Kill(j.pid, s)
		}
		return
	}
	switch s {
	case unix.SIGCONT:
		j.resume()
	case unix.SIGTSTP:
		_ = unix.Kill(-j.pid, s)
	default:
		_ = unix.Kill(j.pid, s)
	}
}

// stops gives a channel on which it is time to see whether the command was
// stopped; nil where that does not concern us.
func (j *job) stops() <-chan time.Time {
	if j.ticker == nil {
		return nil
	}
	return j.ticker.C
}

// mirror stops us if the command is stopped, as by Ctrl-Z: the shell waits for
// us. Whoever continues us continues the command.
func (j *job) mirror() {
	if j.mirrored || stateOf(j.pid) != 'T' {
		return
	}
	j.mirrored = true
	j.give(unix.Getpgrp())
	stopSelf()
}

func stopSelf() { _ = unix.Kill(unix.Getpid(), unix.SIGSTOP) }

// resume lets the command go on, with the terminal if it was given to us.
func (j *job) resume() {
	j.mirrored = false
	if j.owns && j.isForeground() {
		j.give(j.pid)
	}
	_ = unix.Kill(-j.pid, unix.SIGCONT)
}

// stateOf gives the state letter of a process, 0 if there is none. A stop by
// ptrace is a t, one by a signal a T.
func stateOf(pid int) byte {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	if i := bytes.LastIndexByte(text, ')'); i >= 0 && i+2 < len(text) {
		return text[i+2]
	}
	return 0
}
