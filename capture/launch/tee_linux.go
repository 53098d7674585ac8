package launch

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// tee is a standard output that we read on its way: a pipe, or a
// pseudo-terminal where the output is a terminal, so that the command finds one.
type tee struct {
	out      io.Writer
	terminal *os.File // out, if that is a terminal
	lines    lines
	source   *os.File     // what the command has written
	child    *os.File     // the command's end
	silent   atomic.Int64 // since when nothing comes, in Unix nanoseconds; 0 while something is passed on
	looked   atomic.Bool  // all that was taken from source was looked at
	fd       atomic.Int64 // of source; 0 before it is read
	done     chan struct{}
}

func newTee(out io.Writer, line func([]byte)) (*tee, error) {
	t := &tee{out: out, lines: lines{give: line}, done: make(chan struct{})}
	var err error
	if !isTerminal(out) {
		t.source, t.child, err = os.Pipe()
		return t, err
	}
	t.terminal = out.(*os.File)
	if t.source, t.child, err = pty.Open(); err != nil {
		return nil, err
	}
	t.resized()
	// The real terminal turns each end of line into two bytes; this one must
	// not do it before.
	if mode, err := unix.IoctlGetTermios(int(t.terminal.Fd()), unix.TCGETS); err == nil {
		mode.Oflag &^= unix.OPOST
		_ = unix.IoctlSetTermios(int(t.child.Fd()), unix.TCSETS, mode)
	}
	return t, nil
}

// resized gives the pseudo-terminal the size of the real one and reports
// whether it had another.
func (t *tee) resized() bool {
	if t.terminal == nil {
		return false
	}
	size, err := pty.GetsizeFull(t.terminal)
	if err != nil {
		return false
	}
	if old, err := pty.GetsizeFull(t.source); err == nil && *old == *size {
		return false
	}
	return pty.Setsize(t.source, size) == nil
}

// started closes the command's end, which the command has by now.
func (t *tee) started() { t.child.Close() }

// run passes on what the command writes. Where nobody takes it any more, the
// command is told in the way that it would be without us.
func (t *tee) run() {
	defer close(t.done)
	defer t.source.Close()
	Urgent()
	fd := int(t.source.Fd()) // blocking: the thread itself waits, nobody has to wake it
	t.fd.Store(int64(fd))
	buf := make([]byte, 64<<10)
	for {
		t.silent.Store(time.Now().UnixNano())
		t.looked.Store(true)
		// What comes stays in the source until it is known that it will be looked
		// at: on a busy machine it may be long from the read to the next statement.
		if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); errors.Is(err, unix.EINTR) {
			continue
		}
		t.looked.Store(false)
		t.silent.Store(0)
		n, err := unix.Read(fd, buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		n = max(n, 0)
		t.lines.feed(buf[:n])
		t.looked.Store(true)
		if n > 0 {
			if _, err := t.out.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil || n == 0 {
			return // the end; of a pseudo-terminal it is EIO
		}
	}
}

// catchUp returns when all that is there was looked at, or after a while: who
// takes the output may be slow.
func (t *tee) catchUp() {
	const (
		step    = 20 * time.Microsecond
		longest = 100 * time.Millisecond
	)
	for begin := time.Now(); time.Since(begin) < longest; time.Sleep(step) {
		fd := int(t.fd.Load())
		if fd == 0 {
			continue
		}
		// In this order: what is no longer in the source has been taken before.
		if n, err := unix.IoctlGetInt(fd, unix.TIOCINQ); (err != nil || n == 0) && t.looked.Load() {
			return
		}
	}
}

// drain waits for the end of the output. Another process that holds the stream
// is not waited for once it is silent.
func (t *tee) drain() {
	tick := time.NewTicker(drain / 20)
	defer tick.Stop()
	begin := time.Now()
	for {
		select {
		case <-t.done:
			return
		case now := <-tick.C:
			if since := t.silent.Load(); since > 0 && now.Sub(time.Unix(0, since)) > drain && now.Sub(begin) > drain {
				return
			}
		}
	}
}
