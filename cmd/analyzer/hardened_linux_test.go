package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

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
