//go:build !linux

package column

import "unsafe"

func hugePages(unsafe.Pointer, uintptr) {}

// Available is not known here.
func Available(uint64) bool { return true }
