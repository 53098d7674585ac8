//go:build !linux

package graph

import "unsafe"

func hugePages(unsafe.Pointer, uintptr) {}
