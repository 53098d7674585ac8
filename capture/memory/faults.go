package memory

import (
	"fmt"
	"runtime/debug"
	"unsafe"
)

// CatchFaults has reads of a file that is mapped fail with an error, where they would
// end the program: the file is cut meanwhile, or its disk fails. It is to be deferred,
// called: defer m.CatchFaults(&err)().
func (m *Image) CatchFaults(err *error) func() {
	if m.mapped == nil {
		return func() {}
	}
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		reason := recover()
		if reason == nil {
			return
		}
		fault, ok := reason.(interface{ Addr() uintptr })
		if !ok {
			panic(reason)
		}
		at := fault.Addr() - uintptr(unsafe.Pointer(unsafe.SliceData(m.mapped)))
		if at >= uintptr(len(m.mapped)) {
			panic(reason)
		}
		*err = fmt.Errorf("the core cannot be read at byte %d: the file was changed while it was read, or the disk fails", at)
	}
}
