package levels

import (
	"testing"

	"memtrail/analysis"
	"memtrail/dump"
)

const mib = 1 << 20

func TestKeptOf(t *testing.T) {
	for name, c := range map[string]struct {
		level Level
		kept  bool
	}{
		"a heap that shrank":       {Level{Usage: 385 << 10, Real: 74 * mib}, true},
		"a small one":              {Level{Usage: 385 << 10, Real: 2 * mib}, false},
		"just too little is kept":  {Level{Usage: mib, Real: 17*mib - 1}, false},
		"just enough":              {Level{Usage: mib, Real: 17 * mib}, true},
		"much, but most is used":   {Level{Usage: 300 * mib, Real: 400 * mib}, false},
		"a quarter":                {Level{Usage: 100 * mib, Real: 400 * mib}, true},
		"less than a quarter kept": {Level{Usage: 100*mib + 1, Real: 400 * mib}, false},
		"usage is not known":       {Level{Real: 74 * mib}, false},
		"real is not known":        {Level{Usage: 74 * mib}, false},
		"real is a lie":            {Level{Usage: 74 * mib, Real: 2 * mib}, false},
		"numbers of no process":    {Level{Usage: 1 << 63, Real: 1<<64 - 1}, false},
	} {
		k := KeptOf(c.level, nil)
		if (k != nil) != c.kept || k != nil && k.Bytes() != c.level.Real-c.level.Usage {
			t.Errorf("%s: %+v", name, k)
		}
	}
}

// Of a capture it is known which chunks are kept, and by what.
func TestKeptBy(t *testing.T) {
	s := &analysis.Source{
		Header: &analysis.Header{MemoryUsage: 400 << 10, MemoryUsageReal: 60 * mib, PeakMemoryUsage: 59 * mib},
		Capture: &dump.Capture{
			Process: []dump.Owner{{Name: dump.ProcessInUse, Amount: dump.Amount{Bytes: 3}}, {Name: dump.ProcessFiles, Amount: dump.Amount{Bytes: 4}}},
			Heap:    dump.HeapUse{Chunks: []dump.ChunkUse{{Blocks: 9}, {}, {}, {Blocks: 1, KeptBy: []dump.Kept{{Type: "array"}}}}},
		},
	}
	k := KeptBy(s)
	if k == nil || k.Chunks != 4 || k.Hollow != 2 || k.NearlyEmpty != 1 {
		t.Fatalf("%+v", k)
	}
	if want := (Level{400 << 10, 60 * mib, 59 * mib, 7}); k.Level != want {
		t.Errorf("%+v", k.Level)
	}
}

func TestRisesOutside(t *testing.T) {
	series := func(n int, at func(i uint64) Level) []Level {
		list := make([]Level, n)
		for i := range list {
			list[i] = at(uint64(i))
		}
		return list
	}
	noise := func(i uint64) uint64 { return i * 7919 % 13 * 40 << 10 }
	for name, c := range map[string]struct {
		series []Level
		rise   uint64
	}{
		"documents of libxml": {series(7, func(i uint64) Level {
			return Level{Usage: 400<<10 + i<<11, Real: 2 * mib, RSS: 30*mib + i*4*mib}
		}), 24 * mib},
		"the same, with noise, for long": {series(500, func(i uint64) Level {
			return Level{Usage: 400<<10 + noise(i), Real: 2 * mib, RSS: 30*mib + i*mib/8 + noise(i)}
		}), 499*mib/8 + noise(499)},
		"a leak of values": {series(7, func(i uint64) Level {
			return Level{Usage: 2*mib + i*2*mib, Real: 4*mib + i*2*mib, RSS: 16*mib + i*2*mib}
		}), 0},
		"both, and most of it values": {series(7, func(i uint64) Level {
			return Level{Usage: 2*mib + i*8*mib, Real: 4*mib + i*8*mib, RSS: 16*mib + i*9*mib}
		}), 0},
		"a large block of PHP's that is touched bit by bit": {series(7, func(i uint64) Level {
			real := uint64(2 * mib)
			if i > 0 {
				real = 66 * mib
			}
			return Level{Usage: real - mib, Real: real, RSS: 13*mib + i*10*mib}
		}), 0},
		"libraries at the start": {series(7, func(i uint64) Level {
			return Level{Usage: 400 << 10, Real: 2 * mib, RSS: 30*mib + min(i, 2)*3*mib}
		}), 0},
		"it is given back": {series(8, func(i uint64) Level {
			return Level{Usage: 400 << 10, Real: 2 * mib, RSS: 30*mib + min(i, 7-i)*4*mib}
		}), 0},
		"too few":  {series(3, func(i uint64) Level { return Level{Usage: 400 << 10, Real: 2 * mib, RSS: 30*mib + i*9*mib} }), 0},
		"no RSS":   {series(7, func(i uint64) Level { return Level{Usage: 400 << 10, Real: 2 * mib} }), 0},
		"none":     {nil, 0},
		"too much": {series(7, func(i uint64) Level { return Level{Usage: 1<<64 - 1, Real: 1<<64 - 1, RSS: 1<<64 - 1} }), 0},
	} {
		rise := uint64(0)
		o := RisesOutside(c.series)
		if o != nil {
			rise = o.Rise
		}
		if rise != c.rise {
			t.Errorf("%s: %d, not %d", name, rise, c.rise)
		}
		if o != nil && (o.First != c.series[0] || o.Last != c.series[len(c.series)-1]) {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// A process that ends gives back what its values took, and keeps the chunks: that is no
// state that it was in.
func TestEnding(t *testing.T) {
	var leak, shrunk []Level
	for i := range uint64(40) {
		leak = append(leak, Level{Usage: 2*mib + i*mib, Real: 4*mib + i*mib, RSS: 20*mib + i*mib})
		shrunk = append(shrunk, Level{Usage: 400 << 10, Real: 74 * mib, RSS: 90 * mib})
	}
	end := Level{Usage: 380 << 10, Real: 43 * mib, RSS: 50 * mib}
	for name, c := range map[string]struct {
		series []Level
		kept   bool
	}{
		"a leak":                      {leak, false},
		"a leak, at its end":          {append(leak[:40:40], end), false},
		"a heap that shrank":          {shrunk, true},
		"a heap that shrank, ends":    {append(shrunk[:40:40], end), true},
		"one that works now and then": {append(shrunk[:36:36], Level{Usage: 60 * mib, Real: 74 * mib}, shrunk[0], shrunk[0], shrunk[0]), false},
		"a single level":              {shrunk[:1], true},
		"none":                        {nil, false},
	} {
		if k := KeptOf(Lately(Running(c.series)), nil); (k != nil) != c.kept {
			t.Errorf("%s: %+v", name, k)
		}
	}
	var libxml []Level
	for i := range uint64(40) {
		libxml = append(libxml, Level{Usage: 400 << 10, Real: 2 * mib, RSS: 20*mib + i*mib})
	}
	libxml = append(libxml, Level{Usage: 380 << 10, Real: 2 * mib, RSS: 22 * mib})
	if RisesOutside(Running(libxml)) == nil {
		t.Error("the end of a process hides what rose outside PHP's allocator")
	}
}
