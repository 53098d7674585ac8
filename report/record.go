package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"memtrail/analysis/levels"
)

// Recording is what was recorded of one process. Times count from its
// beginning, sizes are bytes.
type Recording struct {
	PID       int
	Command   string // what the process runs; it may hold anything
	PHP       string // version; "" if none was found
	Directory string // as it was typed; "" if nothing was written
	Curve     string // path; "" if there is none
	Length    time.Duration
	Ended     string // why
	Open      bool   // it has ended, and any number of dumps was wanted
	Idle      bool   // when the process waits for work, among others
	Marks     bool   // where units of work end, among others
	Units     uint64 // of work, that the process has told of

	Dumps            []RecordedDump // of the series
	Moments          []RecordedDump // others
	Rises            []RecordedDump // at units of work that left memory behind
	Removed, Skipped int
	Stopped, Longest time.Duration

	First, Last, High levels.Level
	Kept              *levels.Kept    // at the end; nil where that is little
	Outside           *levels.Outside // nil where nothing rises outside PHP's allocator
	Limit             uint64          // memory_limit; 0: none
	Fatal             bool            // memory_limit was exhausted
	Chart             Chart
}

// RecordedDump is a dump of a recording.
type RecordedDump struct {
	Number int    // 0 for one that is none of the series
	File   string // below the directory
	Reason string
	At     time.Duration
	Usage  uint64
	RSS    uint64
	Paused time.Duration
	Bytes  int64 // of the file
}

// Recordings writes what was recorded, a process after the other.
func Recordings(w io.Writer, all []Recording, o Options) error {
	return render(w, recordings(all), o)
}

type recordings []Recording

func (r recordings) page(out sheet, o Options) {
	for i := range r {
		if i > 0 {
			out.gap()
		}
		r[i].page(out, o)
	}
}

func (r *Recording) page(out sheet, o Options) {
	prose := flow(out, o)
	prose.info(r.title())
	if r.PHP == "" {
		return
	}
	if o.Format != Markdown {
		for _, line := range r.Chart.lines(o.columns(), o.ASCII) {
			out.line(line)
		}
	}
	prose.line(r.levels())
	for _, text := range []string{keptText(r.Kept), outsideText(r.Outside)} {
		if text != "" {
			prose.note(text)
		}
	}
	if r.Fatal {
		prose.fail(fmt.Sprintf("PHP reported that memory_limit, %s, is exhausted.", Size(r.Limit)))
	}
	if all := r.dumps(); len(all) > 0 {
		out.table(recordedTable(all))
	}
	if text := r.left(); text != "" {
		prose.line(text)
	}
	if r.Curve != "" {
		prose.line("Curve: " + r.Curve)
	}
}

// title says what was recorded.
func (r *Recording) title() string {
	name := fmt.Sprintf("Process %d", r.PID)
	if r.PHP == "" {
		return fmt.Sprintf("%s: no PHP was found in it within %s; %s.", name, seconds(r.Length), r.Ended)
	}
	stopped := ""
	if len(r.Dumps)+len(r.Moments) > 0 {
		stopped = fmt.Sprintf(", for which it stood still %s in all, %s at most", milliseconds(r.Stopped), milliseconds(r.Longest))
	}
	return fmt.Sprintf("%s, PHP %s: %s in %s%s; %s.", name, r.PHP, plural(len(r.Dumps), "dump"), seconds(r.Length), stopped, r.Ended)
}

// levels says how memory went.
func (r *Recording) levels() string {
	text := fmt.Sprintf("memory_usage %s → %s, at most %s; taken from the system %s → %s; RSS %s → %s, at most %s",
		Size(r.First.Usage), Size(r.Last.Usage), Size(r.High.Usage), Size(r.First.Real), Size(r.Last.Real),
		Size(r.First.RSS), Size(r.Last.RSS), Size(r.High.RSS))
	// Between two readings it may have been higher.
	if r.High.Peak > r.High.Usage+r.High.Usage/20 {
		text += fmt.Sprintf("; PHP's own peak is %s", Size(r.High.Peak))
	}
	if r.Limit > 0 {
		text += fmt.Sprintf("; memory_limit %s", Size(r.Limit))
	}
	return text + "."
}

