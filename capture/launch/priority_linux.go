package launch

import (
	"runtime"

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
	const nice = 10 // about a tenth of what others get that want the same processor
	// A goroutine that is started later has another thread, which has not given way.
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), nice)
}
