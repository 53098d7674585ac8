package record

import (
	"time"
)

// Idle: a process is idle when it waits for work, so that no job's own
// variables are in the dump. What is seen from outside is that it sleeps. A job
// that waits for its database sleeps, too. Three rules tell them apart:
//
//  1. It sleeps in a system call that waits for input, time or another thread
//     (package watch decides that): reading from standard input, a socket or a
//     queue, polling, sleeping between two polls.
//  2. The place in the program is one where it waits again and again, or for
//     long: [again] waits of the last [remembered], or a wait of [long], now or
//     before. What a program waits for once, while it starts, is not work.
//  3. No place with fewer open calls has been waited at twice: the loop that
//     fetches jobs calls what a job does, not the other way round. Before
//     [enough] waits are known, or [settled] is over, that cannot be told.
//
// Between two idle dumps the process must have worked, see [Engine.worked].
type idle struct {
	began time.Duration
	waits []wait // a ring of the last remembered
	next  int
	count map[uint64]int  // of waits by place
	depth map[uint64]int  // the fewest calls that were open there
	tried map[uint64]bool // it has waited for work there, for long

	place uint64        // of the current wait
	since time.Duration // when it was first seen
	ran   time.Duration // what the process had run by then
	known bool
}

type wait struct {
	place uint64
	depth int
}

const (
	// remembered is about a minute of waits, at ten readings a second. A worker
	// with much to do waits for work in one of a hundred readings; a third of
	// a minute would not show it three times.
	remembered = 600
	again      = 3
	long       = time.Second
	enough     = 12
	settled    = 2 * time.Second
)

// observe takes a sample in.
func (i *idle) observe(s *Sample) {
	if !s.Wait.Asleep {
		i.known = false
		return
	}
	if i.known && i.place == s.Wait.Place && i.ran == s.Ran {
		return // it is the same wait
	}
	i.place, i.since, i.ran, i.known = s.Wait.Place, s.At, s.Ran, true
	i.remember(wait{s.Wait.Place, s.Wait.Depth})
}

func (i *idle) remember(w wait) {
	if i.count == nil {
		i.count, i.depth, i.tried = map[uint64]int{}, map[uint64]int{}, map[uint64]bool{}
	}
	if len(i.waits) < remembered {
		i.waits = append(i.waits, w)
	} else {
		old := i.waits[i.next].place
		if i.count[old]--; i.count[old] == 0 {
			delete(i.count, old)
			delete(i.depth, old)
			delete(i.tried, old)
		}
		i.waits[i.next] = w
		i.next = (i.next + 1) % remembered
	}
	i.count[w.place]++
	if d, ok := i.depth[w.place]; !ok || w.depth < d {
		i.depth[w.place] = w.depth
	}
}

// usual reports whether a place fulfils rule 2 by what was seen there before.
func (i *idle) usual(place uint64) bool { return i.count[place] >= again || i.tried[place] }

// waitsForWork reports whether the process waits for work in the sample that was
// observed last.
func (i *idle) waitsForWork(s *Sample) bool {
	if !s.Wait.Asleep {
		return false
	}
	isLong := s.At-i.since >= long
	if !isLong && (!i.usual(s.Wait.Place) || !i.told(s)) {
		return false
	}
	here := i.depth[s.Wait.Place]
	for place, depth := range i.depth {
		if depth < here && i.count[place] > 1 {
			return false
		}
	}
	if isLong {
		i.tried[s.Wait.Place] = true
	}
	return true
}

// told reports whether so much was seen that places can be told apart.
func (i *idle) told(s *Sample) bool { return len(i.waits) >= enough || s.At-i.began >= settled }
