package main

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"time"

	"memtrail/analysis/levels"
	"memtrail/capture/record"
	"memtrail/report"
)

// report writes what was recorded.
func (s *session) report(w io.Writer, all []*recorded, o report.Options) error {
	o.ASCII = !drawsBlocks(w)
	var list []report.Recording
	for _, x := range all {
		// Helpers of a command that ended at once are not worth a word.
		if x.summary != nil && (x.summary.Curve != "" || len(all) == 1) {
			r := recordingOf(x, x.summary)
			r.Open, r.Idle, r.Marks = s.plan.triggers.Count == 0, s.plan.triggers.Idle, s.plan.triggers.ByMarks
			if x.summary.Work != nil {
				r.Units = x.summary.Work.Ended
			}
			list = append(list, r)
		}
	}
	return report.Recordings(w, list, o)
}

// drawsBlocks reports whether a chart may have characters beyond ASCII: on a
// terminal whose locale has them.
func drawsBlocks(w io.Writer) bool {
	return isTerminal(w) && isUTF8(os.Getenv)
}

var utf8Locale = regexp.MustCompile(`(?i)utf-?8`)

// isUTF8 reports whether the locale's characters are UTF-8. The first variable
// that is set counts, as in setlocale(3).
func isUTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(name); v != "" {
			return utf8Locale.MatchString(v)
		}
	}
	return false
}

// recordingOf lays a summary out for the report.
func recordingOf(x *recorded, s *record.Summary) report.Recording {
	r := report.Recording{
		PID: x.pid, Command: x.command, PHP: s.PHP, Directory: s.Dir, Curve: s.Curve, Length: s.Length, Ended: s.Ended,
		Dumps: recordedDumps(s.Dumps), Moments: recordedDumps(s.Moments), Rises: recordedDumps(s.Rises), Removed: s.Removed, Skipped: s.Skipped,
		Stopped: s.Stopped, Longest: s.Longest,
		First: levels.Level(s.First), Last: levels.Level(s.Last), High: levels.Level(s.High),
		Limit: s.Limit, Fatal: s.Fatal,
		Chart: report.Chart{Span: s.Trace.Length, PeakAt: s.HighAt, Peak: s.High.Usage, Spans: make([]report.ChartSpan, len(s.Trace.Spans))},
	}
	var course []levels.Level
	for i, p := range s.Trace.Spans {
		l := levels.Level(p.Last)
		r.Chart.Spans[i] = report.ChartSpan{Min: p.Min, Max: p.Max, Last: l, Known: p.Readings > 0}
		if l.Usage > 0 {
			course = append(course, l)
		}
	}
	course = levels.Running(course)
	r.Kept = levels.KeptOf(levels.Lately(course), nil)
	r.Outside = levels.RisesOutside(course[len(course)/10:]) // a tenth to warm up
	for _, d := range s.Dumps {
		r.Chart.Marks = append(r.Chart.Marks, report.ChartMark{At: d.At, Number: d.Number})
	}
	return r
}

func recordedDumps(all []record.Dump) []report.RecordedDump {
	list := make([]report.RecordedDump, len(all))
	for i, d := range all {
		list[i] = report.RecordedDump{Number: d.Number, File: d.File, Reason: d.Reason, At: d.At, Usage: d.Usage, RSS: d.RSS, Paused: d.Paused, Bytes: d.Bytes}
	}
	return list
}

// show draws all recordings anew, at most once a second.
func (s *session) show(x *recorded, sum *record.Summary) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.drawn) < time.Second && sum.Ended == "" {
		return
	}
	sum.Length = time.Since(sum.Began)
	x.shown = recordingOf(x, sum)
	if x.shown.Ended == "" {
		x.shown.Ended = "it goes on"
	}
	s.drawn = time.Now()
	var list []report.Recording
	for _, y := range s.order {
		if y.shown.PHP != "" {
			list = append(list, y.shown)
		}
	}
	var page bytes.Buffer
	if isTerminal(s.app.stderr) {
		page.WriteString("\x1b[H\x1b[J") // to the corner, and clear from there
	}
	o := report.Options{Format: report.Table, Width: width(s.app.stderr), ASCII: !drawsBlocks(s.app.stderr)}
	if report.Recordings(&page, list, o) == nil {
		_, _ = s.app.stderr.Write(page.Bytes()) // a picture that is lost is drawn again
	}
}
