package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hardened starts a program that may not make memory executable, as systemd
// does for MemoryDenyWriteExecute. It ends with 77 where Linux is too old.
func hardened() {
	path, err := exec.LookPath(os.Args[1])
	if err == nil {
		err = unix.Prctl(unix.PR_SET_MDWE, unix.PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(77)
	}
	fmt.Fprintln(os.Stderr, syscall.Exec(path, os.Args[1:], os.Environ()))
	os.Exit(77)
}

// untraced starts a program for which the system call ptrace is not permitted, as
// container engines and systemd's SystemCallFilter do. It ends with 77 where no
// filter may be set.
func untraced() {
	const (
		load, jump, answer = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
		allow, refuse      = 0x7fff0000, 0x00050000 | uint32(unix.EPERM) // SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
	)
	runtime.LockOSThread()
	filter := []unix.SockFilter{
		{Code: load}, // the number of the system call
		{Code: jump, K: unix.SYS_PTRACE, Jf: 1},
		{Code: answer, K: refuse},
		{Code: answer, K: allow},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	path, err := exec.LookPath(os.Args[1])
	if err == nil {
		err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	}
	if err == nil {
		err = unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
	}
	if err == nil {
		err = syscall.Exec(path, os.Args[1:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(77)
}
