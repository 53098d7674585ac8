package record

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"memtrail/capture/locate"
	"memtrail/capture/memory"
	"memtrail/capture/watch"
)

// fake is a process that leaks a megabyte a second and waits for work most of
// the time.
type fake struct {
	begin   time.Time
	ends    time.Duration
	limit   uint64
	fatalAt time.Duration
	copyErr error
	written func(path string) (Written, error)
	takes   time.Duration // that a copy takes
	unmaps  time.Duration // from when on it has no memory, though it has not ended; 0: never
	bytes   int
	held    atomic.Int64 // copies that are neither written nor discarded
}

func (f *fake) Read() (watch.Reading, error) {
	at := time.Since(f.begin)
	if at >= f.ends {
		return watch.Reading{}, fmt.Errorf("%w: 42", memory.ErrGone)
	}
	if f.unmaps > 0 && at >= f.unmaps {
		return watch.Reading{}, nil
	}
	usage := mb + uint64(at.Seconds()*mb)
	r := watch.Reading{Found: true, PHP: "8.2.20", Request: true, Usage: usage, Real: usage + mb, Peak: usage, RSS: 10 * mb, Limit: f.limit, Ran: at / 10, Fresh: at == 0}
	r.Wait = watch.Wait{Asleep: at%(200*time.Millisecond) == 0, Place: 1, Depth: 3}
	return r, nil
}

func (f *fake) Copy(Urgency) (Snapshot, error) {
	if f.copyErr != nil {
		return nil, f.copyErr
	}
	time.Sleep(f.takes)
	f.held.Add(1)
	return &fakeSnapshot{f}, nil
}

// Attend stops the process at the moment of its fatal error.
func (f *fake) Attend(stopped func(func() (Snapshot, error)) error, release <-chan struct{}) error {
	fatal := time.NewTimer(f.fatalAt - time.Since(f.begin))
	if f.fatalAt == 0 {
		fatal.Stop()
	}
	select {
	case <-release:
		return errors.New("released")
	case <-fatal.C:
		return stopped(func() (Snapshot, error) { return f.Copy(AtOnce) })
	}
}

func (f *fake) Fatal() bool { return f.fatalAt > 0 && time.Since(f.begin) >= f.fatalAt }

type fakeSnapshot struct{ f *fake }

func (s *fakeSnapshot) Paused() time.Duration { return 5 * time.Millisecond }
func (s *fakeSnapshot) Size() uint64          { return 10 * mb }
func (s *fakeSnapshot) Discard()              { s.f.held.Add(-1) }
func (s *fakeSnapshot) Write(path string) (Written, error) {
	s.f.held.Add(-1)
	time.Sleep(300 * time.Millisecond)
	if s.f.written != nil {
		return s.f.written(path)
	}
	return Written{Bytes: int64(s.f.bytes), Balanced: true}, os.WriteFile(path, make([]byte, s.f.bytes), 0o600)
}

// recordFake records a fake process by a fake clock.
func recordFake(t *testing.T, f *fake, o Options, during func(r *Recorder, cancel context.CancelCauseFunc)) (sum *Summary, notes []string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "recording")
	synctest.Test(t, func(t *testing.T) {
		f.begin = time.Now()
		if f.bytes == 0 {
			f.bytes = 1000
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		o.PID, o.Dir = 42, func() string { return dir }
		o.Note = func(text string) { notes = append(notes, text) }
		r := NewRecorder(f, o)
		var others sync.WaitGroup
		if during != nil {
			others.Go(func() { during(r, cancel) })
		}
		var err error
		if sum, err = r.Run(ctx); err != nil {
			t.Fatal(err)
		}
		others.Wait()
		if f.held.Load() != 0 {
			t.Errorf("%d copies are held for good", f.held.Load())
		}
	})
	return sum, notes
}

