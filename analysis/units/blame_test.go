package units

import (
	"fmt"
	"strings"
	"testing"
)

func held(place string, bytes uint64) Holder {
	return Holder{What: Held, Path: place, Fingerprint: place, Bytes: bytes}
}

// begun is what is there for the first time, with a list that has begun to grow.
func begun(place string, bytes uint64) Holder {
	list := held(place+"->list", bytes-100)
	return Holder{What: FirstUse, Path: place, Fingerprint: place, Bytes: bytes, Begun: &list}
}

func TestBlame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ended   []Ended
		holders []Holder
		steady  []string
		want    string
	}{
		"nothing": {nil, nil, nil, ""},
		"one that loaded no code": {
			[]Ended{{1, "a", 20000, true}, {2, "b", 9000, false}, {3, "c", 30000, true}},
			[]Holder{held("$x", 9000)}, nil, "b $x",
		},
		"what is no leak is nobody's": {
			[]Ended{{1, "a", 20000, false}},
			[]Holder{{What: Code, Path: "code of x", Bytes: 19000}, {What: FirstUse, Path: "$y", Bytes: 900}, {What: OfTest, Path: "$this", Bytes: 900}}, nil, "",
		},
		"what has begun to grow, and no code was loaded": {
			[]Ended{{1, "a", 20000, true}, {2, "b", 9000, false}},
			[]Holder{begun("$x", 8800)}, nil, "b $x->list",
		},
		"what has begun to grow with the code that uses it": {
			[]Ended{{1, "a", 20000, true}, {2, "b", 900, false}},
			[]Holder{begun("$x", 8800)}, nil, "",
		},
		"what has begun to grow comes behind what has grown": {
			[]Ended{{1, "a", 9000, false}},
			[]Holder{begun("$x", 8900), held("$y", 8000)}, nil, "a $y",
		},
		"one that left as much": {
			[]Ended{{1, "a", 20000, true}, {2, "b", 200000, true}, {3, "c", 30000, true}},
			[]Holder{held("$x", 180000)}, nil, "b $x",
		},
		"a small thing among much code": {
			[]Ended{{1, "a", 20000, true}, {2, "b", 21000, true}, {3, "c", 500, true}},
			[]Holder{held("$x", 9000)}, nil, "a $x or b",
		},
		"each its own": {
			[]Ended{{1, "a", 5000, false}, {2, "b", 90000, false}},
			[]Holder{held("$x", 88000), held("$y", 4900)}, nil, "a $y; b $x",
		},
		"two places of one": {
			[]Ended{{1, "a", 5000, false}, {2, "b", 90000, false}},
			[]Holder{held("$x", 60000), held("$y", 29000)}, nil, "b $x $y",
		},
		"nobody left as much": {
			[]Ended{{1, "a", 900, false}, {2, "b", 900, false}},
			[]Holder{held("$x", 8000)}, nil, "",
		},
		"a place that always grows": {
			[]Ended{{1, "a", 9000, true}, {2, "b", 20000, true}},
			[]Holder{held("$x", 8000), held("$x[*]", 5000)}, []string{"$x"}, "",
		},
		"a place that always grows, much more": {
			[]Ended{{1, "a", 90000, false}},
			[]Holder{held("$x", 80000)}, []string{"$x"}, "a $x",
		},
	} {
		var steady []Steady
		for _, s := range c.steady {
			steady = append(steady, Steady{held(s, 50000), 2000})
		}
		var got []string
		for _, b := range Blame([]Interval{{Ended: c.ended, Units: uint64(len(c.ended)), Holders: c.holders}}, steady) {
			line := b.Name
			for _, h := range b.Holders {
				line += " " + h.Path
			}
			for _, name := range b.Among {
				line += " or " + name
			}
			got = append(got, line)
		}
		want := strings.Split(c.want, "; ")
		for _, w := range want {
			if w != "" && !strings.Contains(strings.Join(got, "; "), w) {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		if len(got) != len(want) && c.want != "" || c.want == "" && len(got) > 0 {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Whatever the intervals, no unit is blamed for more than it left, but for what
// free slots explain, and no place twice.
func TestBlameAddsUp(t *testing.T) {
	t.Parallel()
	seed := uint64(1)
	next := func(n int) int {
		seed = seed*6364136223846793005 + 1442695040888963407
		return int(seed>>33) % n
	}
	for range 2000 {
		var v Interval
		for i := range next(6) {
			v.Ended = append(v.Ended, Ended{uint64(i), fmt.Sprint("u", i), int64(next(20000)), next(2) == 0})
		}
		for i := range next(6) {
			v.Holders = append(v.Holders, held(fmt.Sprint("$", i), uint64(512+next(15000))))
		}
		v.Units = uint64(len(v.Ended))
		places := map[string]int{}
		for _, b := range Blame([]Interval{v}, nil) {
			if float64(b.Held()) > (float64(b.Left)+256*float64(len(b.Holders)))/0.9 {
				t.Fatalf("%s left %d and is blamed for %d: %+v", b.Name, b.Left, b.Held(), v)
			}
			for _, h := range b.Holders {
				if places[h.Path]++; places[h.Path] > 1 {
					t.Fatalf("%s twice: %+v", h.Path, v)
				}
			}
		}
	}
}

// A place that gains a little in most intervals is of no unit, though each time one
// that loads code has left more than that; what one leaves there besides is its own.
func TestRecurring(t *testing.T) {
	t.Parallel()
	var all []Interval
	for i := range 6 {
		v := Interval{Units: 40, Ended: []Ended{{uint64(i), fmt.Sprint("loads", i), 20000, true}}, Holders: []Holder{held("$log", 8000+uint64(i)*100)}}
		if i == 3 {
			v.Holders = []Holder{held("$log", 90000)}
			v.Ended = append(v.Ended, Ended{200, "leaks", 82000, false})
		}
		if i == 4 {
			v.Holders = append(v.Holders, held("$other", 15000))
		}
		all = append(all, v)
	}
	steady := Recurring(all)
	if len(steady) != 1 || steady[0].Path != "$log" || steady[0].PerUnit < 195 || steady[0].PerUnit > 215 {
		t.Fatalf("%+v", steady)
	}
	got := map[string]string{}
	for _, b := range Blame(all, steady) {
		got[b.Name] = b.Holders[0].Path
	}
	if len(got) != 2 || got["leaks"] != "$log" || got["loads4"] != "$other" {
		t.Errorf("%v", got)
	}
	if n := len(Recurring(all[:2])); n != 0 {
		t.Errorf("two intervals have %d", n)
	}
	if n := len(Join(steady, steady)); n != 1 {
		t.Errorf("joined they are %d", n)
	}
}
