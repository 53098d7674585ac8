package launch

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Child is a command that runs.
type Child struct {
	cmd     *exec.Cmd
	job     *job
	tee     *tee // nil where the streams are handed on
	signals chan os.Signal
	pipes   chan os.Signal // SIGPIPE, of which writing to a stream that nobody reads would end us
	ended   chan struct{}
	done    atomic.Bool // Wait begins: the process may be gone
}

// handedOn are the signals that go to the command when they come to us.
var handedOn = []os.Signal{
	unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM,
	unix.SIGCONT, unix.SIGTSTP, unix.SIGWINCH,
}

// Start starts a command. Signals that come from then on are the command's.
func Start(args []string, o Options) (*Child, error) {
	stdout := o.Stdout
	c := &Child{signals: make(chan os.Signal, 64), pipes: make(chan os.Signal, 1), ended: make(chan struct{})}
	if o.Line != nil {
		var err error
		if c.tee, err = newTee(o.Stdout, o.Line); err != nil {
			return nil, err
		}
		o.Stdout = c.tee.child
	}
	c.job = newJob(o.Stdin, stdout)
	// What is ignored stays ignored, for the command, too: nohup.
	for _, s := range handedOn {
		if !signal.Ignored(s) {
			signal.Notify(c.signals, s)
		}
	}
	signal.Notify(c.pipes, unix.SIGPIPE)
	err := c.start(args, o)
	if c.tee != nil {
		c.tee.started()
	}
	if err != nil {
		c.release()
		return nil, err
	}
	c.job.started(c.PID())
	go c.passSignals()
	go c.awaitEnd()
	if c.tee != nil {
		go c.tee.run()
	}
	return c, nil
}

// command makes what starts the command, once.
func (c *Child) command(args []string, o Options) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = o.Stdin, o.Stdout, o.Stderr
	if len(o.Env) > 0 {
		cmd.Env = append(os.Environ(), o.Env...)
	}
	// After the command has ended, what reads its streams for it may go on that
	// long.
	cmd.WaitDelay = drain
	cmd.SysProcAttr = c.job.attributes()
	return cmd
}

// start starts the command.
func (c *Child) start(args []string, o Options) error {
	if o.AtStart == nil || gainsRights(args[0]) {
		c.cmd = c.command(args, o)
		return c.cmd.Start()
	}
	started := make(chan error, 1)
	go func() {
		Urgent() // and the thread is the goroutine's: it traces the command
		c.cmd = c.command(args, o)
		c.cmd.SysProcAttr.Ptrace = true
		err := c.cmd.Start()
		traced := err == nil && atFirstInstruction(c.PID())
		if err != nil {
			c.cmd = c.command(args, o)
			err = c.cmd.Start()
		}
		if err != nil {
			started <- err
			return
		}
		stay := o.AtStart(c)
		started <- nil
		stay(traced)
	}()
	return <-started
}

// atFirstInstruction waits until a command that this thread has started to trace
// it has been executed, and stands still. Its end, should it come instead, is
// left for [Child.Wait].
func atFirstInstruction(pid int) bool {
	const trapped = 4 // CLD_TRAPPED
	for _, how := range []int{unix.WSTOPPED | unix.WEXITED | unix.WNOWAIT, unix.WSTOPPED | unix.WNOHANG} {
		var info unix.Siginfo
		for {
			err := unix.Waitid(unix.P_PID, pid, &info, how, nil)
			if err == nil {
				break
			}
			if !errors.Is(err, unix.EINTR) {
				return false
			}
		}
		if info.Code != trapped {
			return false
		}
	}
	return true
}

// gainsRights reports whether the system gives a program rights that its user
// has not, by its mode or by capabilities of the file: not while it is traced.
func gainsRights(name string) bool {
	path, err := exec.LookPath(name)
	if err != nil {
		return false
	}
	if n, err := unix.Getxattr(path, "security.capability", nil); err == nil && n > 0 {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0
}

// PID is the process of the command.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Ended is closed when the command has ended.
func (c *Child) Ended() <-chan struct{} { return c.ended }

// CatchUp returns when all of the output that there is was looked at, or after a
// tenth of a second.
func (c *Child) CatchUp() {
	if c.tee != nil {
		c.tee.catchUp()
	}
}

// drain is how long output may be silent once the command has ended, if others
// that it started still hold the stream.
const drain = time.Second

// Wait waits for the end of the command and of its output, and gives its exit
// code.
//
// The kernel tells whoever waits for a child of that child's stops, too, also
// those that a capture asks for. So nobody waits before the end is known.
func (c *Child) Wait() (code int, err error) {
	<-c.ended
	c.done.Store(true)
	if c.tee != nil {
		c.tee.drain()
	}
	err = c.cmd.Wait()
	c.release()
	close(c.signals)
	if _, ended := errors.AsType[*exec.ExitError](err); ended || errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	if c.cmd.ProcessState == nil {
		return 1, err
	}
	status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return SignalBase + int(status.Signal()), err
	}
	return c.cmd.ProcessState.ExitCode(), err
}

// release gives up the signals and the terminal.
func (c *Child) release() {
	signal.Stop(c.signals)
	signal.Stop(c.pipes)
	c.job.close()
}

// awaitEnd closes ended at the end of the command, which stays a zombie.
func (c *Child) awaitEnd() {
	defer close(c.ended)
	if fd, err := unix.PidfdOpen(c.PID(), 0); err == nil {
		defer unix.Close(fd)
		for {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
			if n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
				break
			}
		}
	}
	// Before Linux 5.3; else it is true at once.
	for stateOf(c.PID()) != 'Z' && stateOf(c.PID()) != 0 {
		time.Sleep(20 * time.Millisecond)
	}
}

// passSignals hands on what comes for the command.
func (c *Child) passSignals() {
	mirror := c.job.stops()
	for {
		select {
		case s, open := <-c.signals:
			if !open {
				return
			}
			if c.done.Load() {
				continue
			}
			if s == unix.SIGWINCH && c.tee != nil {
				c.tee.resized()
			}
			c.job.pass(s.(syscall.Signal))
		case <-mirror:
			if c.done.Load() {
				continue
			}
			c.job.mirror()
			// The terminal tells its new size to the command alone, whose output
			// is another one.
			if c.tee != nil && c.tee.resized() {
				c.job.pass(unix.SIGWINCH)
			}
		}
	}
}