func filesOf(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

func events(t *testing.T, sum *Summary) []string {
	t.Helper()
	text, err := os.ReadFile(sum.Curve)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range readCurve(t, string(text)) {
		if r.Event != "" {
			all = append(all, r.Event)
		}
	}
	return all
}

func TestRecorder(t *testing.T) {
	series := func(numbers ...int) (names []string) {
		for _, n := range numbers {
			names = append(names, seriesName(n))
		}
		return names
	}
	tests := []struct {
		name    string
		fake    fake
		options Options
		during  func(*Recorder, context.CancelCauseFunc)
		files   []string
		ended   string
		notes   int
	}{
		{name: "the process ends", fake: fake{ends: 3500 * time.Millisecond}, options: Options{Triggers: Triggers{Every: time.Second}},
			files: append([]string{CurveFile}, series(1, 2, 3)...), ended: "the process ended"},
		{name: "the series is complete", fake: fake{ends: time.Hour}, options: Options{Triggers: Triggers{Every: time.Second, Count: 2}, StopWhenDone: true},
			files: append([]string{CurveFile}, series(1, 2)...), ended: "the series is complete"},
		{name: "a command goes on", fake: fake{ends: 10 * time.Second}, options: Options{Triggers: Triggers{Every: time.Second, Count: 2}},
			files: append([]string{CurveFile}, series(1, 2)...), ended: "the process ended"},
		{name: "someone interrupts", fake: fake{ends: time.Hour}, options: Options{Triggers: Triggers{Every: time.Second}},
			during: func(_ *Recorder, cancel context.CancelCauseFunc) {
				time.Sleep(2500 * time.Millisecond)
				cancel(errors.New("someone interrupts"))
			},
			files: append([]string{CurveFile}, series(1, 2)...), ended: "someone interrupts"},
		{name: "it is idle", fake: fake{ends: 6 * time.Second}, options: Options{Triggers: Triggers{Idle: true, Count: 3}},
			files: append([]string{CurveFile}, series(1, 2, 3)...), ended: "the process ended"},
		{name: "it spreads", fake: fake{ends: 25 * time.Second}, options: Options{Triggers: Triggers{Every: time.Second}},
			files: append([]string{CurveFile}, series(4, 8, 12, 14, 16, 18)...), ended: "the process ended"},
		{name: "it ends too soon", fake: fake{ends: 300 * time.Millisecond}, options: Options{Triggers: Triggers{Every: time.Second}, Settle: 500 * time.Millisecond},
			ended: "the process ended"},
		{name: "a peak replaces the one before", fake: fake{ends: 4 * time.Second}, options: Options{Triggers: Triggers{AtPeak: true}},
			files: []string{CurveFile, "moments/peak.json.zst"}, ended: "the process ended"},
		{name: "a disk that is full", fake: fake{ends: 9 * time.Second, bytes: 4000}, options: Options{Triggers: Triggers{Every: time.Second, Count: 8}, MaxDisk: 20000},
			files: append([]string{CurveFile}, series(1, 2, 3, 4)...), ended: "the process ended", notes: 1},
		{name: "a spread series makes room", fake: fake{ends: 9 * time.Second, bytes: 4000}, options: Options{Triggers: Triggers{Every: time.Second}, MaxDisk: 25000},
			files: append([]string{CurveFile}, series(3, 6, 7)...), ended: "the process ended"},
		{name: "memory_limit is exhausted", fake: fake{ends: 9100 * time.Millisecond, limit: 10 * mb, fatalAt: 9050 * time.Millisecond}, options: Options{Triggers: Triggers{NearLimit: 0.9}},
			files: []string{CurveFile, "moments/near-limit.json.zst", "moments/out-of-memory.json.zst"}, ended: "the process ended"},
		{name: "memory_limit is exhausted at the very end", fake: fake{ends: 9050 * time.Millisecond, limit: 10 * mb, fatalAt: 9050 * time.Millisecond}, options: Options{Triggers: Triggers{NearLimit: 0.95}},
			files: []string{CurveFile, "moments/near-limit.json.zst", "moments/out-of-memory.json.zst"}, ended: "the process ended"},
		{name: "no dump can be taken", fake: fake{ends: 5 * time.Second, copyErr: memory.ErrPause}, options: Options{Triggers: Triggers{Every: time.Second}},
			files: []string{CurveFile}, ended: "the process ended", notes: 1},
		{name: "a dump that does not balance", fake: fake{ends: 2500 * time.Millisecond, written: func(path string) (Written, error) {
			return Written{Bytes: 1}, os.WriteFile(path, []byte("x"), 0o600)
		}}, options: Options{Triggers: Triggers{Every: time.Second}}, files: []string{CurveFile}, ended: "the process ended", notes: 1},
		{name: "lines", fake: fake{ends: 5 * time.Second}, options: Options{Triggers: Triggers{Lines: 3}}, during: func(r *Recorder, _ context.CancelCauseFunc) {
			for n := range uint64(9) {
				time.Sleep(10 * time.Millisecond)
				r.Line(n + 1)
			}
			time.Sleep(time.Minute)
			r.Line(10) // the recorder has ended
		}, files: append([]string{CurveFile}, series(1, 2, 3)...), ended: "the process ended"},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			sum, notes := recordFake(t, &tt.fake, tt.options, tt.during)
			var got []string
			if sum.Dir != "" {
				got = filesOf(t, sum.Dir)
			}
			if !slices.Equal(got, tt.files) {
				t.Errorf("the files are %q, want %q", got, tt.files)
			}
			if sum.Ended != tt.ended || len(notes) != tt.notes {
				t.Errorf("ended: %q, notes: %q", sum.Ended, notes)
			}
			if sum.Dir == "" {
				return
			}
			all := events(t, sum)
			dumps := 0
			for _, e := range all {
				if e == EventDump {
					dumps++
				}
			}
			if all[0] != EventFound || all[len(all)-1] != EventEnd || sum.Stopped != time.Duration(dumps)*5*time.Millisecond {
				t.Errorf("events %q, stopped %v", all, sum.Stopped)
			}
			var names []string
			for _, d := range sum.Dumps {
				names = append(names, d.File)
			}
			if want := slices.DeleteFunc(slices.Clone(tt.files), func(name string) bool { return !strings.HasPrefix(name, "mem-") }); !slices.Equal(names, want) {
				t.Errorf("the summary has %q, want %q", names, want)
			}
			checkReplay(t, sum, names)
		})
	}
}

