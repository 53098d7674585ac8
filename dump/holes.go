package dump

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// A sparse file has holes, to which nothing was ever written: they read as zeros, and
// may be larger than all disks. A dump has none but by an accident, so that reading
// ends where they come to more than this, in bytes.
const maxHoles = 1 << 30

// cutHoles lets a file end where its holes become too large, and says why. seek finds
// the next hole, or the next data, from an offset on; math.MaxInt64 if there is
// none, a negative number if that is not known.
func (in *Input) cutHoles(seek func(from int64, hole bool) int64) {
	const most = 1 << 12 // stretches: a file in pieces is no accident
	sum := int64(0)
	at := int64(0)
	for range most {
		from := seek(at, true)
		if from < 0 || from >= in.size {
			return
		}
		to := seek(from, false)
		if to < 0 {
			return
		}
		to = min(to, in.size)
		if sum += to - from; sum > maxHoles {
			in.hole = fmt.Errorf("the file has %d GB of holes, which were never written, and is not read behind byte %d", in.holes(sum, to, seek)>>30, from)
			in.size = from
			return
		}
		at = to
	}
}

// holes is what the holes of a file sum up to, of which some have been found.
func (in *Input) holes(sum, at int64, seek func(from int64, hole bool) int64) int64 {
	for range 64 {
		from := seek(at, true)
		if from < 0 || from >= in.size {
			break
		}
		to := seek(from, false)
		if to < 0 {
			break
		}
		at = min(to, in.size)
		sum += at - from
	}
	return sum
}

// noHole is the offset of what is not there.
const noHole = math.MaxInt64

// zeroRuns ends a stream of nothing but zeros, such as a compressed hole: 300 MB of zstd
// can be 8 TB of them.
type zeroRuns struct {
	r    io.Reader
	most int64
	run  int64 // bytes that were zero, up to the last one read
}

var errZeros = errors.New("there are more than 1 GB of zeros in a row")

func (z *zeroRuns) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	if n > 0 && !allZero(p[:n]) {
		z.run = 0
	} else if z.run += int64(n); z.run > z.most {
		return n, errZeros
	}
	return n, err
}

func allZero(b []byte) bool {
	if b[0] != 0 || b[len(b)-1] != 0 {
		return false
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
