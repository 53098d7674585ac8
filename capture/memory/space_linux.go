//go:build linux && (amd64 || arm64)

package memory

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"memtrail/capture/host"
)

// copyRate is a rate, in bytes a second, that machines exceed: measured are 5
// to 7 GB/s on pages that are there.
const copyRate = 2 << 30

// soonEnough refuses what would take too long.
func soonEnough(n uint64, limits Limits) error {
	expect := time.Duration(float64(n) / copyRate * float64(time.Second))
	if limits.MaxPause == 0 || expect <= limits.MaxPause {
		return nil
	}
	return fmt.Errorf("%w: to copy %d MB may take %v, --max-pause is %v; allow more with --max-pause %v", ErrPause,
		n>>20, expect.Round(10*time.Millisecond), limits.MaxPause, (expect + time.Second).Truncate(time.Second))
}

// affordable refuses what would take too much memory.
func affordable(n uint64, limits Limits) error {
	free := limits.MaxMemory
	if free == 0 {
		free = host.Read(os.DirFS("/")).Memory.Usable()
	}
	if free > 0 && n+n/16 > free {
		return &SizeError{
			What: "the copy of the process", Needed: n + n/16, AtLeast: true, Allowed: free,
			Instead: "write a core elsewhere (gcore) and read that",
		}
	}
	return nil
}

// space is memory for the copy, outside Go's heap.
type space struct {
	all  []byte
	used uint64
	more [][]byte // for what the process grew by meanwhile
}

func newSpace(n uint64) (*space, error) {
	b, err := unix.Mmap(-1, 0, int(n), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE) // a refusal only makes it slower
	const piece = 16 << 20
	var wg sync.WaitGroup
	work := make(chan []byte)
	for range 2 {
		wg.Go(func() {
			for p := range work {
				if unix.Madvise(p, unix.MADV_POPULATE_WRITE) != nil { // before Linux 5.14
					for i := 0; i < len(p); i += pageSize {
						p[i] = 0
					}
				}
			}
		})
	}
	for i := 0; i < len(b); i += piece {
		work <- b[i:min(i+piece, len(b))]
	}
	close(work)
	wg.Wait()
	return &space{all: b}, nil
}

// take gives n bytes.
func (s *space) take(n uint64) ([]byte, error) {
	if uint64(len(s.all))-s.used >= n {
		b := s.all[s.used : s.used+n : s.used+n]
		s.used += n
		return b, nil
	}
	b, err := unix.Mmap(-1, 0, int(n), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	s.more = append(s.more, b)
	return b, nil
}

// size is how much there is, in bytes, without what it took more.
func (s *space) size() uint64 { return uint64(len(s.all)) }

// reuse makes it room for another copy.
func (s *space) reuse() {
	s.used = 0
	s.freeMore()
}

func (s *space) free() {
	_ = unix.Munmap(s.all)
	s.freeMore()
}

func (s *space) freeMore() {
	for _, b := range s.more {
		_ = unix.Munmap(b)
	}
	s.more = nil
}
