package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed peers.php
var targetProgram string

// A target is a process of the program that tools are timed on.
type target struct {
	usage  uint64 // its memory_get_usage(), 0 while memprof is active
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	script string
	ended  chan struct{} // closed when it says no more

	mu      sync.Mutex
	at      []int64 // its ticks: nanoseconds of its own clock
	done    int     // dumps that it has made
	changed chan struct{}
}

// startTarget starts one, and waits until its heap is made.
func startTarget(ctx context.Context, php string, args, env []string, rows int) (*target, error) {
	f, err := os.CreateTemp("", "peers*.php")
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString(targetProgram)
	if err := errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return nil, err
	}
	t := &target{script: f.Name(), ended: make(chan struct{}), changed: make(chan struct{}, 1)}
	t.cmd = exec.CommandContext(ctx, php, append(append([]string{"-d", "memory_limit=-1"}, args...), f.Name(), strconv.Itoa(rows))...)
	t.cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	t.cmd.Stderr = &stderr
	out, err := t.cmd.StdoutPipe()
	if err == nil {
		t.stdin, err = t.cmd.StdinPipe()
	}
	if err == nil {
		err = t.cmd.Start()
	}
	if err != nil {
		os.Remove(f.Name())
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "usage "); ok {
			if t.usage, err = strconv.ParseUint(text, 10, 64); err != nil {
				break
			}
			go t.read(lines)
			return t, nil
		}
	}
	t.stdin.Close()
	t.cmd.Wait()
	os.Remove(f.Name())
	return nil, fmt.Errorf("the program of PHP ended before it was ready: %s", firstLine(stderr.String()))
}

// read takes in what it says.
func (t *target) read(lines *bufio.Scanner) {
	defer close(t.ended)
	for lines.Scan() {
		text, isTick := strings.CutPrefix(lines.Text(), "tick ")
		at, err := strconv.ParseInt(text, 10, 64)
		t.mu.Lock()
		if isTick && err == nil {
			t.at = append(t.at, at)
		} else if lines.Text() == "done" {
			t.done++
		}
		t.mu.Unlock()
		select {
		case t.changed <- struct{}{}:
		default:
		}
	}
}

func (t *target) pid() int { return t.cmd.Process.Pid }

// stop ends it.
func (t *target) stop() {
	t.stdin.Close()
	select {
	case <-t.ended:
	case <-time.After(5 * time.Second):
	}
	t.cmd.Process.Kill() // it may have ended
	t.cmd.Wait()
	os.Remove(t.script)
}

// ticks is how often it has ticked.
func (t *target) ticks() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.at)
}

// until waits for something that is known under its lock.
func (t *target) until(ctx context.Context, limit time.Duration, what func() bool) error {
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for {
		t.mu.Lock()
		ok := what()
		t.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-t.changed:
		case <-t.ended:
			return errors.New("the process has ended")
		case <-timeout.C:
			return fmt.Errorf("the process has not answered within %v", limit)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// patience is how long a process may take for a tick.
const patience = time.Minute

// watch lets it tick for a while, at least once.
func (t *target) watch(ctx context.Context, d time.Duration) error {
	start, from := time.Now(), t.ticks()
	return t.until(ctx, patience, func() bool { return len(t.at) > from && time.Since(start) >= d })
}

// ask has it make a dump itself.
func (t *target) ask(ctx context.Context, what string, limit time.Duration) error {
	t.mu.Lock()
	made := t.done
	t.mu.Unlock()
	if _, err := fmt.Fprintln(t.stdin, what); err != nil {
		return err
	}
	return t.until(ctx, limit, func() bool { return t.done > made })
}

// largestGap is how long it did not tick at most, from the tick before a number of them
// to the next one from now on.
func (t *target) largestGap(ctx context.Context, from int) (time.Duration, error) {
	now := t.ticks()
	if err := t.until(ctx, patience, func() bool { return len(t.at) > now }); err != nil {
		return 0, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return gap(t.at[max(from-1, 0):]), nil
}

// gap is the largest difference of two that follow each other.
func gap(at []int64) time.Duration {
	largest := int64(0)
	for i := 1; i < len(at); i++ {
		largest = max(largest, at[i]-at[i-1])
	}
	return time.Duration(largest)
}

// peak is the most memory that it has had, in bytes; 0 where the system does not tell.
func (t *target) peak() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.pid()))
	if err != nil {
		return 0
	}
	return peakOf(string(text))
}

// firstLine is the first line of a text.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// peakOf reads VmHWM of /proc/PID/status.
func peakOf(status string) int64 {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 50)
			if err == nil {
				return kb << 10
			}
		}
	}
	return 0
}
