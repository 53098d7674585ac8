package dump

import (
	"errors"

	"golang.org/x/sys/unix"
)

// seekHole finds the next hole of an open file, or its next data, from an offset on.
func seekHole(fd uintptr) func(from int64, hole bool) int64 {
	return func(from int64, hole bool) int64 {
		whence := unix.SEEK_DATA
		if hole {
			whence = unix.SEEK_HOLE
		}
		at, err := unix.Seek(int(fd), from, whence)
		switch {
		case errors.Is(err, unix.ENXIO):
			return noHole
		case err != nil:
			return -1
		}
		return at
	}
}
