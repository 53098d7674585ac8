// Launch runs a program to its end, throws its output away, and prints one line
// about it, followed by the beginning of what the program wrote to stderr:
//
//	launch TIMEOUT [-terminal] PROGRAM [ARGUMENT…]
//	wall_ns first_output_ns cpu_ns peak_rss_bytes output_bytes exit_code
//
// With -terminal the program has a terminal of 120 × 40, and is asked to end, by the
// key q, as soon as it draws.
//
// It is a program of its own because Linux counts the resident set of the
// parent into the peak of the child: the parent of what is to be measured must
// be small. This one takes some 3 MB, which is the least that it can report.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/creack/pty"
)

func main() {
	if err := launch(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "launch:", err)
		os.Exit(1)
	}
}

func launch(args []string, report io.Writer) error {
	const usage = "usage: launch TIMEOUT [-terminal] PROGRAM [ARGUMENT…]"
	if len(args) < 2 {
		return errors.New(usage)
	}
	timeout, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	args = args[1:]
	terminal := args[0] == "-terminal"
	if terminal {
		if args = args[1:]; len(args) == 0 {
			return errors.New(usage)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()

	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var stderr head
	cmd.Stderr = &stderr
	start := time.Now()
	stdout, err := begin(cmd, terminal)
	if err != nil {
		return err
	}
	first, output := drain(stdout, start)
	err = cmd.Wait()
	wall := time.Since(start)
	if ctx.Err() != nil {
		return fmt.Errorf("%s has not ended within %v", args[0], timeout)
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return err
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	_, err = fmt.Fprintf(report, "%d %d %d %d %d %d\n%s", wall, first, cpu, peakRSS(cmd.ProcessState), output,
		cmd.ProcessState.ExitCode(), stderr.text)
	return err
}

// begin starts a program, and gives its output.
func begin(cmd *exec.Cmd, terminal bool) (io.Reader, error) {
	if !terminal {
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		return stdout, cmd.Start()
	}
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	p, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		return nil, err
	}
	return &screen{p}, nil
}

// A screen is what a program draws on a terminal. It presses q whenever something is
// drawn.
type screen struct{ terminal *os.File }

func (s *screen) Read(b []byte) (int, error) {
	n, err := s.terminal.Read(b)
	if n > 0 {
		s.terminal.Write([]byte("q")) // once it has ended nobody takes it
	}
	return n, err
}

// drain reads to the end and returns how long the first byte took, and how many
// there were.
func drain(r io.Reader, start time.Time) (first time.Duration, bytes int64) {
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 && bytes == 0 {
			first = time.Since(start)
		}
		bytes += int64(n)
		if err != nil {
			return first, bytes
		}
	}
}

// A head keeps the beginning of what is written to it.
type head struct{ text []byte }

func (h *head) Write(b []byte) (int, error) {
	const enough = 400
	h.text = append(h.text, b[:min(len(b), enough-len(h.text))]...)
	return len(b), nil
}
