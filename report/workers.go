package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"memtrail/analysis/workers"
)

// Workers writes what the memory of the processes in a log does.
func Workers(w io.Writer, l *workers.Workers, o Options) error {
	return render(w, workersPage{l}, o)
}

type workersPage struct{ *workers.Workers }

// courseWords say what memory does.
var courseWords = map[workers.Course]string{
	workers.Rises: "rises", workers.Steps: "rises in steps", workers.Sawtooth: "rises and falls back", workers.Flat: "flat", workers.Short: "too few readings",
}

// courseShort are words for a column.
var courseShort = map[workers.Course]string{
	workers.Rises: "rises", workers.Steps: "steps", workers.Sawtooth: "up and down", workers.Flat: "flat", workers.Short: "too few",
}

var courses = []workers.Course{workers.Rises, workers.Steps, workers.Sawtooth, workers.Flat, workers.Short}

func (p workersPage) page(out sheet, o Options) {
	text := flow(out, o)
	if p.Count[workers.Rises]+p.Count[workers.Steps] > 0 {
		text.fail(p.verdict())
	} else {
		text.info(p.verdict())
	}
	if len(p.Workers.Workers) > 0 && o.Format != Markdown {
		p.first(out, text, &p.Workers.Workers[0], o)
	}
	out.gap()
	p.show(text, p.table(), o)
	if p.Cut > 0 {
		text.line(plural(p.Cut, "more worker") + " not shown (--limit)")
	}
	if len(p.Requests) > 0 {
		out.gap()
		text.line("What left most behind between two readings of a worker:")
		p.show(text, p.requests(), o)
	}
	for _, note := range p.notes() {
		text.line(note)
	}
}

func (p workersPage) show(out sheet, g grid, o Options) {
	if o.Format != Markdown {
		g = fit(g, o.columns())
	}
	out.table(g)
}

func (p workersPage) verdict() string {
	total := 0
	var parts []string
	for _, c := range courses {
		total += p.Count[c]
		if n := p.Count[c]; n > 0 {
			parts = append(parts, grouped(uint64(n))+" "+courseWords[c])
		}
	}
	return fmt.Sprintf("%s in %s: %s.", plural(total, "worker"), Count(p.Info.Readings, "reading"), strings.Join(parts, ", "))
}

// first draws the course of the worker that rises most, and says it in words.
func (p workersPage) first(out, text sheet, w *workers.Worker, o Options) {
	if c := chartOfWorker(w); c != nil {
		out.gap()
		for _, line := range c.lines(o.columns(), o.ASCII) {
			out.line(line)
		}
	}
	text.line(p.sentence(w))
	for _, note := range []string{keptText(w.Kept), outsideText(w.Outside)} {
		if note != "" {
			text.note(note)
		}
	}
}

// sentence says what one worker's memory does, with the test.
func (p workersPage) sentence(w *workers.Worker) string {
	text := "Worker " + workerName(w) + " " + map[workers.Course]string{
		workers.Rises: "rises", workers.Steps: "rises in steps", workers.Sawtooth: "rises and falls back", workers.Flat: "does not rise",
		workers.Short: "has too few readings to tell",
	}[w.Course]
	switch w.Course {
	case workers.Rises:
		text += fmt.Sprintf(" by %s a reading, %s in all (chance of that without a trend %s)", perCall(w.Rate), Size(w.Rise), chance(w.P))
	case workers.Steps:
		var steps []string
		for _, j := range w.Jumps {
			at := ""
			if j.At != 0 {
				at = " at " + clock(j.At)
			}
			steps = append(steps, Size(j.Bytes)+at)
		}
		text += ": " + strings.Join(steps, ", ")
	}
	if w.Teeth > 0 {
		text += "; it fell by a quarter or more " + times(w.Teeth)
	}
	return fmt.Sprintf("%s. Usage %s → %s, %s at least and %s at most.", text, Size(w.First.Usage), Size(w.Last.Usage), Size(w.Least), Size(w.Most))
}

func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return grouped(n) + " times"
}

func clock(nanos int64) string { return time.Unix(0, nanos).UTC().Format("2006-01-02 15:04:05") }

// workerName is the number of a process, and of several of one number which it is.
func workerName(w *workers.Worker) string {
	name := w.PID
	if name == "" {
		name = "(no pid)"
	}
	if w.Life > 1 {
		name += " (" + strconv.Itoa(w.Life) + ")"
	}
	return name
}

