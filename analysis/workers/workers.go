// Package workers says of each process in a log whether its memory rises, in steps,
// in teeth or for good, and after which requests.
package workers

import (
	"cmp"
	"errors"
	"io"
	"slices"

	"memtrail/analysis/levels"
	"memtrail/usage"
)

// Workers are the processes of one log or several.
type Workers struct {
	Names   []string // of the logs
	Info    usage.Info
	Workers []Worker // those that rise fastest first
	Cut     int      // that the limit left out
	// Count are the workers by what their memory does; all of them.
	Count map[Course]int
	// Requests are what left most behind between two readings of a worker, most bytes
	// first; empty where the log does not name them.
	Requests []Request
	// Crowded says that the log has more workers or requests than are told apart: the
	// others are left out.
	Crowded bool
	// Keep counts the workers that keep chunks without using them, Outside those of
	// which memory rises outside PHP's allocator; of all workers.
	Keep, Outside int
	// Empty are readings of no usage at all, which are left out: no PHP ran.
	Empty uint64
}

// Course is what the memory of a worker does.
type Course string

// The courses.
const (
	Rises    Course = "rises"    // its floor rises, to the end
	Steps    Course = "steps"    // its floor rises in a few steps
	Sawtooth Course = "sawtooth" // it rises and falls back, its floor does not rise
	Flat     Course = "flat"     // it does not rise
	Short    Course = "short"    // too few readings to tell
)

// Worker is a process as its readings show it. Bytes are bytes.
type Worker struct {
	PID         string
	Life        int // of several processes of one number, from 1; a peak that falls tells
	Readings    uint64
	From, To    int64 // nanoseconds since 1970; 0 without times
	First, Last levels.Level
	Least, Most uint64 // usage
	Course      Course
	Rate        float64 // bytes that the floor rises by a reading; by Theil and Sen
	P           float64 // chance of that order without a trend, by Mann and Kendall
	Rise        uint64  // from the first floor to the last
	Jumps       []Jump  // the steps, if it rises in steps
	Teeth       uint64  // falls by a quarter of what was in use, or more
	Spans       []Span
	Kept        *levels.Kept    // at the last reading; nil where that is little
	Outside     *levels.Outside // nil where nothing rises outside PHP's allocator, or RSS is not logged
}

// Jump is a step of the floor.
type Jump struct {
	At    int64 // nanoseconds since 1970; 0 without times
	Bytes uint64
}

// Request is what was done between two readings.
type Request struct {
	Name  string // with # for its numbers
	Count uint64
	Left  int64 // bytes: the sum of the rises and falls of usage at its readings
	Most  uint64
}

// Average is what each left behind, in bytes.
func (r *Request) Average() float64 { return float64(r.Left) / float64(max(r.Count, 1)) }

// Options say how much is wanted.
type Options struct {
	Columns  usage.Columns
	Limit    int // workers; 0 for all
	Requests int // requests; 0 for all
	// Memory bounds what the readings of all logs take, in bytes; 0: no bound.
	Memory uint64
}

// ErrMemory says that the readings take more than Options.Memory.
var ErrMemory = errors.New("the workers take more memory than they may")

// Bounds of what is kept, however long a log is.
const (
	maxWorkers, maxRequests = 100_000, 20_000
	maxName                 = 200
)

// What a worker and a request take, with what is said of them, in bytes, beside the
// spans and the names.
const perWorker, perRequest = 900, 250

// A Log takes readings and judges them at last. It takes 4 KiB a worker at most.
type Log struct {
	spent    uint64 // bytes
	out      Workers
	options  Options
	by       map[string]*worker // the current one of each number
	all      []*worker
	requests map[string]*Request
	name     []byte
}

// NewLog makes a log without readings.
func NewLog(o Options) *Log {
	return &Log{options: o, by: map[string]*worker{}, requests: map[string]*Request{}}
}

