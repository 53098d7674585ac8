package launch

import (
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Urgent has the calling goroutine run before others for the rest of its life:
// while somebody waits for it, on a busy machine, too. Only root may ask for
// that; for others nothing changes.
func Urgent() {
	const nice = -10 // before others, but not before all
	// The thread is the goroutine's and ends with it, as nobody unlocks it.
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), nice)
}

// GiveWay has the calling goroutine run behind others for the rest of its life: on a
// machine that is busy it takes none of the time of what is recorded.
func GiveWay() {
	// A goroutine that is started later has another thread, which has not given way.
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), behind)
}

// behind is a nice value: about a tenth of what others get that want the same
// processor.
const behind = 10

// GiveWayAll has all of this process run behind others, but not what it has started:
// while a program waits for its answers, there is a processor that is not busy. The
// function that is returned has it run as before, if that is allowed.
func GiveWayAll() (restore func()) {
	old, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return func() {}
	}
	const most = 20 // what getpriority gives is 20 minus the nice value
	setAll(behind)
	return func() { setAll(most - old) }
}

// setAll sets the nice value of all threads. Those that are started later have that of
// the thread that starts them.
func setAll(nice int) {
	for range 2 { // a thread that is not set yet may start one meanwhile
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return
		}
		for _, e := range tasks {
			if tid, err := strconv.Atoi(e.Name()); err == nil {
				_ = unix.Setpriority(unix.PRIO_PROCESS, tid, nice)
			}
		}
	}
}
