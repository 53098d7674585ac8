package watch

import "golang.org/x/sys/unix"

// olderWaits are calls that newer platforms do not have.
var olderWaits = []int64{unix.SYS_POLL, unix.SYS_SELECT, unix.SYS_EPOLL_WAIT, unix.SYS_PAUSE}
