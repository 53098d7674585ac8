//go:build linux && (amd64 || arm64)

package watch

import (
	"maps"

	"golang.org/x/sys/unix"
)

// waits are the system calls in which a process waits for work: for input, for
// time, for another of its threads. Waiting for a child, a lock on a file or for
// output to be taken is part of the work.
var waits = waiting(append([]int64{
	unix.SYS_READ, unix.SYS_READV, unix.SYS_RECVFROM, unix.SYS_RECVMSG, unix.SYS_RECVMMSG,
	unix.SYS_PPOLL, unix.SYS_PSELECT6, unix.SYS_EPOLL_PWAIT, unix.SYS_EPOLL_PWAIT2,
	unix.SYS_ACCEPT, unix.SYS_ACCEPT4, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP,
	unix.SYS_RT_SIGTIMEDWAIT, unix.SYS_RT_SIGSUSPEND, unix.SYS_FUTEX, unix.SYS_RESTART_SYSCALL,
	unix.SYS_MSGRCV, unix.SYS_MQ_TIMEDRECEIVE, unix.SYS_IO_URING_ENTER,
}, olderWaits...))

// limits are those of them that wait for input, with where their time limits are.
var limits = func() map[int64]limit {
	all := map[int64]limit{
		unix.SYS_READ: {-1, false}, unix.SYS_READV: {-1, false}, unix.SYS_RECVFROM: {-1, false}, unix.SYS_RECVMSG: {-1, false},
		unix.SYS_ACCEPT: {-1, false}, unix.SYS_ACCEPT4: {-1, false},
		unix.SYS_PPOLL: {2, true}, unix.SYS_PSELECT6: {4, true}, unix.SYS_EPOLL_PWAIT: {3, false}, unix.SYS_EPOLL_PWAIT2: {3, true},
	}
	maps.Copy(all, olderLimits)
	return all
}()

func waiting(calls []int64) map[int64]bool {
	set := map[int64]bool{}
	for _, n := range calls {
		set[n] = true
	}
	return set
}