// Read adds a log. The error is that of package usage.
func (l *Log) Read(name string, r io.Reader) error {
	info, err := usage.Read(r, l.options.Columns, l.add)
	l.out.Names = append(l.out.Names, name)
	i := &l.out.Info
	if i.Damaged == 0 {
		i.FirstDamaged = info.FirstDamaged
	}
	i.Lines, i.Readings, i.Others, i.Damaged = i.Lines+info.Lines, i.Readings+info.Readings, i.Others+info.Others, i.Damaged+info.Damaged
	i.JSON, i.Columns = info.JSON, info.Columns
	return err
}

func (l *Log) add(r *usage.Reading) error {
	if r.Usage == 0 {
		l.out.Empty++ // PHP itself takes some: the process ended, or counts nothing
		return nil
	}
	w := l.by[string(r.PID)]
	switch {
	case w != nil && r.Has&usage.HasPeak != 0 && r.Peak < w.last.Peak:
		w = l.newWorker(string(r.PID), w.life+1) // a peak never falls: another process has the number
	case w == nil:
		w = l.newWorker(string(r.PID), 1)
	}
	if w == nil {
		return nil
	}
	if len(r.Request) > 0 && w.readings > 0 {
		l.addRequest(r, int64(r.Usage)-int64(w.last.Usage))
	}
	before := cap(w.course.spans)
	w.add(r)
	l.spent += uint64(cap(w.course.spans)-before) * spanBytes
	if l.options.Memory > 0 && l.spent > l.options.Memory {
		return ErrMemory
	}
	return nil
}

// Memory is about what the log takes, in bytes.
func (l *Log) Memory() uint64 { return l.spent }

func (l *Log) newWorker(pid string, life int) *worker {
	if len(l.all) == maxWorkers {
		l.out.Crowded = true
		return nil
	}
	w := &worker{pid: pid, life: life}
	l.spent += perWorker + uint64(len(pid))
	l.by[pid] = w
	l.all = append(l.all, w)
	return w
}

func (l *Log) addRequest(r *usage.Reading, left int64) {
	l.name = folded(l.name[:0], r.Request)
	q := l.requests[string(l.name)]
	if q == nil {
		if len(l.requests) == maxRequests {
			l.out.Crowded = true
			return
		}
		q = &Request{Name: string(l.name)}
		l.spent += perRequest + uint64(len(q.Name))
		l.requests[q.Name] = q
	}
	q.Count++
	q.Left += left
	q.Most = max(q.Most, uint64(max(left, 0)))
}

// folded writes a name with # for its numbers, and without what follows ?, so that
// /users/17?page=2 and /users/4 are one.
func folded(to, name []byte) []byte {
	for i := 0; i < len(name) && len(to) < maxName && name[i] != '?'; i++ {
		c := name[i]
		if c >= '0' && c <= '9' {
			if len(to) == 0 || to[len(to)-1] != '#' {
				to = append(to, '#')
			}
			continue
		}
		to = append(to, c)
	}
	return to
}

// Judge says what the memory of each worker does. The log takes no more.
func (l *Log) Judge() *Workers {
	out := &l.out
	out.Count = map[Course]int{}
	for _, w := range l.all {
		j := w.judge()
		out.Count[j.Course]++
		if j.Kept != nil {
			out.Keep++
		}
		if j.Outside != nil {
			out.Outside++
		}
		out.Workers = append(out.Workers, j)
	}
	order := []Course{Rises, Steps, Sawtooth, Flat, Short}
	slices.SortStableFunc(out.Workers, func(a, b Worker) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Course), slices.Index(order, b.Course)), cmp.Compare(b.Rise, a.Rise),
			cmp.Compare(b.Last.Usage, a.Last.Usage))
	})
	if o := l.options.Limit; o > 0 && len(out.Workers) > o {
		out.Cut = len(out.Workers) - o
		out.Workers = out.Workers[:o]
	}
	for _, q := range l.requests {
		out.Requests = append(out.Requests, *q)
	}
	slices.SortFunc(out.Requests, func(a, b Request) int {
		return cmp.Or(cmp.Compare(b.Left, a.Left), cmp.Compare(a.Name, b.Name))
	})
	if o := l.options.Requests; o > 0 && len(out.Requests) > o {
		out.Requests = out.Requests[:o]
	}
	return out
}