// A line whose copy is there counts, though the process has given up its memory
// since.
func TestLastLine(t *testing.T) {
	f := &fake{ends: 1200 * time.Millisecond, unmaps: 1050 * time.Millisecond, takes: 5 * time.Millisecond}
	sum, _ := recordFake(t, f, Options{Triggers: Triggers{Lines: 1}}, func(r *Recorder, _ context.CancelCauseFunc) {
		time.Sleep(300 * time.Millisecond)
		r.Line(1)
		time.Sleep(743 * time.Millisecond) // the next reading comes before it has no memory
		r.Line(2)
	})
	if len(sum.Dumps) != 2 {
		t.Errorf("%d dumps of two lines", len(sum.Dumps))
	}
}

// A script that has done its work and is about to end runs no request, and is not
// worth a word; a worker between two requests is.
func TestNoRequest(t *testing.T) {
	noRequest := fmt.Errorf("%w: PHP waits for one", locate.ErrIdle)
	for ends, want := range map[time.Duration]int{1500 * time.Millisecond: 0, 20 * time.Second: 1} {
		sum, notes := recordFake(t, &fake{ends: ends, copyErr: noRequest}, Options{Triggers: Triggers{Every: time.Second}}, nil)
		if len(notes) != want || (sum.Skipped > 0) != (want > 0) {
			t.Errorf("in %v: %d skipped, notes %q", ends, sum.Skipped, notes)
		}
	}
}

// A series without a count is thinned though the next dump is due before the one
// before it is written.
func TestThinnedWhileItIsWritten(t *testing.T) {
	f := &fake{ends: time.Minute}
	sum, _ := recordFake(t, f, Options{Triggers: Triggers{Every: 100 * time.Millisecond}}, nil)
	if n := len(sum.Dumps); n < Spread/2 || n >= Spread || sum.Removed == 0 {
		t.Errorf("%d dumps, and %d removed", n, sum.Removed)
	}
}

// Dumps that come faster than they are written wait; those that would be too
// many are taken when there is room again.
func TestDumpsWaitForTheWriter(t *testing.T) {
	f := &fake{ends: 20 * time.Second}
	sum, _ := recordFake(t, f, Options{Triggers: Triggers{Lines: 1, Count: 30}}, func(r *Recorder, _ context.CancelCauseFunc) {
		time.Sleep(50 * time.Millisecond)
		for n := range uint64(100) {
			time.Sleep(50 * time.Millisecond)
			r.Line(n + 1)
		}
	})
	if len(sum.Dumps) < 16 || len(sum.Dumps) > 30 {
		t.Errorf("%d dumps of 100 lines in 5 seconds, each of which takes 300 ms to write", len(sum.Dumps))
	}
}

// Dumps that were taken and could not be written are told from those that could not
// be taken: the recording lacks them by an accident.
func TestUnwritten(t *testing.T) {
	for name, c := range map[string]*struct {
		fake fake
		want int
	}{
		"a disk that is full":          {fake{ends: 3500 * time.Millisecond, written: func(string) (Written, error) { return Written{}, errors.New("no space left on device") }}, 3},
		"no dump can be taken":         {fake{ends: 3500 * time.Millisecond, copyErr: memory.ErrPause}, 0},
		"a dump that does not balance": {fake{ends: 3500 * time.Millisecond, written: func(string) (Written, error) { return Written{}, nil }}, 0},
	} {
		sum, _ := recordFake(t, &c.fake, Options{Triggers: Triggers{Every: time.Second}}, nil)
		if sum.Unwritten != c.want || sum.Skipped != 3 {
			t.Errorf("%s: %d unwritten, want %d; %d skipped", name, sum.Unwritten, c.want, sum.Skipped)
		}
	}
}
