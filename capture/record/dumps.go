package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"memtrail/capture/launch"
	"memtrail/capture/locate"
	"memtrail/capture/memory"
)

// Moments is the directory, below a recording's, of dumps that are none of the
// series.
const Moments = "moments"

// moments are the files of dumps that are none of the series: each has the
// latest of its kind.
var moments = map[Kind]string{Peak: "peak.json.zst", NearLimit: "near-limit.json.zst", Fatal: "out-of-memory.json.zst"}

// Units is the directory, below a recording's, of the dumps of units of work that
// have left memory behind.
const Units = "units"

// unitName is the file of the dump at the end of the nth unit.
func unitName(n uint64) string { return fmt.Sprintf("%06d.json.zst", n) }

// seriesName is the file of a dump of the series.
func seriesName(n int) string { return fmt.Sprintf("mem-%04d.json.zst", n) }

// take has the process copied.
func (r *Recorder) take(o Order) {
	if err := r.open(true); err != nil {
		r.engine.Failed(o)
		r.lose("%v", err)
		return
	}
	var snapshot Snapshot
	var err error
	r.attendant.without(func() { snapshot, err = r.subject.Copy(o.Urgency) })
	r.keep(o, snapshot, err)
}

// keep has a copy of the process written.
func (r *Recorder) keep(o Order, snapshot Snapshot, err error) {
	if err != nil {
		r.engine.Failed(o)
		r.skip(o, err)
		return
	}
	r.engine.Taken(o)
	r.idle = false
	s := &r.sample
	d := Dump{Kind: o.Kind, Reason: o.Reason, At: s.At, Usage: s.Usage, RSS: s.RSS, Paused: snapshot.Paused()}
	switch o.Kind {
	case Series:
		r.sum.made++
		d.Number = r.sum.made
		d.File = seriesName(d.Number)
	case Rise:
		d.File = filepath.Join(Units, unitName(s.Marks))
	default:
		d.File = filepath.Join(Moments, moments[o.Kind])
	}
	r.sum.Stopped += d.Paused
	r.sum.Longest = max(r.sum.Longest, d.Paused)
	r.row(EventDump, fmt.Sprintf("%s: %s; stopped %.1f ms", filepath.ToSlash(d.File), d.Reason, float64(d.Paused)/float64(time.Millisecond)))
	r.pending++
	r.held += snapshot.Size()
	r.units.cut(filepath.ToSlash(d.File))
	r.last = &write{path: filepath.Join(r.sum.Dir, d.File), order: o, dump: d, snapshot: snapshot, size: snapshot.Size()}
	r.writes <- r.last
}

// skip tells of a dump that could not be taken: once of each reason in a row.
func (r *Recorder) skip(o Order, err error) {
	if errors.Is(err, memory.ErrGone) {
		return // the next reading says so
	}
	if errors.Is(err, locate.ErrIdle) && !r.idle {
		r.idle = true // a script that is about to end has no request any more, either
		return
	}
	r.sum.Skipped++
	r.row(EventSkipped, o.Reason+": "+err.Error())
	if text := err.Error(); text != r.sum.skipped {
		r.sum.skipped = text
		r.o.Note("no dump: " + text)
	}
}

// writer writes the dumps, one after another, while the process works: behind others
// that want the processor. Once the recording has ended, somebody waits for it, and it
// ends with the dump at hand.
func (r *Recorder) writer() {
	defer close(r.gaveWay)
	launch.GiveWay()
	for w := range r.writes {
		if r.write(w); r.ended.Load() {
			return
		}
	}
}

// write writes a dump.
func (r *Recorder) write(w *write) {
	begin := time.Now()
	if w.err = os.MkdirAll(filepath.Dir(w.path), 0o777); w.err != nil {
		w.snapshot.Discard()
	} else {
		w.result, w.err = w.snapshot.Write(w.path)
	}
	w.snapshot, w.took = nil, time.Since(begin)
	path, whole := w.path, w.err == nil
	r.written <- w
	if whole && r.o.Written != nil {
		r.o.Written(path)
	}
}

// finish notes what became of a dump.
func (r *Recorder) finish(w *write) {
	r.pending--
	r.held -= w.size
	if w.order.Kind == Rise {
		r.units.spend(w.took)
	}
	if w.moment != nil && w.moment.written {
		defer close(w.moment.done)
	}
	if w.err != nil {
		r.sum.Unwritten++
	} else if !w.result.Balanced {
		w.err = errors.New("the memory was read in the middle of a change")
		_ = os.Remove(w.path)
	}
	if w.err != nil {
		r.engine.Lost(w.order)
		r.skip(w.order, w.err)
		return
	}
	w.dump.Bytes = w.result.Bytes
	r.sum.keep(w.dump)
}

// room reports whether another copy may wait to be written. A series that is to
// be thinned waits for its last dumps: where writing is slower than the interval,
// one would be under way at all times.
func (r *Recorder) room(o Order) bool {
	return r.pending < maxPending && !(o.Kind == Series && r.engine.Full())
}

// affords reports whether there is room for another dump on the disk.
func (r *Recorder) affords(o Order) bool {
	if r.o.MaxDisk == 0 {
		return true
	}
	need := r.sum.largest() + r.sum.largest()/10
	for _, d := range r.sum.Moments {
		if d.Kind == o.Kind {
			need -= d.Bytes // it is replaced
		}
	}
	if r.disk()+need <= r.o.MaxDisk {
		return true
	}
	const least = 4 // a series of two tells nothing
	if o.Kind == Series && r.o.Triggers.Count == 0 && len(r.sum.Dumps) >= least && r.pending == 0 {
		r.thin()
		if r.disk()+need <= r.o.MaxDisk {
			return true
		}
	}
	if !r.quiet {
		r.quiet = true
		r.o.Note(fmt.Sprintf("--max-disk is reached with %d bytes: no more dumps, the curve goes on", r.disk()))
	}
	return false
}

// disk is the number of bytes that the recording takes.
func (r *Recorder) disk() int64 {
	n := int64(0)
	if r.curve != nil {
		n = r.curve.Size()
	}
	for _, all := range [][]Dump{r.sum.Dumps, r.sum.Moments, r.sum.Rises} {
		for _, d := range all {
			n += d.Bytes
		}
	}
	return n
}

// thin removes every second dump of the series, never the last.
func (r *Recorder) thin() {
	var kept []Dump
	n := len(r.sum.Dumps)
	for i, d := range r.sum.Dumps {
		if (n-1-i)%2 == 0 {
			kept = append(kept, d)
			continue
		}
		if err := os.Remove(filepath.Join(r.sum.Dir, d.File)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.lose("%v", err)
		}
		r.sum.Removed++
		r.row(EventRemoved, d.File)
	}
	r.sum.Dumps = kept
	r.engine.Thinned(len(kept))
}
