package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"memtrail/dump"
	"memtrail/internal/dumpbuild"
	"memtrail/zend"
)

// TestHiddenMemory: what the header says of memory changes shares, confidence and
// reasons, never which places are suspects; and where most of it is in no dump,
// nothing is accused.
func TestHiddenMemory(t *testing.T) {
	for _, c := range leakCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := dumpbuild.New().NoHeader()
			c.build(b)
			r := retain(t, b.Dump().PrintUsual())
			look := func(usage uint64) *Leaks {
				r.info.Header = nil
				if usage > 0 {
					r.info.Header = &dump.Header{MemoryUsage: usage, MemoryUsageReal: 2 * usage, PeakMemoryUsage: usage, PeakMemoryUsageReal: 2 * usage}
				}
				l := r.Leaks(LeaksOptions{Threshold: 0.1})
				for i := range l.Suspects {
					checkSuspect(t, l, &l.Suspects[i])
				}
				return l
			}
			bare := look(0)
			places := func(l *Leaks) (list []string) {
				for i := range l.Suspects {
					s := &l.Suspects[i]
					list = append(list, suspectLine(s)+" "+s.Fingerprint)
				}
				return list
			}
			for _, times := range []uint64{1, 3} {
				l := look(bare.Explained * times)
				if !slices.Equal(places(l), places(bare)) {
					t.Errorf("memory_usage %d times: %q, want %q", times, places(l), places(bare))
				}
				for i := range l.Suspects {
					s := &l.Suspects[i]
					hidden := slices.ContainsFunc(s.Reasons, func(r Reason) bool { return r.Kind == ReasonUnknown })
					if hidden != (times > 1) || times > 1 && s.Confidence != Low {
						t.Errorf("memory_usage %d times: %s confidence, reasons %v", times, s.Confidence, s.Reasons)
					}
				}
			}
		})
	}
}

// reasonsAt are the reasons of the suspect at a path.
func reasonsAt(t *testing.T, build func(b *dumpbuild.Builder), path string) (*Suspect, map[ReasonKind]Reason) {
	t.Helper()
	b := dumpbuild.New().NoHeader()
	build(b)
	l := retain(t, b.Dump().PrintUsual()).Leaks(LeaksOptions{Threshold: 0.1})
	i := slices.IndexFunc(l.Suspects, func(s Suspect) bool { return s.At.Path == path })
	if i < 0 {
		var lines []string
		for i := range l.Suspects {
			lines = append(lines, suspectLine(&l.Suspects[i]))
		}
		t.Fatalf("%s is not among %q", path, lines)
	}
	kinds := map[ReasonKind]Reason{}
	for _, r := range l.Suspects[i].Reasons {
		kinds[r.Kind] = r
	}
	return &l.Suspects[i], kinds
}

// A peak that an earlier dump of the same process can have made says nothing.
func TestPeakOfAnEarlierDump(t *testing.T) {
	const n = 6000
	items := uint64(n*3 + 1)
	for _, c := range []struct {
		name        string
		usage, peak uint64
		below, at   bool
	}{
		{"at the peak", 3_000_000, 3_000_000, false, true},
		{"near it", 3_000_000, 3_100_000, false, true},
		{"as far as a dump raises it", 3_000_000, 3_000_000 + 120*items, false, false},
		{"twice as far as any dump raises it", 3_000_000, 3_000_000 + 400*items + 200<<10, true, false},
		{"far above", 3_000_000, 30_000_000, true, false},
	} {
		_, reasons := reasonsAt(t, func(b *dumpbuild.Builder) {
			b.Memory(c.usage, 64<<20, c.peak, 64<<20).Global("cache", listOf(n, user))
		}, "$cache")
		if _, below := reasons[ReasonBelowPeak]; below != c.below {
			t.Errorf("%s: below the peak: %v", c.name, below)
		}
		if _, at := reasons[ReasonPeak]; at != c.at {
			t.Errorf("%s: at the peak: %v", c.name, at)
		}
	}
}

// Keys that a program makes as it runs are no names.
func TestMadeKeysAreNoNames(t *testing.T) {
	word := func(i int) string {
		return strings.Map(func(r rune) rune { return 'k' + r - '0' }, strconv.Itoa(i))
	}
	for _, c := range []struct {
		name string
		n    int
		key  func(i int) string
		want bool // names, as in a registry
	}{
		{"cells behind one id", 3000, func(i int) string { return fmt.Sprintf("phpspreadsheet.6565a1b2c3d4e.%c%d", 'A'+i%26, i/26+1) }, false},
		{"an id in each", 3000, func(i int) string { return fmt.Sprintf("cache.%013x.item", 0x6565a1b2c3d4e+i*7919) }, false},
		{"hashes", 3000, numbered("%032x"), false},
		{"running numbers", 3000, numbered("session_%d"), false},
		{"numbers in several forms", 3000, func(i int) string { return fmt.Sprintf([]string{"u%d", "page:%d", "%d-x", "a/%d/b"}[i%4], i) }, false},
		{"words", 3000, word, true},
		{"some classes", 300, classNames, true},
		{"classes by the thousand", 8000, classNames, false},
	} {
		_, reasons := reasonsAt(t, func(b *dumpbuild.Builder) {
			b.Global("app", object("App", to("cells", keyed(c.n, c.key, user))))
		}, "$app->cells")
		if _, named := reasons[ReasonNamed]; named != c.want {
			t.Errorf("%s: names: %v, %v", c.name, named, reasons)
		}
	}
}