// left says which dumps there are not.
func (r *Recording) left() string {
	var texts []string
	if text := r.few(); text != "" {
		texts = append(texts, text)
	}
	if r.Removed > 0 {
		texts = append(texts, plural(r.Removed, "dump")+" made room for others, so that the series spreads over the whole time.")
	}
	if n := len(r.Rises); n > 0 {
		texts = append(texts, plural(n, "dump")+" of units of work that left memory behind: directory units.")
	}
	if r.Skipped > 0 {
		texts = append(texts, plural(r.Skipped, "dump")+" could not be taken; the curve says why.")
	}
	return strings.Join(texts, " ")
}

// few says why there are too few dumps for a trend, and how to have more.
func (r *Recording) few() string {
	const (
		trend   = 4
		waiting = 5 * time.Second // shorter recordings have few with the best will
	)
	n := len(r.Dumps)
	if r.Marks && r.Units == 0 && r.Directory != "" {
		return r.unmarked()
	}
	if n >= trend || r.Skipped > 0 || r.Directory == "" || !r.Open || n > 0 && (!r.Idle || r.Length < waiting) {
		return ""
	}
	often := "--every " + eighth(r.Length).String()
	if n == 0 {
		return fmt.Sprintf("No dump was taken: in %s the process did not wait for work, or not for what was asked. Take one by time, %s, or at a line that it prints, --every-output REGEX.",
			seconds(r.Length), often)
	}
	return fmt.Sprintf("Few dumps: a process is dumped where it waits for work, if it has worked since the last dump. Give it more to do, or take dumps by time, %s.", often)
}

// unmarked says what to do where no unit of work was told of.
func (r *Recording) unmarked() string {
	text := fmt.Sprintf("No mark came from this process in %s", seconds(r.Length))
	if len(r.Dumps) == 0 {
		text += ", so no dump was taken"
	}
	return text + ". A program marks the end of a job by Memtrail\\mark(), PHPUnit the end of a test by an extension in phpunit.xml: contrib/php has both. What starts PHP in between must hand on the variable ANALYZER_MARKS."
}

// eighth is about an eighth of a time, as --every takes it: enough dumps for a
// trend in another run of that length.
func eighth(d time.Duration) time.Duration {
	const least = 10 * time.Millisecond
	unit := least
	for unit*10 <= d/8 {
		unit *= 10
	}
	return max(d/8/unit*unit, least)
}

// dumps are all dumps, the series first.
func (r *Recording) dumps() []RecordedDump {
	return append(append([]RecordedDump{}, r.Dumps...), r.Moments...)
}

func recordedTable(all []RecordedDump) grid {
	return grid{
		columns: []column{numeric("#"), {title: "File"}, {title: "Why"}, numeric("After"), numeric("Usage"), numeric("Stopped"), numeric("Size")},
		rows: rowsOf(all, func(_ int, d *RecordedDump) []cell {
			number := ""
			if d.Number > 0 {
				number = fmt.Sprint(d.Number)
			}
			return []cell{{number}, {d.File}, {d.Reason}, {seconds(d.At)}, {Size(d.Usage)}, {milliseconds(d.Paused)}, {Size(uint64(max(d.Bytes, 0)))}}
		}),
	}
}

