//go:build linux && amd64

// Package faulttest runs a program and makes its system calls fail: the disk that
// is full at the third write, the read that gives one byte, the kill between a
// flush and a rename. It is a debugger of the program (ptrace), so that each moment
// between two calls can be had, and none is a matter of luck.
package faulttest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Call is a system call that is about to be made.
type Call struct {
	Number uint64 // unix.SYS_…
	Args   [6]uint64
	pid    int
}

// File is the path of the descriptor that is the call's first argument; "" if it is
// none.
func (c *Call) File() string {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", c.pid, int32(c.Args[0])))
	if err != nil {
		return ""
	}
	return path
}

// Path is the text at an address, as of an argument that is a path.
func (c *Call) Path(arg int) string {
	text := make([]byte, 4096)
	n, err := unix.ProcessVMReadv(c.pid, []unix.Iovec{{Base: &text[0], Len: uint64(len(text))}},
		[]unix.RemoteIovec{{Base: uintptr(c.Args[arg]), Len: int(4096 - c.Args[arg]%4096)}}, 0)
	if err != nil {
		return ""
	}
	path, _, _ := strings.Cut(string(text[:n]), "\x00")
	return path
}

// Writes reports whether the call changes files or writes to a descriptor, and
// which: a path, or what a descriptor stands for.
func (c *Call) Writes() (file string, ok bool) {
	switch c.Number {
	case unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_WRITEV, unix.SYS_FSYNC, unix.SYS_FTRUNCATE, unix.SYS_FCHMOD:
		return c.File(), true
	case unix.SYS_OPENAT:
		return c.Path(1), c.Args[2]&unix.O_CREAT != 0
	case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		return c.Path(1), true
	case unix.SYS_UNLINKAT, unix.SYS_MKDIRAT:
		return c.Path(1), true
	}
	return "", false
}

// Reads reports whether the call reads from a descriptor, and from what.
func (c *Call) Reads() (file string, ok bool) {
	switch c.Number {
	case unix.SYS_READ, unix.SYS_PREAD64:
		return c.File(), true
	}
	return "", false
}

// A Fault is what happens instead of a call, or before it. The zero value is none.
type Fault struct {
	Errno  syscall.Errno  // the call is not made, and fails with this
	Most   uint64         // if not 0, a read or write is of no more bytes
	Signal syscall.Signal // sent to the process before the call; SIGKILL ends it there
}

// Run starts a command, asks before each system call what shall become of it, and
// waits for the end. The error is that of [exec.Cmd.Wait]; errors.ErrUnsupported
// means that nothing can be traced here.
func Run(cmd *exec.Cmd, decide func(*Call) Fault) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread, a tracer, ends with the goroutine
		result <- run(cmd, decide)
	}()
	return <-result
}

func run(cmd *exec.Cmd, decide func(*Call) Fault) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Ptrace = true
	// A group of its own, for which the tracer waits: threads of this program that end
	// leave their children to others, to this one, too.
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		if errors.Is(err, syscall.EPERM) {
			return errors.ErrUnsupported
		}
		return err
	}
	pid := cmd.Process.Pid
	status, err := trace(pid, decide)
	if err != nil {
		_ = unix.Kill(pid, unix.SIGKILL)
		_ = cmd.Wait()
		return err
	}
	_ = cmd.Wait() // of the pipes: the process has been waited for
	switch {
	case status.Signaled():
		return &Exit{Signal: status.Signal()}
	case status.ExitStatus() != 0:
		return &Exit{Code: status.ExitStatus()}
	}
	return nil
}

// Exit is how a command ended that did not end with 0.
type Exit struct {
	Code   int
	Signal syscall.Signal // 0 if none ended it
}

func (e *Exit) Error() string {
	if e.Signal != 0 {
		return e.Signal.String()
	}
	return fmt.Sprintf("exit code %d", e.Code)
}

// A thread is in a call or out of it.
type thread struct {
	inside bool
	errno  syscall.Errno // of the call that was not made
}

// trace follows all threads of a process to its end.
func trace(pid int, decide func(*Call) Fault) (unix.WaitStatus, error) {
	const wait = unix.WALL | unix.WNOTHREAD
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, wait, nil); err != nil {
		return 0, err
	}
	if err := unix.PtraceSetOptions(pid, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_EXITKILL); err != nil {
		return 0, err
	}
	threads := map[int]*thread{}
	if err := unix.PtraceSyscall(pid, 0); err != nil {
		return 0, err
	}
	for {
		tid, err := unix.Wait4(-pid, &status, wait, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, err
		}
		if status.Exited() || status.Signaled() {
			if tid == pid {
				return status, nil
			}
			delete(threads, tid)
			continue
		}
		t := threads[tid]
		if t == nil {
			t = &thread{}
			threads[tid] = t
		}
		deliver := 0
		switch s := status.StopSignal(); {
		case s == unix.SIGTRAP|0x80:
			if err := t.step(pid, tid, decide); err != nil && !errors.Is(err, unix.ESRCH) {
				return 0, err
			}
		case s == unix.SIGTRAP, s == unix.SIGSTOP: // a new thread, and its first stop
		default:
			deliver = int(s)
		}
		if err := unix.PtraceSyscall(tid, deliver); err != nil && !errors.Is(err, unix.ESRCH) {
			return 0, err
		}
	}
}

// transfers tells the calls whose third argument is a number of bytes.
func transfers(call uint64) bool {
	switch call {
	case unix.SYS_READ, unix.SYS_WRITE, unix.SYS_PREAD64, unix.SYS_PWRITE64:
		return true
	}
	return false
}

// step is at the beginning of a call, or at its end.
func (t *thread) step(pid, tid int, decide func(*Call) Fault) error {
	t.inside = !t.inside
	if !t.inside && t.errno == 0 {
		return nil
	}
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &regs); err != nil {
		return err
	}
	if !t.inside {
		regs.Rax = uint64(-int64(t.errno))
		t.errno = 0
		return unix.PtraceSetRegs(tid, &regs)
	}
	f := decide(&Call{Number: regs.Orig_rax, Args: [6]uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10, regs.R8, regs.R9}, pid: pid})
	if f.Signal != 0 {
		if err := unix.Kill(pid, f.Signal); err != nil {
			return err
		}
	}
	switch {
	case f.Errno != 0:
		t.errno = f.Errno
		regs.Orig_rax = ^uint64(0)
	case f.Most != 0 && regs.Rdx > f.Most && transfers(regs.Orig_rax):
		regs.Rdx = f.Most
	default:
		return nil
	}
	return unix.PtraceSetRegs(tid, &regs)
}
