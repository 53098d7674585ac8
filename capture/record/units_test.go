package record

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"memtrail/capture/marks"
)

// ended is a mark of a unit that has left some bytes.
func ended(name string, left int64, change ...func(*marks.Request)) *marks.Request {
	r := &marks.Request{Verb: marks.Mark, Name: name, Usage: 1 << 20, Left: left, Limit: marks.None}
	for _, c := range change {
		c(r)
	}
	return r
}

func code(r *marks.Request) { r.Code = true }

func limited(n int64) func(*marks.Request) { return func(r *marks.Request) { r.Limit = n } }

// orders tells units to a new recording, an hour after it began, and gives those
// with which a dump is due, with the reason.
func orders(due uint64, all ...*marks.Request) string {
	u := newUnits()
	u.due, u.near = due, due-due/8
	var list []string
	for i, r := range all {
		if o, due := u.add(r, time.Hour); due {
			list = append(list, fmt.Sprint(i+1, " ", o.Reason))
		}
	}
	return strings.Join(list, ", ")
}

func TestUnitsRise(t *testing.T) {
	t.Parallel()
	quiet := func(n int, left func(i int) int64) (all []*marks.Request) {
		for i := range n {
			all = append(all, ended(fmt.Sprint("test", i), left(i)))
		}
		return all
	}
	const never = 1 << 60
	for name, c := range map[string]struct {
		units []*marks.Request
		due   uint64
		want  string
	}{
		"nothing is left":                    {quiet(50, func(int) int64 { return 0 }), never, ""},
		"all leave as much":                  {quiet(50, func(int) int64 { return 5000 }), never, ""},
		"they leave more or less":            {quiet(50, func(i int) int64 { return int64(i*7%11) * 500 }), never, ""},
		"one leaves a kilobyte":              {append(quiet(20, func(int) int64 { return 0 }), ended("leak", 1100)), never, "21 rise"},
		"one leaves less":                    {append(quiet(20, func(int) int64 { return 0 }), ended("leak", 900)), never, ""},
		"one of those that leave something":  {append(quiet(20, func(i int) int64 { return 1000 + int64(i%3)*50 }), ended("leak", 3000)), never, "21 rise"},
		"one at the beginning":               {append(quiet(3, func(int) int64 { return 0 }), ended("leak", 50000)), never, "4 rise"},
		"little at the beginning":            {quiet(3, func(int) int64 { return 3000 }), never, ""},
		"one over its limit":                 {[]*marks.Request{ended("a", 500, limited(400))}, never, "1 limit"},
		"one below its limit":                {[]*marks.Request{ended("a", 300, limited(400))}, never, ""},
		"the limit comes before the series":  {[]*marks.Request{ended("a", 500, limited(400))}, 1, "1 limit"},
		"one shortly before the series":      {append(quiet(20, func(int) int64 { return 0 }), ended("leak", 9000)), 23, "21 mark"},
		"one long before the series":         {append(quiet(20, func(int) int64 { return 0 }), ended("leak", 9000)), 26, "21 rise"},
		"one of the series that rises, too":  {append(quiet(20, func(int) int64 { return 0 }), ended("leak", 9000)), 21, "21 mark"},
		"a job compared with those like it":  {append(quiet(20, func(int) int64 { return 0 }), slices.Repeat([]*marks.Request{ended("import", 20000)}, 12)...), never, "21 rise, 22 rise, 23 rise, 24 rise, 25 rise, 26 rise, 27 rise, 28 rise"},
		"code is loaded, and there was time": {append(quiet(20, func(int) int64 { return 0 }), ended("leak", 9000, code)), never, "21 rise"},
	} {
		if got := orders(c.due, c.units...); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// tell tells units to a recording, of which a dump is due with every nth: as a
// program does that waits for each answer, or as one that tells of them later
// where it may. It gives the orders, and how often it has waited.
func tell(nth uint64, later bool, all []*marks.Request) (got string, waits int) {
	u := newUnits()
	u.due, u.near = nth, nth
	next := u.ahead(time.Hour)
	var list []string
	for i, r := range all {
		r := *r
		over := r.Limit != marks.None && r.Left > r.Limit
		r.Later = later && next.Units > 0 && (next.Left == marks.None || r.Left < next.Left) && !over
		if o, due := u.add(&r, time.Hour); due {
			list = append(list, fmt.Sprint(i+1, " ", o.Reason))
			if o.Reason == ForMark {
				u.due += nth
			}
		}
		if next.Units--; !r.Later {
			next = u.ahead(time.Hour)
			waits++
		}
	}
	return strings.Join(list, ", "), waits
}

// A program that tells of units later has the same dumps as one that waits for
// each answer, and waits seldom.
func TestUnitsAhead(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for name, c := range map[string]struct {
		left     func() int64
		names    int // 0: each has its own
		most     int // of a thousand units may wait
		leakEach int
	}{
		"nothing is left":          {func() int64 { return 0 }, 0, 40, 100},
		"a little is left":         {func() int64 { return random.Int64N(300) }, 0, 40, 100},
		"kilobytes are left":       {func() int64 { return 5000 + random.Int64N(100) }, 0, 120, 100},
		"jobs of a few kinds":      {func() int64 { return random.Int64N(300) }, 3, 40, 100},
		"most leave what is freed": {func() int64 { return random.Int64N(5) * -700 }, 0, 120, 100},
	} {
		var all []*marks.Request
		for i := range 1000 {
			name := fmt.Sprint("unit", i)
			if c.names > 0 {
				name = fmt.Sprint("job", random.IntN(c.names))
			}
			r := ended(name, c.left())
			if i%c.leakEach == c.leakEach-1 {
				r.Left += 20000
			}
			if i%250 == 3 {
				r.Limit = 100
			}
			all = append(all, r)
		}
		want, _ := tell(200, false, all)
		got, waits := tell(200, true, all)
		if got != want || !strings.Contains(want, "800 mark") {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if waits > c.most {
			t.Errorf("%s: it waits %d times", name, waits)
		}
	}
}

// What a unit leaves is what it says, or else what memory_usage is higher than at
// the mark before.
func TestUnitsLeft(t *testing.T) {
	t.Parallel()
	u := newUnits()
	u.due, u.near = 1<<60, 1<<60
	for _, usage := range []int64{1000, 1500, 1400, 1600} {
		r := ended("job", marks.None)
		r.Usage = usage
		u.add(r, 0)
	}
	u.add(ended("test", 77), 0)
	w := u.result()
	if len(w.Units) != 2 || w.Ended != 5 {
		t.Fatalf("%+v", w)
	}
	if x := w.Units[0]; x.Times != 4 || x.Left != 600 || x.First != 0 || !slices.Equal(x.Recent, []int64{0, 500, -100, 200}) {
		t.Errorf("%+v", x)
	}
	if x := w.Units[1]; x.Left != 77 || x.First != 77 {
		t.Errorf("%+v", x)
	}
}

// However much a program tells, and how often it rises, what is kept is bounded,
// and so is how long it is held up.
func TestUnitsAreBounded(t *testing.T) {
	t.Parallel()
	u := newUnits()
	u.due, u.near = 1<<60, 1<<60
	rises := 0
	for i := range maxUnits + 5000 {
		left := int64(0)
		if i > 20 && i%20 == 0 {
			left = 1 << 20
		}
		o, due := u.add(ended(fmt.Sprint("unit", i), left), time.Duration(i)*time.Millisecond)
		if due && o.Reason == ForRise {
			rises++
			u.spend(5 * time.Millisecond)
		}
	}
	w := u.result()
	if len(w.Units) != maxUnits || w.Others != 5000 || w.Ended != maxUnits+5000 {
		t.Errorf("%d names, %d others of %d", len(w.Units), w.Others, w.Ended)
	}
	if rises < 17 || rises > maxRises || len(u.since) > maxSince {
		t.Errorf("%d dumps, %d units since", rises, len(u.since))
	}
}

func TestEngineMarks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		t     Triggers
		plan  uint64
		units uint64
		rises []uint64 // units that rose
		want  string
	}{
		"each tenth":             {Triggers{ByMarks: true, Marks: 10}, 0, 45, nil, "[10 20 30 40]"},
		"one before each tenth":  {Triggers{ByMarks: true, Marks: 10}, 0, 45, []uint64{9, 19}, "[10 20 30 40]"},
		"of a plan":              {Triggers{ByMarks: true}, 240, 240, nil, "[40 80 120 160 200 240]"},
		"soon due, and rising":   {Triggers{ByMarks: true}, 240, 240, []uint64{29, 32, 35, 70, 81}, "[32 70 120 160 200 240]"},
		"of a small plan":        {Triggers{ByMarks: true}, 3, 3, nil, "[1 2 3]"},
		"a count":                {Triggers{ByMarks: true, Marks: 10, Count: 2}, 0, 100, nil, "[10 20]"},
		"none without marks":     {Triggers{Idle: true}, 0, 100, []uint64{20}, "[]"},
		"without a plan, spread": {Triggers{ByMarks: true}, 0, 50, nil, "[1 2 3 4 5 6 7 8 9 10 11 12 14 16 18 20 22 24 28 32 36 40 44 48]"},
	} {
		e := NewEngine(c.t)
		if c.plan > 0 {
			e.Planned(c.plan)
		}
		due := []uint64{}
		for n := uint64(1); n <= c.units; n++ {
			s := at(float64(n)/100, mb)
			s.Marks = n
			if n == 1 {
				e.Look(s)
			}
			if n < e.NextMark() && !(n >= e.NearMark() && slices.Contains(c.rises, n)) || !e.LookMark(s) {
				continue
			}
			due = append(due, n)
			e.Taken(Order{Series, ForMark, Waiting})
			if e.Full() {
				e.Thinned(e.dumps / 2)
			}
		}
		if got := fmt.Sprint(due); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A program of 60 units has a dump before the first, six of the series, one of the
// unit that leaves something and one behind the last; each unit's are told from
// the others'.
func TestRecordUnits(t *testing.T) {
	f := &fake{ends: 20 * time.Second}
	sum, _ := recordFake(t, f, Options{Triggers: Triggers{ByMarks: true}}, func(r *Recorder, _ context.CancelCauseFunc) {
		time.Sleep(time.Second)
		r.Hello(&marks.Request{Verb: marks.Hello, Plan: 60})
		for n := 1; n <= 59; n++ {
			time.Sleep(100 * time.Millisecond)
			left := int64(10)
			if n == 25 {
				left = 50000
			}
			if before, after := r.Mark(ended(fmt.Sprint("test", n), left)); before != "" || after != "" {
				t.Errorf("test %d has no limit", n)
			}
		}
		r.End()
	})
	want := []string{"curve.csv", "mem-0001.json.zst", "mem-0002.json.zst", "mem-0003.json.zst", "mem-0004.json.zst", "mem-0005.json.zst", "mem-0006.json.zst", "mem-0007.json.zst", "units/000025.json.zst"}
	if got := filesOf(t, sum.Dir); !slices.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	var cuts []string
	for _, c := range sum.Work.Cuts {
		names := []string{}
		for _, e := range c.Units {
			names = append(names, e.Name)
		}
		cuts = append(cuts, fmt.Sprint(c.Ended, names))
	}
	if got, want := strings.Join(cuts, " "), "0 [] 10 [] 20 [] 25 [test25] 30 [] 40 [] 50 [] 59 []"; got != want {
		t.Errorf("cuts %s, want %s", got, want)
	}
	if sum.Work.Ended != 59 || len(sum.Work.Units) != 59 || len(sum.Rises) != 1 || sum.Rises[0].Reason != ForRise {
		t.Errorf("%d units, %+v", sum.Work.Ended, sum.Rises)
	}
}

// Where a unit is over its limit, the dumps before and behind it are there when
// its mark is answered; before it begins there is one if others left something.
func TestRecordLimits(t *testing.T) {
	f := &fake{ends: 20 * time.Second}
	recordFake(t, f, Options{Triggers: Triggers{ByMarks: true, Marks: 1000}}, func(r *Recorder, _ context.CancelCauseFunc) {
		time.Sleep(time.Second)
		r.Hello(&marks.Request{Verb: marks.Hello, Plan: 60})
		r.Begin()
		if before, _ := r.Mark(ended("good", 10, limited(1000))); before != "" {
			t.Error("the good one is over no limit")
		}
		r.Mark(ended("other", 5000, code))
		r.Begin()
		before, after := r.Mark(ended("bad", 2000, limited(1000)))
		for path, want := range map[string]string{before: "000002.json.zst", after: "000003.json.zst"} {
			if _, err := os.Stat(path); err != nil || filepath.Base(path) != want {
				t.Errorf("%s, want %s: %v", path, want, err)
			}
		}
	})
}

// Whoever marks is answered though the recording ends meanwhile, the process dies
// or the copy fails.
func TestRecordUnitsToTheEnd(t *testing.T) {
	for name, f := range map[string]*fake{
		"the process dies": {ends: 3 * time.Second}, "no copies": {ends: 3 * time.Second, copyErr: os.ErrPermission},
		"nothing is written": {ends: 3 * time.Second, written: func(string) (Written, error) { return Written{}, os.ErrPermission }},
	} {
		t.Run(name, func(t *testing.T) {
			recordFake(t, f, Options{Triggers: Triggers{ByMarks: true, Marks: 1}}, func(r *Recorder, _ context.CancelCauseFunc) {
				var all sync.WaitGroup
				for p := range 3 {
					all.Go(func() {
						r.Hello(&marks.Request{Verb: marks.Hello, Plan: 60})
						for n := range 60 {
							time.Sleep(70 * time.Millisecond)
							r.Begin()
							r.Mark(ended(fmt.Sprint(p), int64(n)<<12, limited(1000)))
						}
						r.End()
					})
				}
				all.Wait()
			})
		})
	}
}
