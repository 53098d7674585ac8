package workers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// log writes a log of one worker, whose usage is given by the number of the reading.
func log(n int, usage func(i int) float64) string {
	var b strings.Builder
	b.WriteString("time,pid,usage\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,7,%d\n", 1_764_000_000+i, int64(usage(i)))
	}
	return b.String()
}

func judge(t testing.TB, o Options, texts ...string) *Workers {
	t.Helper()
	l := NewLog(o)
	for i, text := range texts {
		if err := l.Read(fmt.Sprint("log", i), strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	return l.Judge()
}

func TestCourses(t *testing.T) {
	const mb = 1 << 20
	r := rand.New(rand.NewPCG(1, 2))
	noise := func() float64 { return r.Float64() * mb }
	for name, c := range map[string]struct {
		n     int
		usage func(i int) float64
		want  Course
	}{
		"rises":                         {5000, func(i int) float64 { return 10*mb + 900*float64(i) + noise() }, Rises},
		"rises, in teeth":               {5000, func(i int) float64 { return 10*mb + 900*float64(i) + float64(i%100)*mb/10 }, Rises},
		"rises, logged in megabytes":    {5000, func(i int) float64 { return float64(int(10+float64(i)/500)) * mb }, Rises},
		"rises every hundredth request": {5000, func(i int) float64 { return 10*mb + float64(i/100)*mb/4 }, Rises},
		"two steps":                     {5000, func(i int) float64 { return 10*mb + float64(i/1800)*4*mb + noise() }, Steps},
		"one step, in the end":          {5000, func(i int) float64 { return 10*mb + float64(i/4600)*30*mb }, Steps},
		"teeth":                         {5000, func(i int) float64 { return 10*mb + float64(i%700)*mb/50 }, Sawtooth},
		"one tooth":                     {5000, func(i int) float64 { return 10*mb + float64(i%4000)*mb/200 }, Flat},
		"flat":                          {5000, func(int) float64 { return 10 * mb }, Flat},
		"noise":                         {5000, func(int) float64 { return 10*mb + noise() }, Flat},
		"warms up":                      {5000, func(i int) float64 { return 10*mb + min(float64(i), 300)*mb/30 }, Flat},
		"fills a cache":                 {5000, func(i int) float64 { return 10*mb + min(float64(i), 1500)*mb/100 }, Flat},
		"falls":                         {5000, func(i int) float64 { return 90*mb - 900*float64(i) }, Flat},
		"rises by little":               {5000, func(i int) float64 { return 10*mb + 10*float64(i) }, Flat},
		"few readings":                  {7, func(i int) float64 { return float64(i+1) * mb }, Short},
		"enough readings":               {8, func(i int) float64 { return float64(i+1) * mb }, Rises},
	} {
		w := judge(t, Options{}, log(c.n, c.usage)).Workers[0]
		if w.Course != c.want {
			t.Errorf("%s: %s, want %s (rise %d, p %g, teeth %d, jumps %d)", name, w.Course, c.want, w.Rise, w.P, w.Teeth, len(w.Jumps))
		}
		if w.Readings != uint64(c.n) || len(w.Spans) > maxSpans {
			t.Errorf("%s: %d readings in %d spans", name, w.Readings, len(w.Spans))
		}
		if name == "rises" && (w.Rate < 800 || w.Rate > 1000) {
			t.Errorf("rises by %v a reading, want 900", w.Rate)
		}
	}
}

// TestFalseAlarms: of workers whose usage wanders or is noise, hardly one rises.
func TestFalseAlarms(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	alarms := 0
	const programs = 300
	for range programs {
		w := judge(t, Options{}, log(400, func(int) float64 { return 20e6 + r.NormFloat64()*2e6 })).Workers[0]
		if w.Course == Rises || w.Course == Steps {
			alarms++
		}
	}
	if alarms > programs/50 {
		t.Errorf("%d of %d rise by noise alone", alarms, programs)
	}
}

func TestLives(t *testing.T) {
	text := "pid,usage,peak\n1,5,5\n1,9,9\n1,6,9\n1,4,4\n1,5,5\n2,7,7\n"
	l := judge(t, Options{}, text)
	var got []string
	for _, w := range l.Workers {
		got = append(got, fmt.Sprintf("%s/%d×%d", w.PID, w.Life, w.Readings))
	}
	if strings.Join(got, " ") != "2/1×1 1/1×3 1/2×2" {
		t.Errorf("%v", got)
	}
}

func TestRequests(t *testing.T) {
	var b strings.Builder
	b.WriteString("pid,usage,uri\n")
	usage := map[int]int{1: 1000, 2: 5000}
	for i := range 600 {
		for pid := range 2 {
			uri := fmt.Sprintf("/users/%d?page=%d", i, i)
			if i%10 == pid {
				uri = fmt.Sprintf("/export/%d", i)
				usage[pid+1] += 400
			}
			fmt.Fprintf(&b, "%d,%d,%s\n", pid+1, usage[pid+1], uri)
		}
	}
	l := judge(t, Options{Requests: 1}, b.String())
	if len(l.Requests) != 1 || l.Requests[0] != (Request{Name: "/export/#", Count: 119, Left: 119 * 400, Most: 400}) {
		t.Errorf("%+v", l.Requests)
	}
}

// TestSplitLogs: a log that was rotated gives what the whole does.
func TestSplitLogs(t *testing.T) {
	whole := log(3000, func(i int) float64 { return 5e6 + 700*float64(i) })
	lines := strings.SplitAfter(whole, "\n")
	head := lines[0]
	a, b := judge(t, Options{}, whole), judge(t, Options{}, strings.Join(lines[:1201], ""), head+strings.Join(lines[1201:], ""))
	if x, y := a.Workers[0], b.Workers[0]; x.Rise != y.Rise || x.Course != y.Course || x.Readings != y.Readings {
		t.Errorf("%+v\n%+v", x, y)
	}
}

func TestCrowd(t *testing.T) {
	var b strings.Builder
	b.WriteString("pid,usage,uri\n")
	for i := range maxWorkers + 10 {
		fmt.Fprintf(&b, "%d,5,/x\n", i)
	}
	if l := judge(t, Options{Limit: 3}, b.String()); !l.Crowded || len(l.Workers) != 3 || l.Cut != maxWorkers-3 {
		t.Errorf("%d workers, %d cut, crowded %t", len(l.Workers), l.Cut, l.Crowded)
	}
}

// A process that ends, and one that memprof counts for, have no usage: such readings
// are no life of their own, and no fall.
func TestReadingsOfNoUsage(t *testing.T) {
	text := "pid,usage,real,peak\n"
	for i := range 20 {
		text += fmt.Sprintf("7,%d,2097152,500000\n", 400_000+i)
	}
	w := judge(t, Options{}, text+"7,0,2097152,0\n7,0,0,0\n")
	if len(w.Workers) != 1 || w.Workers[0].Readings != 20 || w.Workers[0].Last.Usage != 400_019 || w.Empty != 2 {
		t.Errorf("%d empty, workers %+v", w.Empty, w.Workers)
	}
}

// RSS that rises while usage does not, and chunks that stay after a peak, are told of
// each worker and counted.
func TestBesideUsage(t *testing.T) {
	text := "pid,usage,real,rss\n"
	for i := range 500 {
		text += fmt.Sprintf("1,%d,2097152,%d\n", 400_000+i%7, 30<<20+i<<17) // libxml
		text += fmt.Sprintf("2,%d,2097152,%d\n", 400_000+i%7, 30<<20+i%9<<12)
		text += fmt.Sprintf("3,%d,%d,%d\n", 400_000+i<<17, 2<<20+i<<17, 30<<20+i<<17) // values
		text += fmt.Sprintf("4,400000,%d,%d\n", 74<<20, 90<<20)
	}
	w := judge(t, Options{}, text)
	var outside, kept []string
	for _, x := range w.Workers {
		if x.Outside != nil {
			outside = append(outside, x.PID)
		}
		if x.Kept != nil {
			kept = append(kept, x.PID)
		}
	}
	if !slices.Equal(outside, []string{"1"}) || !slices.Equal(kept, []string{"4"}) || w.Outside != 1 || w.Keep != 1 {
		t.Errorf("outside %v (%d), kept %v (%d)", outside, w.Outside, kept, w.Keep)
	}
}

// TestMemory: the log says when its workers take more than they may.
func TestMemory(t *testing.T) {
	var b strings.Builder
	b.WriteString("pid,usage,uri\n")
	for i := range 2_000 {
		fmt.Fprintf(&b, "%d,5,/x\n", i)
	}
	for limit, want := range map[uint64]error{0: nil, 4 << 20: nil, 1 << 20: ErrMemory} {
		l := NewLog(Options{Memory: limit})
		if err := l.Read("log", strings.NewReader(b.String())); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, of %d", limit, err, l.Memory())
		}
	}
}
