package memory

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// threadOf reads the registers of a stopped thread.
func threadOf(tid int) Thread {
	t := Thread{ID: tid}
	var r unix.PtraceRegs
	if unix.PtraceGetRegSetArm64(tid, 1, (*unix.PtraceRegsArm64)(&r)) == nil {
		t.Stack = r.Sp
	}
	var tls uint64
	v := unix.Iovec{Base: (*byte)(unsafe.Pointer(&tls)), Len: 8}
	if _, _, e := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GETREGSET, uintptr(tid), ntArmTLS, uintptr(unsafe.Pointer(&v)), 0, 0); e == 0 {
		t.Pointer = tls
	}
	return t
}
