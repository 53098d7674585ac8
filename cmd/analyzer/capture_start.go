package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"memtrail/capture"
	"memtrail/report"
)

// captureStarted starts a command, captures it, and ends it.
//
// Its standard input is a pipe that nobody writes to: a worker that waits for
// a line waits, and that is when it is captured.
func (a *app) captureStarted(args []string, f *captureFlags, o report.Options) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = a.stderr, a.stderr // the answer alone goes to standard output
	hold, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	defer hold.Close()
	if err := cmd.Start(); err != nil {
		return &inputError{args[0], err}
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stopPassing := passSignals(cmd.Process)
	defer stopPassing()

	if err := waitForCapture(cmd.Process.Pid, f.after, ended); err != nil {
		return &inputError{args[0], err}
	}
	err = a.capture(process{pid: cmd.Process.Pid}, f, o)
	if !f.keep {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(grace):
			_ = cmd.Process.Kill()
			<-ended
		}
		return err
	}
	hold.Close()
	<-ended
	return err
}

// grace is how long a command that was asked to end may take.
const grace = 2 * time.Second

// waitForCapture returns when a command waits, or the time is over.
func waitForCapture(pid int, after time.Duration, ended <-chan error) error {
	if after > 0 {
		select {
		case <-ended:
			return errEnded
		case <-time.After(after):
			return nil
		}
	}
	// It waits when it has used no processor for some time, though it has begun.
	const (
		step  = 20 * time.Millisecond
		quiet = 15
	)
	still, last := 0, time.Duration(-1)
	for {
		select {
		case <-ended:
			return errEnded
		case <-time.After(step):
		}
		used, err := capture.ProcessorTime(pid)
		if err != nil {
			if errors.Is(err, os.ErrNotExist) {
				return errEnded
			}
			return err
		}
		if used == last {
			still++
		} else {
			still, last = 0, used
		}
		if still >= quiet {
			return nil
		}
	}
}

// passSignals hands signals that are meant to end us to the command.
func passSignals(p *os.Process) (stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-c:
				_ = p.Signal(s)
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(c); close(done) }
}
