//go:build linux && (amd64 || arm64)

package memory

import (
	"cmp"
	"slices"
	"sync"
)

// Spare is room for copies that is ready before a copy is asked for: to make it
// takes three times as long as to copy, while whoever waits for the copy waits.
// Room comes back when a copy is released. A Spare may be used by several
// goroutines.
type Spare struct {
	mu     sync.Mutex
	ready  []*space // by size
	closed bool
}

// mostSpare bounds the room that waits to be used again, in bytes. One room may be
// larger: as large as the process.
const mostSpare = 256 << 20

// Prepare makes room for a copy of n bytes, and for what the process may grow by
// until then. It makes none if there is enough for half of that: a process that grows
// a little would else never find any.
func (s *Spare) Prepare(n uint64) {
	more := growth + n/16
	s.mu.Lock()
	enough := s.closed || s.smallest(n+more/2) >= 0
	s.mu.Unlock()
	if enough {
		return
	}
	room, err := newSpace(n + more)
	if err != nil {
		return // it is made when it is needed, or not
	}
	s.give(room)
}

// smallest gives the index of the smallest room for n bytes; -1 if there is none.
func (s *Spare) smallest(n uint64) int {
	return slices.IndexFunc(s.ready, func(r *space) bool { return r.size() >= n })
}

// take gives room for n bytes; nil if there is none. s may be nil.
func (s *Spare) take(n uint64) *space {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.smallest(n)
	if i < 0 {
		return nil
	}
	room := s.ready[i]
	s.ready = slices.Delete(s.ready, i, i+1)
	return room
}

// give takes room that nobody uses. What it has then is what the last copy left
// there. s may be nil.
func (s *Spare) give(room *space) {
	if s == nil {
		room.free()
		return
	}
	room.reuse()
	for _, unneeded := range s.put(room) {
		unneeded.free()
	}
}

// put gives back what is too much: the smallest, as a process rather grows than
// shrinks.
func (s *Spare) put(room *space) (unneeded []*space) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return []*space{room}
	}
	s.ready = append(s.ready, room)
	slices.SortFunc(s.ready, func(a, b *space) int { return cmp.Compare(a.size(), b.size()) })
	sum := uint64(0)
	for _, r := range s.ready {
		sum += r.size()
	}
	for sum > mostSpare && len(s.ready) > 1 {
		sum -= s.ready[0].size()
		unneeded = append(unneeded, s.ready[0])
		s.ready = slices.Delete(s.ready, 0, 1)
	}
	return unneeded
}

// Close releases the room, and what comes back later.
func (s *Spare) Close() {
	s.mu.Lock()
	all := s.ready
	s.ready, s.closed = nil, true
	s.mu.Unlock()
	for _, room := range all {
		room.free()
	}
}
