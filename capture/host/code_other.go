//go:build !linux

package host

// MayMakeCode reports whether memory that was written to may be made
// executable. This program runs, so it may.
func MayMakeCode() bool { return true }
