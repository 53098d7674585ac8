package atomicfile

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// A watch waits for a signal that ends the program, has a file removed, and
// then lets the signal do what it does: usually that is the end. Who listens to
// it as well sees the file's error instead.
//
// Each file has its own, so that nothing is shared: of several, each removes
// its file and delivers the signal again, and the process lives until the last
// of them no longer listens.
type watch struct {
	signals  chan os.Signal
	finished chan struct{}
}

// watchSignals calls interrupt when a signal comes, with what delivers it again.
// Signals that the program was started to ignore, by nohup say, stay ignored.
func watchSignals(interrupt func(deliver func())) *watch {
	w := &watch{signals: make(chan os.Signal, 1), finished: make(chan struct{})}
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(w.signals, s)
		}
	}
	go func() {
		select {
		case s := <-w.signals:
			interrupt(func() {
				signal.Stop(w.signals)
				deliver(s)
			})
		case <-w.finished:
		}
	}()
	return w
}

// stop ends the watch of a file that is complete or removed. A signal that has
// come in between is not lost.
func (w *watch) stop() {
	if w == nil {
		return
	}
	signal.Stop(w.signals)
	select {
	case s := <-w.signals:
		deliver(s)
	default:
	}
	close(w.finished)
}

// arrival is how long a signal to oneself may take: any thread may take it. If
// the program is still there, another part of it listens.
const arrival = 50 * time.Millisecond

// deliver sends a signal to the program itself. Windows cannot: there the error
// of the next write ends the program.
func deliver(s os.Signal) {
	p, err := os.FindProcess(os.Getpid())
	if err == nil && p.Signal(s) == nil {
		time.Sleep(arrival)
	}
}
