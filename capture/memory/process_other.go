//go:build !linux || !(amd64 || arm64)

package memory

// Capture is not possible here.
func Capture(int, Limits) (*Image, Stats, error) { return nil, Stats{}, ErrPlatform }

// ReadMappings is not possible here.
func ReadMappings(int) ([]Mapping, error) { return nil, ErrPlatform }

// ReadLive is not possible here.
func ReadLive(int, []byte, uint64) error { return ErrPlatform }
