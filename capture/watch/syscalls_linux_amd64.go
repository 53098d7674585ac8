package watch

import "golang.org/x/sys/unix"

// olderWaits are calls that newer platforms do not have.
var olderWaits = []int64{unix.SYS_POLL, unix.SYS_SELECT, unix.SYS_EPOLL_WAIT, unix.SYS_PAUSE}

// olderLimits are the time limits of those of them that wait for input.
var olderLimits = map[int64]limit{unix.SYS_POLL: {2, false}, unix.SYS_SELECT: {4, true}, unix.SYS_EPOLL_WAIT: {3, false}}
