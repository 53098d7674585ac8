package memory

import "golang.org/x/sys/unix"

// threadOf reads the registers of a stopped thread.
func threadOf(tid int) Thread {
	var r unix.PtraceRegs
	if unix.PtraceGetRegs(tid, &r) != nil {
		return Thread{ID: tid}
	}
	return Thread{ID: tid, Pointer: r.Fs_base, Stack: r.Rsp}
}