func (p workersPage) table() grid {
	columns := []column{nameColumn("Worker"), numeric("Readings"), numeric("Usage"), numeric("Real")}
	hasRSS := false
	for i := range p.Workers.Workers {
		hasRSS = hasRSS || p.Workers.Workers[i].Last.RSS > 0
	}
	if hasRSS {
		columns = append(columns, numeric("RSS"))
	}
	columns = append(columns, numeric("Rise"), column{title: "Memory"})
	return grid{columns: columns, rows: rowsOf(p.Workers.Workers, func(_ int, w *workers.Worker) []cell {
		row := []cell{{workerName(w)}, {grouped(w.Readings)}, {Size(w.Last.Usage)}, {sizeIfKnown(w.Last.Real)}}
		if hasRSS {
			row = append(row, cell{sizeIfKnown(w.Last.RSS)})
		}
		return append(row, cell{sizeIfKnown(w.Rise)}, cell{courseShort[w.Course]})
	})}
}

func sizeIfKnown(bytes uint64) string {
	if bytes == 0 {
		return ""
	}
	return Size(bytes)
}

func (p workersPage) requests() grid {
	return grid{
		columns: []column{numeric("Left in all"), numeric("Each"), numeric("Most"), numeric("Count"), nameColumn("Request")},
		rows: rowsOf(p.Requests, func(_ int, r *workers.Request) []cell {
			return []cell{{netSize(r.Left)}, {perCall(r.Average())}, {Size(r.Most)}, {grouped(r.Count)}, {r.Name}}
		}),
	}
}

// count is 1 for what is there.
func count[T any](x *T) int {
	if x == nil {
		return 0
	}
	return 1
}

func (p workersPage) notes() (list []string) {
	i := &p.Info
	text := "Usage and the like are those of the last reading. Rise is that of the floor: the least usage of each of up to 64 spans of readings, the first tenth left out."
	list = append(list, text)
	keep, outside := p.Keep, p.Outside
	if len(p.Workers.Workers) > 0 { // the first one has its own sentences
		w := &p.Workers.Workers[0]
		keep, outside = keep-count(w.Kept), outside-count(w.Outside)
	}
	if keep > 0 {
		list = append(list, plural(p.Keep, "worker")+one(p.Keep, " keeps", " keep")+" far more of the system's memory than PHP uses at the last reading: no leak of values.")
	}
	if outside > 0 {
		list = append(list, "Of "+plural(p.Outside, "worker")+" RSS rises and usage does not: outside PHP's allocator.")
	}
	if p.Crowded {
		list = append(list, "There are more workers or requests than are told apart; the others are left out.")
	}
	if i.Others > 0 {
		list = append(list, Count(i.Others, "line")+" without a usage left out.")
	}
	if p.Empty > 0 {
		list = append(list, Count(p.Empty, "reading")+" of no usage left out: no PHP ran then.")
	}
	if i.Damaged > 0 {
		list = append(list, Count(i.Damaged, "damaged line")+" left out, the first of them line "+grouped(i.FirstDamaged)+".")
	}
	return list
}

// chartOfWorker is nil where the log has no times.
func chartOfWorker(w *workers.Worker) *Chart {
	const bins = 128
	length := w.To - w.From
	if w.From == 0 || length <= 0 {
		return nil
	}
	c := &Chart{Span: time.Duration(length/bins + 1), Spans: make([]ChartSpan, bins)}
	bin := func(at int64) int { return int(min(max((at-w.From)/int64(c.Span), 0), bins-1)) }
	for _, s := range w.Spans {
		for i := bin(s.From); i <= bin(s.To); i++ {
			b := &c.Spans[i]
			if !b.Known {
				*b = ChartSpan{Min: s.Min, Max: s.Max, Known: true}
			}
			b.Min, b.Max = min(b.Min, s.Min), max(b.Max, s.Max)
		}
		if s.Max > c.Peak {
			c.Peak, c.PeakAt = s.Max, time.Duration((s.From+s.To)/2-w.From)
		}
	}
	return c
}

func (p workersPage) records(Options) grid {
	return grid{
		columns: columns("pid", "life", "course", "readings", "from", "to", "first", "last", "least", "most", "real", "peak", "rss", "rise",
			"rate", "p", "teeth", "steps"),
		rows: rowsOf(p.Workers.Workers, func(_ int, w *workers.Worker) []cell {
			return []cell{{w.PID}, {strconv.Itoa(w.Life)}, {string(w.Course)}, {ungrouped(w.Readings)}, {instant(w.From)}, {instant(w.To)},
				{ungrouped(w.First.Usage)}, {ungrouped(w.Last.Usage)}, {ungrouped(w.Least)}, {ungrouped(w.Most)}, {ungrouped(w.Last.Real)},
				{ungrouped(w.Last.Peak)}, {ungrouped(w.Last.RSS)}, {ungrouped(w.Rise)}, {decimal(math.Round(w.Rate*1000) / 1000)},
				{strconv.FormatFloat(w.P, 'g', 4, 64)}, {ungrouped(w.Teeth)}, {strconv.Itoa(len(w.Jumps))}}
		}),
	}
}

func instant(nanos int64) string {
	if nanos == 0 {
		return ""
	}
	return time.Unix(0, nanos).UTC().Format(time.RFC3339Nano)
}
