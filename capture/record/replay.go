package record

import (
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"memtrail/capture/watch"
)

// ReadSummary makes of a curve what its recorder had of the recording, as far as
// the curve tells: dumps that were removed are left out, and it knows neither
// memory_limit nor the sizes of files. A curve without an end is one that was
// interrupted; what is there counts.
func ReadSummary(in io.Reader) (*Summary, error) {
	s := &Summary{}
	err := ReadCurve(in, func(r Row) error {
		s.replay(&r)
		return nil
	})
	return s, err
}

// replay takes a row in. Clocks may be set back: time stands still then.
func (s *Summary) replay(r *Row) {
	if s.Began.IsZero() {
		s.Began, s.PID = r.Time, r.PID
	}
	s.Length = max(s.Length, r.Time.Sub(s.Began))
	if r.Known {
		s.add(&Sample{At: s.Length, Reading: watch.Reading{Found: true, Usage: r.Usage, Real: r.Real, Peak: r.Peak, RSS: r.RSS}})
	}
	switch r.Event {
	case EventFound:
		s.PHP = strings.TrimPrefix(r.Detail, "PHP ")
	case EventDump:
		s.replayDump(r)
	case EventRemoved:
		s.Removed++
		s.Dumps = slices.DeleteFunc(s.Dumps, func(d Dump) bool { return d.File == r.Detail })
	case EventSkipped:
		s.Skipped++
	case EventEnd:
		s.Ended = r.Detail
	}
}

// The detail of a dump's row, and the name of a dump of the series.
var (
	dumpDetail = regexp.MustCompile(`^(.*?): (.*); stopped ([0-9]+(?:\.[0-9]+)?) ms$`)
	ofSeries   = regexp.MustCompile(`^mem-([0-9]{1,9})\.`)
)

// kindsOf tells what the dumps that are none of the series are for, by file.
var kindsOf = func() map[string]Kind {
	kinds := map[string]Kind{}
	for k, file := range moments {
		kinds[path.Join(Moments, file)] = k
	}
	return kinds
}()

func (s *Summary) replayDump(r *Row) {
	m := dumpDetail.FindStringSubmatch(r.Detail)
	if m == nil {
		return
	}
	d := Dump{File: m[1], Reason: m[2], At: s.Length, Usage: r.Usage, RSS: r.RSS}
	if ms, err := strconv.ParseFloat(m[3], 64); err == nil && ms < float64(24*time.Hour/time.Millisecond) {
		d.Paused = time.Duration(ms * float64(time.Millisecond))
	}
	if n := ofSeries.FindStringSubmatch(d.File); n != nil {
		d.Number, _ = strconv.Atoi(n[1])
	} else {
		kind, ok := kindsOf[d.File]
		if strings.HasPrefix(d.File, Units+"/") {
			kind, ok = Rise, true
		}
		if !ok {
			return
		}
		d.Kind = kind
	}
	s.Stopped += d.Paused
	s.Longest = max(s.Longest, d.Paused)
	s.keep(d)
}
