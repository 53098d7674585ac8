package report

import (
	"bytes"
	"testing"

	"memtrail/analysis/levels"
	"memtrail/analysis/workers"
	"memtrail/usage"
)

func workersResults() map[string]writer {
	const second, start = 1_000_000_000, 1_764_000_000_000_000_000
	var spans []workers.Span
	for i := range 40 {
		least := uint64(20<<20 + i<<19)
		spans = append(spans, workers.Span{From: start + int64(i)*100*second, To: start + int64(i+1)*100*second, Readings: 100, Min: least, Max: least + 3<<20})
	}
	rises := workers.Worker{
		PID: "4242", Life: 2, Readings: 4000, From: start, To: start + 4000*second, First: levels.Level{Usage: 20 << 20, Real: 24 << 20, RSS: 60 << 20},
		Last: levels.Level{Usage: 40 << 20, Real: 44 << 20, Peak: 45 << 20, RSS: 80 << 20}, Least: 20 << 20, Most: 43 << 20,
		Course: workers.Rises, Rate: 5242.88, P: 2.7e-7, Rise: 19 << 20, Teeth: 1, Spans: spans,
	}
	hostile := workers.Worker{PID: "=1\x1b[31m\u202e\xff", Life: 1, Readings: 900, First: levels.Level{Usage: 385 << 10, Real: 74 << 20}, Course: workers.Steps,
		Last: levels.Level{Usage: 385 << 10, Real: 74 << 20}, Most: 73 << 20, Rise: 3 << 20, Jumps: []workers.Jump{{At: start, Bytes: 1 << 20}, {Bytes: 2 << 20}}, P: 1,
		Kept:    levels.KeptOf(levels.Level{Usage: 385 << 10, Real: 74 << 20}, nil),
		Outside: &levels.Outside{First: levels.Level{Usage: 385 << 10, Real: 2 << 20, RSS: 20 << 20}, Last: levels.Level{Usage: 387 << 10, Real: 2 << 20, RSS: 60 << 20}, Rise: 40 << 20}}
	info := usage.Info{Lines: 9000, Readings: 4903, Others: 12, Damaged: 2, FirstDamaged: 1777}
	all := &workers.Workers{
		Names: []string{"a.log"}, Info: info, Workers: []workers.Worker{rises, hostile}, Cut: 1, Crowded: true, Keep: 1, Outside: 2, Empty: 3,
		Count: map[workers.Course]int{workers.Rises: 1, workers.Steps: 1, workers.Flat: 1},
		Requests: []workers.Request{
			{Name: "/export/#", Count: 119, Left: 47_600, Most: 400}, {Name: "|`x`\x1b[0m", Count: 3, Left: -900, Most: 0},
		},
	}
	steps := *all
	steps.Workers, steps.Requests = []workers.Worker{hostile}, nil
	flat := &workers.Workers{Info: usage.Info{Readings: 20}, Workers: []workers.Worker{{Readings: 20, Life: 1, Course: workers.Flat, P: 1}},
		Count: map[workers.Course]int{workers.Flat: 1}}
	return map[string]writer{"all": bind(Workers, all), "steps": bind(Workers, &steps), "flat": bind(Workers, flat)}
}

func TestWorkersGolden(t *testing.T) {
	for name, write := range workersResults() {
		t.Run(name, func(t *testing.T) { golden(t, "workers-"+name, everyFormat(t, write)) })
	}
}

func TestWorkersSchema(t *testing.T) {
	schema := map[string][]string{
		"": {"workers", "courses", "more", "requests", "readings", "other_lines", "damaged_lines", "crowded"},
		"workers[]": {"pid", "life", "course", "readings", "from", "to", "first", "last", "least", "most", "rise", "rise_per_reading", "p",
			"teeth", "steps"},
		"workers[].last": {"usage", "real", "peak", "rss"},
		"requests[]":     {"name", "count", "left_bytes", "left_each", "most"},
	}
	for name, write := range workersResults() {
		var out bytes.Buffer
		if err := write(&out, Options{Format: JSON}); err != nil {
			t.Fatal(err)
		}
		checkSchema(t, schema, "", decoded(t, out.Bytes()))
		if !ascii(out.Bytes()) {
			t.Errorf("%s: not ASCII: %q", name, out.Bytes())
		}
	}
}
