//go:build !linux || !(amd64 || arm64)

package memory

import "errors"

// Capture is not possible here.
func Capture(int, Limits) (*Image, Stats, error) { return nil, Stats{}, ErrPlatform }

// Spare is not needed here.
type Spare struct{}

// Prepare does nothing.
func (*Spare) Prepare(uint64) {}

// Close does nothing.
func (*Spare) Close() {}

// ReadMappings is not possible here.
func ReadMappings(int) ([]Mapping, error) { return nil, ErrPlatform }

// ReadLive is not possible here.
func ReadLive(int, []byte, uint64) error { return ErrPlatform }

// Live is not possible here.
type Live struct{}

// OpenLive gives what fails at the first read.
func OpenLive(int) *Live { return &Live{} }

// ReadAt is not possible here.
func (*Live) ReadAt([]byte, uint64) error { return ErrPlatform }

// Close does nothing.
func (*Live) Close() {}

// Glance is not possible here.
func Glance(int, bool, func(func(uint64) uint64, uint64) bool) (*Image, error) {
	return nil, ErrPlatform
}

// Held is not possible here.
type Held struct{}

// Hold is not possible here.
func Hold(int) (*Held, error) { return nil, ErrPlatform }

// Capture is not possible here.
func (*Held) Capture(Limits) (*Image, Stats, error) { return nil, Stats{}, ErrPlatform }

// Release does nothing.
func (*Held) Release() {}

// ErrReleased is returned for a trap that was released.
var ErrReleased = errors.New("the trap was released")

// Trap is not possible here.
func Trap(int, func(*Held) error, <-chan struct{}) error { return ErrPlatform }

// TrapStarted is not possible here.
func TrapStarted(int, func(*Held) error, <-chan struct{}) error { return ErrPlatform }

// MayTrace reports that nothing may be traced here.
func MayTrace() bool { return false }
