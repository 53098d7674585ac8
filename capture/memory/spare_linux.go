//go:build linux && (amd64 || arm64)

package memory

import "sync"

// Spare is room for a copy that is ready before the copy is asked for: to make it
// takes three times as long as to copy, while whoever waits for the copy waits. It
// may be used by several goroutines.
type Spare struct {
	mu     sync.Mutex
	ready  *space
	closed bool
}

// Prepare makes room for a copy of n bytes, and for what the process may grow by
// until then. It keeps what is there if that is enough.
func (s *Spare) Prepare(n uint64) {
	n += growth + n/16
	s.mu.Lock()
	enough := s.closed || s.ready.holds(n)
	s.mu.Unlock()
	if enough {
		return
	}
	room, err := newSpace(n)
	if err != nil {
		return // it is made when it is needed, or not
	}
	s.mu.Lock()
	room, s.ready = s.ready, room
	closed := s.closed
	s.mu.Unlock()
	if room != nil {
		room.free()
	}
	if closed {
		s.Close()
	}
}

// take gives room for n bytes; nil if there is none. s may be nil.
func (s *Spare) take(n uint64) *space {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready.holds(n) {
		return nil
	}
	room := s.ready
	s.ready = nil
	return room
}

// Close releases the room, and what is still being prepared.
func (s *Spare) Close() {
	s.mu.Lock()
	room := s.ready
	s.ready, s.closed = nil, true
	s.mu.Unlock()
	if room != nil {
		room.free()
	}
}

// holds reports whether there is room for n bytes. It may be of nil.
func (s *space) holds(n uint64) bool { return s != nil && uint64(len(s.all)) >= n }
