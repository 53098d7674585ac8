package report

import (
	"strings"
	"testing"
	"time"

	"memtrail/analysis/levels"
)

// exampleRecordings are those of a pool: one that leaks, one that keeps its
// chunks, one that ended before it ran PHP. Names are the system's and hostile.
func exampleRecordings() []Recording {
	leaky := Recording{
		PID: 4242, Command: "php worker.php \x1b[31m", PHP: "8.2.20", Directory: "dumps/\u202e", Curve: "dumps/\u202e/curve.csv",
		Length: 6 * time.Minute, Ended: "the process ended",
		Dumps: []RecordedDump{
			{Number: 2, File: "mem-0002.json.zst", Reason: "idle", At: time.Minute, Usage: 2 << 20, RSS: 20 << 20, Paused: 2500 * time.Microsecond, Bytes: 12345},
			{Number: 4, File: "mem-0004.json.zst", Reason: "busy", At: 3 * time.Minute, Usage: 5 << 20, RSS: 30 << 20, Paused: 3 * time.Millisecond, Bytes: 23456},
		},
		Moments: []RecordedDump{
			{File: "moments/peak.json.zst", Reason: "peak", At: 200 * time.Second, Usage: 8 << 20, RSS: 31 << 20, Paused: 4 * time.Millisecond, Bytes: 34567},
		},
		Rises: []RecordedDump{
			{File: "units/000007.json.zst", Reason: "rise", At: 90 * time.Second, Usage: 3 << 20, RSS: 25 << 20, Paused: 2 * time.Millisecond, Bytes: 23456},
		},
		Removed: 2, Skipped: 1, Stopped: 14 * time.Millisecond, Longest: 4 * time.Millisecond,
		First: levels.Level{Usage: 1 << 20, Real: 2 << 20, Peak: 1 << 20, RSS: 15 << 20}, Last: levels.Level{Usage: 8 << 20, Real: 10 << 20, Peak: 9 << 20, RSS: 32 << 20},
		High: levels.Level{Usage: 8 << 20, Real: 10 << 20, Peak: 9 << 20, RSS: 32 << 20}, Limit: 16 << 20, Fatal: true, Chart: charts()["growing"],
	}
	kept := Recording{
		PID: 4243, PHP: "7.4.33", Directory: "dumps/pid-4243", Curve: "dumps/pid-4243/curve.csv", Length: 90 * time.Second, Ended: "it was interrupted",
		First: levels.Level{Usage: 400 << 10, Real: 2 << 20, Peak: 400 << 10, RSS: 15 << 20}, Last: levels.Level{Usage: 385 << 10, Real: 74 << 20, Peak: 70 << 20, RSS: 90 << 20},
		High: levels.Level{Usage: 70 << 20, Real: 74 << 20, Peak: 70 << 20, RSS: 90 << 20}, Kept: levels.KeptOf(levels.Level{Usage: 385 << 10, Real: 74 << 20}, nil), Chart: charts()["shrinking"], Open: true, Idle: true,
	}
	return []Recording{leaky, kept, {PID: 4244, Length: 300 * time.Millisecond, Ended: "the process ended"}}
}

func TestRecordings(t *testing.T) {
	write := bind(Recordings, exampleRecordings())
	golden(t, "recordings", everyFormat(t, write))
	var out strings.Builder
	if err := write(&out, Options{ASCII: true}); err != nil {
		t.Fatal(err)
	}
	for _, glyph := range []string{"█", "│", "▲"} {
		if strings.Contains(out.String(), glyph) {
			t.Errorf("%s is drawn where ASCII is asked for", glyph)
		}
	}
}

// A recording says why it has few dumps only where that is for the process to
// mend.
func TestFewDumps(t *testing.T) {
	few := Recording{PHP: "8.2.20", Directory: "dumps", Length: 15 * time.Second, Open: true, Idle: true, Dumps: make([]RecordedDump, 1)}
	tests := []struct {
		name   string
		change func(r *Recording)
		want   string
	}{
		{"one", func(*Recording) {}, "Few dumps: a process is dumped where it waits for work, if it has worked since the last dump. Give it more to do, or take dumps by time, --every 1s."},
		{"none", func(r *Recording) { r.Dumps = nil }, "No dump was taken: in 15 s the process did not wait for work, or not for what was asked. Take one by time, --every 1s, or at a line that it prints, --every-output REGEX."},
		{"no marks", func(r *Recording) { r.Dumps, r.Marks = nil, true }, "No mark came from this process in 15 s, so no dump was taken. A program marks the end of a job by Memtrail\\mark(), PHPUnit the end of a test by an extension in phpunit.xml: contrib/php has both. What starts PHP in between must hand on the variable ANALYZER_MARKS."},
		{"no marks, and dumps by time", func(r *Recording) { r.Dumps, r.Marks = make([]RecordedDump, 7), true }, "No mark came from this process in 15 s. A program marks the end of a job by Memtrail\\mark(), PHPUnit the end of a test by an extension in phpunit.xml: contrib/php has both. What starts PHP in between must hand on the variable ANALYZER_MARKS."},
		{"marks", func(r *Recording) { r.Dumps, r.Marks, r.Units = make([]RecordedDump, 7), true, 5 }, ""},
		{"enough", func(r *Recording) { r.Dumps = make([]RecordedDump, 4) }, ""},
		{"not over, or as many as asked for", func(r *Recording) { r.Open = false }, ""},
		{"by time", func(r *Recording) { r.Idle = false }, ""},
		{"short", func(r *Recording) { r.Length = 4 * time.Second }, ""},
		{"not possible", func(r *Recording) { r.Skipped = 2 }, "2 dumps could not be taken; the curve says why."},
		{"nothing written", func(r *Recording) { r.Directory = "" }, ""},
	}
	for _, tt := range tests {
		r := few
		tt.change(&r)
		if got := r.left(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestEighth(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "10ms", 85 * time.Millisecond: "10ms", 890 * time.Millisecond: "100ms", 3400 * time.Millisecond: "400ms", 80 * time.Second: "10s", time.Hour: "6m40s",
	} {
		if got := eighth(d).String(); got != want {
			t.Errorf("of %v it is %s, want %s", d, got, want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0 s", 1499 * time.Millisecond: "1.5 s", 10 * time.Second: "10 s", 119 * time.Second: "119 s",
		2 * time.Minute: "2 min 00 s", 3*time.Minute + 5*time.Second: "3 min 05 s", 2 * time.Hour: "2 h 00 min", 50*time.Hour + 3*time.Minute: "50 h 03 min",
	} {
		if got := seconds(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
