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
		if errors.Is(err, exec.ErrNotFound) {
			err = errors.New("there is no such program; name one in $PATH, or its file")
		}
		return &inputError{args[0], err}
	}
	stopPassing := passSignals(cmd.Process)
	defer stopPassing()

	// Nobody waits for the command before it has been captured: who waits for
	// a child is told of its stops, too, and the capture would miss them.
	err = waitForCapture(cmd.Process.Pid, f.after)
	if err != nil {
		err = &inputError{args[0], err}
	} else {
		err = a.capture(process{pid: cmd.Process.Pid}, f, o)
	}
	if f.keep && err == nil {
		hold.Close()
		_ = cmd.Wait()
		return nil
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(grace, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	hold.Close()
	_ = cmd.Wait()
	return err
}

// errEnded is returned for a command that ends before it could be captured.
var errEnded = errors.New("it ended before it could be captured; --after says how long to wait, or let it wait for input")

// grace is how long a command that was asked to end may take.
const grace = 2 * time.Second

// waitForCapture returns when a command waits, or the time is over.
func waitForCapture(pid int, after time.Duration) error {
	// It waits when it sleeps for some time and uses no processor. One that uses
	// none and does not sleep would run, but others do: the machine is busy.
	const (
		step  = 20 * time.Millisecond
		quiet = 15
	)
	begin, still, last := time.Now(), 0, time.Duration(-1)
	for {
		time.Sleep(step)
		now, err := capture.ActivityOf(pid)
		switch {
		case err != nil:
			return err
		case now.Ended:
			return errEnded
		case after > 0 && time.Since(begin) >= after:
			return nil
		case after > 0:
			continue
		case now.Asleep && now.Used == last:
			still++
		default:
			still, last = 0, now.Used
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
