package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"memtrail/capture/watch"
)

const mb = 1 << 20

// at makes a sample of a process that runs a request and works.
func at(seconds float64, usage uint64, change ...func(*Sample)) Sample {
	s := Sample{
		At: time.Duration(seconds * float64(time.Second)),
		Reading: watch.Reading{
			Found: true, Request: true, Usage: usage, Peak: usage, Real: usage + mb, RSS: usage + 10*mb,
			Ran: time.Duration(seconds * float64(time.Second) / 2),
		},
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

func limit(n uint64) func(*Sample) { return func(s *Sample) { s.Limit = n } }
func rss(n uint64) func(*Sample)   { return func(s *Sample) { s.RSS = n } }
func fatal(s *Sample)              { s.Fatal = true }
func fresh(s *Sample)              { s.Fresh = true }
func lost(s *Sample)               { s.Found = false }

// every makes samples in steps of time, up to and without an end.
func every(from, to, step float64, usage func(seconds float64) uint64, change ...func(*Sample)) []Sample {
	var all []Sample
	for i := 0; from+float64(i)*step < to-1e-9; i++ {
		t := from + float64(i)*step
		all = append(all, at(t, usage(t), change...))
	}
	return all
}

func flat(n uint64) func(float64) uint64 { return func(float64) uint64 { return n } }

// slope grows by some bytes a second, from a beginning.
func slope(begin, perSecond uint64) func(float64) uint64 {
	return func(t float64) uint64 { return begin + uint64(t*float64(perSecond)) }
}

// decisions feeds samples to an engine, all of whose dumps succeed, and gives
// what it orders: time, kind and reason.
func decisions(t Triggers, samples []Sample) string {
	e := NewEngine(t)
	var all []string
	for _, s := range samples {
		o, due := e.Look(s)
		if !due {
			continue
		}
		e.Taken(o)
		name := map[Kind]string{Series: o.Reason, Peak: "peak", NearLimit: "near", Fatal: "fatal"}[o.Kind]
		all = append(all, fmt.Sprintf("%s %.1f", name, s.At.Seconds()))
		if e.Full() {
			e.Thinned(Spread / 2)
			all = append(all, "thinned")
		}
	}
	return strings.Join(all, ", ")
}

func TestTriggers(t *testing.T) {
	saw := func(t float64) uint64 { return 10*mb + uint64(int(t*10)%10)*mb }
	tests := []struct {
		name     string
		triggers Triggers
		samples  []Sample
		want     string
	}{
		{"nothing asked for", Triggers{}, every(0, 20, 0.1, slope(mb, mb)), ""},
		{"nothing before PHP is there", Triggers{Every: time.Second}, every(0, 20, 0.1, flat(mb), lost), ""},
		{"every", Triggers{Every: 2 * time.Second, Count: 3}, every(0, 20, 0.1, flat(mb)), "every 2.0, every 4.0, every 6.0"},
		{"every, from where PHP was found on", Triggers{Every: 2 * time.Second, Count: 2},
			append(every(0, 5, 0.1, flat(0), lost), every(5, 20, 0.1, flat(mb))...), "every 7.0, every 9.0"},
		{"every does not catch up", Triggers{Every: 2 * time.Second, Count: 3},
			append(every(0, 2.5, 0.1, flat(mb)), every(9.5, 20, 0.1, flat(mb))...), "every 2.0, every 9.5, every 10.0"},
		{"every with a cooldown", Triggers{Every: time.Second, Cooldown: 3 * time.Second, Count: 3},
			every(0, 20, 0.1, flat(mb)), "every 1.0, every 4.0, every 7.0"},
		{"no count spreads", Triggers{Every: time.Second}, every(0, 29, 0.1, flat(mb)),
			"every 1.0, every 2.0, every 3.0, every 4.0, every 5.0, every 6.0, every 7.0, every 8.0, every 9.0, every 10.0, every 11.0, every 12.0, thinned, " +
				"every 14.0, every 16.0, every 18.0, every 20.0, every 22.0, every 24.0, thinned, every 28.0"},
		{"a fifth more", Triggers{Usage: []Threshold{{Share: 0.2}}, Count: 4}, every(0, 60, 0.1, slope(10*mb, mb)),
			"usage 1.0, usage 3.3, usage 6.0, usage 9.3"}, // from 11 MB: above 13.2, above 15.96, above 19.2
		{"more by an amount", Triggers{Usage: []Threshold{{Rise: 5 * mb}}}, every(0, 12, 0.1, slope(10*mb, mb)), "usage 1.0, usage 6.0, usage 11.0"},
		{"no rise, no dump but the first", Triggers{Usage: []Threshold{{Share: 0.2}}}, every(0, 60, 0.1, flat(10*mb)), "usage 1.0"},
		{"a level, once", Triggers{Usage: []Threshold{{Level: 15 * mb}}}, every(0, 20, 0.1, slope(10*mb, mb)), "usage 5.0"},
		{"a level, each time", Triggers{Usage: []Threshold{{Level: 15 * mb}}}, every(0, 3, 0.1, saw), "usage 0.5, usage 1.5, usage 2.5"},
		{"two thresholds", Triggers{Usage: []Threshold{{Level: 13 * mb}, {Rise: 4 * mb}}, Count: 3}, every(0, 20, 0.1, slope(10*mb, mb)), "usage 1.0, usage 3.0, usage 7.0"},
		{"a flood is cooled down", Triggers{Usage: []Threshold{{Rise: 1}}, Count: 3}, every(0, 9, 0.1, slope(mb, mb)), "usage 1.0, usage 2.0, usage 3.0"},
		{"RSS alone rises", Triggers{RSS: []Threshold{{Rise: 50 * mb}}},
			append(every(0, 3, 0.1, flat(mb), rss(10*mb)), every(3, 5, 0.1, flat(mb), rss(60*mb))...), "rss 1.0, rss 3.0"},
		{"a rate", Triggers{Rate: mb}, every(0, 25, 0.1, slope(mb, 2*mb)), "rate 10.0, rate 11.0, rate 12.0, rate 13.0, rate 14.0, rate 15.0, rate 16.0, rate 17.0, rate 18.0, rate 19.0, rate 20.0, rate 21.0, thinned, rate 23.0"},
		{"a rate with a cooldown", Triggers{Rate: mb, Cooldown: 10 * time.Second}, every(0, 25, 0.1, slope(mb, 2*mb)), "rate 10.0, rate 20.0"},
		{"too slow a rate", Triggers{Rate: 3 * mb}, every(0, 25, 0.1, slope(mb, 2*mb)), ""},
		{"a saw-tooth has no rate", Triggers{Rate: mb}, every(0, 25, 0.1, saw), ""},
		{"peaks", Triggers{AtPeak: true}, append(every(0, 3, 0.1, flat(10*mb)), append(every(3, 5, 0.1, flat(30*mb)), every(5, 9, 0.1, flat(20*mb))...)...), "peak 0.0, peak 3.0"},
		{"a peak that climbs", Triggers{AtPeak: true}, every(0, 3, 0.1, slope(10*mb, 10*mb)), "peak 0.0, peak 1.0, peak 2.0"},
		{"near memory_limit", Triggers{NearLimit: 0.9}, every(0, 10, 0.1, slope(0, 100*mb), limit(1000*mb)), "near 9.0, near 9.5, near 9.8, near 9.9"},
		{"the moment of the fatal error is not spent", Triggers{NearLimit: 0.9}, every(0, 10, 0.1, slope(0, 10*mb), limit(100*mb)), "near 9.0"},
		{"unless it does not come", Triggers{NearLimit: 0.9},
			append(every(0, 40, 1, flat(92*mb), limit(100*mb)), every(40, 80, 1, flat(99*mb), limit(100*mb))...), "near 0.0, near 69.0"},
		{"near, and away, and near", Triggers{NearLimit: 0.9},
			append(every(0, 1, 0.1, flat(91*mb), limit(100*mb)), append(every(1, 2, 0.1, flat(50*mb), limit(100*mb)), every(2, 3, 0.1, flat(91*mb), limit(100*mb))...)...), "near 0.0, near 2.0"},
		{"no limit", Triggers{NearLimit: 0.9}, every(0, 10, 0.1, slope(0, 10*mb)), ""},
		{"the fatal error, once", Triggers{}, every(0, 1, 0.1, flat(mb), fatal), "fatal 0.0"},
		{"the fatal error comes first", Triggers{NearLimit: 0.5, AtPeak: true}, every(0, 0.3, 0.1, flat(90*mb), limit(100*mb), fatal), "fatal 0.0, near 0.1, peak 0.2"},
		{"another program begins anew", Triggers{Every: 2 * time.Second, Count: 4},
			append(every(0, 3, 0.1, flat(mb)), append([]Sample{at(3, mb, fresh)}, every(3.1, 8, 0.1, flat(mb))...)...), "every 2.0, every 5.0, every 7.0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := decisions(tt.triggers, tt.samples); got != tt.want {
				t.Errorf("\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// What cannot be taken is due again: time goes on, a level does not count as
// passed.
func TestFailedDumps(t *testing.T) {
	for name, tt := range map[string]struct {
		triggers Triggers
		want     []float64
	}{
		"every": {Triggers{Every: time.Second, Count: 2}, []float64{1, 2, 3, 4}},
		"level": {Triggers{Usage: []Threshold{{Level: 5 * mb}}, Count: 2}, []float64{0, 0.1, 0.2, 0.3}},
	} {
		e := NewEngine(tt.triggers)
		var got []float64
		for _, s := range every(0, 9, 0.1, flat(10*mb)) {
			if o, due := e.Look(s); due && len(got) < len(tt.want) {
				got = append(got, s.At.Seconds())
				e.Failed(o)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	e := NewEngine(Triggers{Every: time.Second, Count: 1})
	for _, s := range every(0, 1.15, 0.1, flat(mb)) {
		if o, due := e.Look(s); due {
			e.Taken(o)
			if !e.Done() {
				t.Error("one of one is taken, and the series is not complete")
			}
			e.Lost(o)
		}
	}
	if e.Done() {
		t.Error("a dump that was not written completes the series")
	}
}

func TestLines(t *testing.T) {
	e := NewEngine(Triggers{Lines: 10, Count: 3})
	if _, due := e.LookLine(at(0, mb)); due {
		t.Error("a line counts before PHP is found")
	}
	e.Look(at(0, mb))
	var got []uint64
	for n := uint64(1); n < 100; n++ {
		s := at(float64(n), mb)
		s.Lines = n
		if next, _ := e.NextLine(); n >= next {
			o, due := e.LookLine(s)
			if !due || o.Urgency != AtOnce || o.Kind != Series {
				t.Fatalf("line %d: %+v, %t", n, o, due)
			}
			e.Taken(o)
			got = append(got, n)
		}
	}
	if want := []uint64{10, 20, 30}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestPace(t *testing.T) {
	near := every(0, 1, 0.1, flat(80*mb), limit(100*mb))
	soon := append(every(0, 1, 0.1, flat(10*mb), limit(100*mb)), at(1, 25*mb, limit(100*mb))) // 150 MB a second
	tests := []struct {
		name     string
		triggers Triggers
		samples  []Sample
		want     time.Duration
	}{
		{"usual", Triggers{NearLimit: 0.9}, every(0, 1, 0.1, flat(mb), limit(100*mb)), Pace},
		{"PHP starts", Triggers{}, every(0, 1, 0.1, flat(mb), lost), FastPace},
		{"no PHP", Triggers{}, every(0, 9, 0.1, flat(mb), lost), Pace},
		{"near memory_limit", Triggers{NearLimit: 0.9}, near, FastPace},
		{"nobody asks for memory_limit", Triggers{}, near, Pace},
		{"memory_limit within a second", Triggers{NearLimit: 0.9}, soon, FastPace},
		{"an idle moment is due", Triggers{Idle: true}, every(0, 2, 0.1, flat(mb)), FastPace},
		{"an idle moment does not come", Triggers{Idle: true}, every(0, 4.8, 0.1, flat(mb)), Pace},
		{"an idle moment is not due yet", Triggers{Idle: true}, play(1.5, nil, act{seconds: 9, place: 1}), Pace},
	}
	for _, tt := range tests {
		e := NewEngine(tt.triggers)
		for _, s := range tt.samples {
			if o, due := e.Look(s); due {
				e.Taken(o)
			}
		}
		if got := e.Pace(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
