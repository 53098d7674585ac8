package record

import "time"

// rate follows how fast memory_usage grows, over [RateWindow].
type rate struct {
	points []point // a second apart, at most
	prev   point   // the last sample
	before point   // the one before
}

type point struct {
	at    time.Duration
	usage uint64
}

// add takes a sample in.
func (r *rate) add(s *Sample) {
	r.before, r.prev = r.prev, point{s.At, s.Usage}
	if n := len(r.points); n > 0 && s.At-r.points[n-1].at < RateWindow/10 {
		return
	}
	r.points = append(r.points, r.prev)
	for len(r.points) > 1 && s.At-r.points[1].at >= RateWindow {
		r.points = r.points[1:]
	}
}

// of gives the growth in bytes a second, 0 before the window is full.
func (r *rate) of(s *Sample) float64 {
	if len(r.points) == 0 {
		return 0
	}
	first := r.points[0]
	if s.At-first.at < RateWindow || s.Usage <= first.usage {
		return 0
	}
	return float64(s.Usage-first.usage) / (s.At - first.at).Seconds()
}

// soon reports whether memory_usage would reach memory_limit within a second if
// it went on as between the last two samples.
func (r *rate) soon(s *Sample) bool {
	took := (r.prev.at - r.before.at).Seconds()
	if took <= 0 || r.prev.usage <= r.before.usage {
		return false
	}
	return float64(r.prev.usage)+float64(r.prev.usage-r.before.usage)/took >= float64(s.Limit)
}
