package record

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReadSummary(t *testing.T) {
	const curve = `time,pid,usage,real,peak,rss,event,detail
2026-11-25T18:50:07.000Z,42,,,,1000000,,
2026-11-25T18:50:07.500Z,42,400000,2097152,400000,2000000,found,PHP 8.2.36
2026-11-25T18:50:08.000Z,42,500000,2097152,900000,2000000,,
2026-11-25T18:50:08.000Z,42,500000,2097152,900000,2000000,dump,mem-0001.json.zst: idle; stopped 5.3 ms
2026-11-25T18:50:07.900Z,42,700000,2097152,900000,2500000,,
2026-11-25T18:50:09.000Z,42,700000,2097152,900000,2500000,dump,mem-0002.json.zst: idle; stopped 2.0 ms
2026-11-25T18:50:09.100Z,42,700000,2097152,900000,2500000,dump,moments/peak.json.zst: peak: highest so far; stopped 1.0 ms
2026-11-25T18:50:09.100Z,42,700000,2097152,900000,2500000,dump,../../odd: x; stopped 9.0 ms
2026-11-25T18:50:09.100Z,42,700000,2097152,900000,2500000,dump,mem-0003.json.zst
2026-11-25T18:50:10.000Z,42,600000,2097152,900000,2500000,removed,mem-0001.json.zst
2026-11-25T18:50:10.000Z,42,600000,2097152,900000,2500000,skipped,idle: no room
2026-11-25T18:50:11.000Z,42,600000,4194304,900000,2400000,end,the process has ended
`
	s, err := ReadSummary(strings.NewReader(curve))
	if err != nil {
		t.Fatal(err)
	}
	if s.PID != 42 || s.PHP != "8.2.36" || s.Length != 4*time.Second || s.Ended != "the process has ended" || s.Removed != 1 || s.Skipped != 1 {
		t.Errorf("%+v", s)
	}
	if len(s.Dumps) != 1 || s.Dumps[0].File != "mem-0002.json.zst" || s.Dumps[0].Number != 2 || s.Dumps[0].At != 2*time.Second || s.Dumps[0].Reason != "idle" || s.Dumps[0].Paused != 2*time.Millisecond {
		t.Errorf("dumps %+v", s.Dumps)
	}
	if len(s.Moments) != 1 || s.Moments[0].Kind != Peak || s.Moments[0].Reason != "peak: highest so far" {
		t.Errorf("moments %+v", s.Moments)
	}
	if s.Stopped != 8300*time.Microsecond || s.Longest != 5300*time.Microsecond {
		t.Errorf("stopped %v, %v", s.Stopped, s.Longest)
	}
	// Where the clock was set back, time stands still.
	if s.High.Usage != 700000 || s.HighAt != time.Second || s.First.Usage != 400000 || s.Last.Real != 4194304 || s.High.Real != 4194304 {
		t.Errorf("levels %+v %v %+v %+v", s.High, s.HighAt, s.First, s.Last)
	}
	if n := len(s.Trace.Spans); n == 0 || s.Trace.Spans[n-1].Last.Usage != 600000 {
		t.Errorf("trace %+v", s.Trace)
	}
}

// checkReplay sees that the curve tells what its recorder did.
func checkReplay(t *testing.T, sum *Summary, dumps []string) {
	t.Helper()
	f, err := os.Open(sum.Curve)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := ReadSummary(f)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range got.Dumps {
		names = append(names, d.File)
	}
	// A dump that could not be written has a row all the same.
	names = slices.DeleteFunc(names, func(name string) bool { return sum.Skipped > 0 && !slices.Contains(dumps, name) })
	if !slices.Equal(names, dumps) || got.Ended != sum.Ended || got.PHP != sum.PHP || got.Removed != sum.Removed || got.Skipped != sum.Skipped || got.High.Usage != sum.High.Usage {
		t.Errorf("the curve tells of %q and %+v; the recorder has %q and %+v", names, got, dumps, sum)
	}
}

// Whatever a file claims, a summary of it is bounded by the file.
func FuzzReadSummary(f *testing.F) {
	f.Add("time,pid,usage,real,peak,rss,event,detail\n0001-01-01T00:00:00Z,1,1,1,1,1,,\n9999-01-01T00:00:00Z,1,1,1,1,1,dump,mem-1.x: y; stopped 1e9 ms\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ReadSummary(strings.NewReader(text))
		if err == nil && (s.Length < 0 || len(s.Trace.Spans) > maxSpans || len(s.Dumps)+len(s.Moments) > strings.Count(text, "\n")+1) {
			t.Errorf("%+v", s)
		}
	})
}
