//go:build !linux

package column

import "unsafe"

func hugePages(unsafe.Pointer, uintptr) {}

func Available(uint64) bool { return true }