// Containers of the same members are parallel; those of as many others are
// companions.
func TestParallelOrCompanions(t *testing.T) {
	const n = 3000
	oid := numbered("%032x")
	for _, c := range []struct {
		name                 string
		build                func(b *dumpbuild.Builder)
		path                 string
		parallel, companions uint64
	}{
		{"the same members", func(b *dumpbuild.Builder) {
			all := users(n)
			b.Global("repo", object("Repo", to("byId", listOf(n, at(all))), to("byMail", keyed(n, numbered("m%d@x"), at(all)))))
		}, "$repo->byId", 2, 0},
		{"as many others", func(b *dumpbuild.Builder) {
			b.Global("repo", object("Repo", to("map", keyed(n, oid, user)), to("states", keyed(n, oid, func(int) *dumpbuild.Node { return scalar("int") }))))
		}, "$repo->map", 0, 1},
		{"both", func(b *dumpbuild.Builder) {
			all := users(n)
			b.Global("repo", object("Repo", to("byId", listOf(n, at(all))), to("byMail", keyed(n, numbered("m%d@x"), at(all))),
				to("states", keyed(n, oid, func(int) *dumpbuild.Node { return scalar("int") }))))
		}, "$repo->byId", 2, 1},
		{"half as many", func(b *dumpbuild.Builder) {
			b.Global("repo", object("Repo", to("map", keyed(n, oid, user)), to("states", keyed(n/2, oid, func(int) *dumpbuild.Node { return scalar("int") }))))
		}, "$repo->map", 0, 0},
	} {
		_, reasons := reasonsAt(t, c.build, c.path)
		if reasons[ReasonParallel].Count != c.parallel || reasons[ReasonCompanions].Count != c.companions {
			t.Errorf("%s: parallel %v, companions %v", c.name, reasons[ReasonParallel], reasons[ReasonCompanions])
		}
	}
}

// A function that calls itself is named, in one dump too.
func TestFramesInOneDump(t *testing.T) {
	const frames = 400
	b := dumpbuild.New().NoHeader()
	b.Global("app", object("App"))
	for range frames {
		b.Frame("Consumer->wait()", "message", object("Message", to("body", text(900))))
		b.Frame("Consumer->wait()", "timeout", scalar("int"))
	}
	l := retain(t, b.Dump().PrintUsual()).Leaks(LeaksOptions{Threshold: 0.1})
	if len(l.Suspects) == 0 || l.Suspects[0].Frame != "Consumer->wait()" || l.Suspects[0].Holds.Count != frames {
		t.Fatalf("%+v", l.Suspects)
	}
	// The same in a series.
	s := NewSeries(SeriesOptions{})
	for at := range 3 {
		b := dumpbuild.New().NoHeader().Global("app", object("App"))
		for range frames / 2 * (at + 1) {
			b.Frame("Consumer->wait()", "message", object("Message", to("body", text(900))))
			b.Frame("Consumer->wait()", "timeout", scalar("int"))
		}
		addDump(t, s, at, b.Dump().PrintUsual())
	}
	g := s.Growth(defaultGrowth)
	if len(g.Growing) != 1 || g.Growing[0].Fingerprint != l.Suspects[0].Fingerprint {
		t.Errorf("%q, but %s in one dump", growthLines(g), l.Suspects[0].Fingerprint)
	}
}

// checkSameMarks checks that suspects of the last dump have the fingerprint of the
// place that grows at the same path. It returns how many it compared.
func checkSameMarks(t *testing.T, g *Growth, last []byte) (compared int) {
	t.Helper()
	graph, info := build(t, last)
	l := Retain(graph, info, RetentionOptions{PHP: zend.Auto, Retained: true}).Leaks(LeaksOptions{Threshold: 0.02})
	for i := range l.Suspects {
		for j := range g.Growing {
			x, w := &l.Suspects[i], &g.Growing[j]
			if anyKey(x.At.Path) != anyKey(w.Path) || x.At.Path != w.Path && (x.At.Item.Type != w.Type || x.At.Item.Class != w.Class) {
				continue // other elements of one array
			}
			if compared++; x.Fingerprint != w.Fingerprint {
				t.Errorf("%s is %s in leaks, %s in growth", w.Path, x.Fingerprint, w.Fingerprint)
			}
		}
	}
	return compared
}