func (r recordings) records(Options) grid {
	type line struct {
		of   *Recording
		dump RecordedDump
	}
	var all []line
	for i := range r {
		for _, d := range r[i].dumps() {
			all = append(all, line{&r[i], d})
		}
	}
	return grid{
		columns: columns("pid", "directory", "file", "number", "reason", "seconds", "memory_usage", "rss", "stopped_ms", "bytes"),
		rows: rowsOf(all, func(_ int, l *line) []cell {
			d := &l.dump
			return []cell{{fmt.Sprint(l.of.PID)}, {l.of.Directory}, {d.File}, {fmt.Sprint(d.Number)}, {d.Reason}, {fmt.Sprintf("%.3f", d.At.Seconds())},
				{ungrouped(d.Usage)}, {ungrouped(d.RSS)}, {fmt.Sprintf("%.3f", inMilliseconds(d.Paused))}, {fmt.Sprint(d.Bytes)}}
		}),
	}
}

func inMilliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func inSeconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

type recordedDumpJSON struct {
	Number  *int    `json:"number"`
	File    string  `json:"file"`
	Reason  string  `json:"reason"`
	Seconds float64 `json:"seconds"`
	Usage   uint64  `json:"memory_usage"`
	RSS     uint64  `json:"rss"`
	Stopped float64 `json:"stopped_ms"`
	Bytes   int64   `json:"bytes"`
}

type recordedLevelJSON struct {
	Usage uint64 `json:"memory_usage"`
	Real  uint64 `json:"memory_usage_real"`
	Peak  uint64 `json:"peak_memory_usage"`
	RSS   uint64 `json:"rss"`
}

type recordingJSON struct {
	PID       int                `json:"pid"`
	Command   string             `json:"command"`
	PHP       *string            `json:"php"`
	Directory *string            `json:"directory"`
	Curve     *string            `json:"curve"`
	Seconds   float64            `json:"seconds"`
	Ended     string             `json:"ended"`
	Dumps     []recordedDumpJSON `json:"dumps"`
	Moments   []recordedDumpJSON `json:"moments"`
	Rises     []recordedDumpJSON `json:"units"`
	Removed   int                `json:"removed"`
	Skipped   int                `json:"skipped"`
	Stopped   float64            `json:"stopped_ms"`
	Longest   float64            `json:"longest_stop_ms"`
	First     recordedLevelJSON  `json:"first"`
	Last      recordedLevelJSON  `json:"last"`
	High      recordedLevelJSON  `json:"high"`
	Kept      *keptJSON          `json:"kept_chunks"`
	Outside   *risesOutsideJSON  `json:"rises_outside"`
	Limit     *uint64            `json:"memory_limit"`
	Fatal     bool               `json:"memory_exhausted"`
}

func (r recordings) document() document {
	return document{{"recordings", sliceOf(r, (*Recording).json)}}
}

func (r *Recording) json() recordingJSON {
	dumps := func(all []RecordedDump) []recordedDumpJSON {
		return sliceOf(all, func(d *RecordedDump) recordedDumpJSON {
			x := recordedDumpJSON{nil, d.File, d.Reason, inSeconds(d.At), d.Usage, d.RSS, inMilliseconds(d.Paused), d.Bytes}
			if d.Number > 0 {
				x.Number = &d.Number
			}
			return x
		})
	}
	var limit *uint64
	if r.Limit > 0 {
		limit = &r.Limit
	}
	return recordingJSON{
		PID: r.PID, Command: r.Command, PHP: orNull(r.PHP, r.PHP != ""), Directory: orNull(r.Directory, r.Directory != ""), Curve: orNull(r.Curve, r.Curve != ""),
		Seconds: inSeconds(r.Length), Ended: r.Ended, Dumps: dumps(r.Dumps), Moments: dumps(r.Moments), Rises: dumps(r.Rises),
		Removed: r.Removed, Skipped: r.Skipped, Stopped: inMilliseconds(r.Stopped), Longest: inMilliseconds(r.Longest),
		First: recordedLevelJSON(r.First), Last: recordedLevelJSON(r.Last), High: recordedLevelJSON(r.High),
		Kept: encodeKept(r.Kept), Outside: encodeRisesOutside(r.Outside), Limit: limit, Fatal: r.Fatal,
	}
}
