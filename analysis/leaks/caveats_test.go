package leaks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/dump"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

// TestHiddenMemory: what the header says of memory changes shares, confidence and
// reasons, never which places are suspects; and where most of it is in no dump,
// nothing is accused.
func TestHiddenMemory(t *testing.T) {
	for _, c := range cases.Sample(leakCases, len(leakCases)/6, 0) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := dumpbuild.New().NoHeader()
			c.build(b)
			r := retaintest.Measured(t, b.Dump().PrintUsual())
			look := func(usage uint64) *Leaks {
				r.Info.Header = nil
				if usage > 0 {
					r.Info.Header = &dump.Header{MemoryUsage: usage, MemoryUsageReal: 2 * usage, PeakMemoryUsage: usage, PeakMemoryUsageReal: 2 * usage}
				}
				l := Find(r, Options{Threshold: 0.1})
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
					if hidden != (times > 1) || times > 1 && s.Confidence != analysis.Low {
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
	l := Find(retaintest.Measured(t, b.Dump().PrintUsual()), Options{Threshold: 0.1})
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
	for _, c := range cases.Sample([]struct {
		name        string
		usage, peak uint64
		below, at   bool
	}{
		{"at the peak", 3_000_000, 3_000_000, false, true},
		{"near it", 3_000_000, 3_100_000, false, true},
		{"as far as a dump raises it", 3_000_000, 3_000_000 + 120*items, false, false},
		{"twice as far as any dump raises it", 3_000_000, 3_000_000 + 400*items + 200<<10, true, false},
		{"far above", 3_000_000, 30_000_000, true, false},
	}, 3, 0) {
		_, reasons := reasonsAt(t, func(b *dumpbuild.Builder) {
			b.Memory(c.usage, 64<<20, c.peak, 64<<20).Global("cache", dumptest.ListOf(n, dumptest.User))
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
		{"hashes", 3000, dumptest.Numbered("%032x"), false},
		{"running numbers", 3000, dumptest.Numbered("session_%d"), false},
		{"numbers in several forms", 3000, func(i int) string { return fmt.Sprintf([]string{"u%d", "page:%d", "%d-x", "a/%d/b"}[i%4], i) }, false},
		{"words", 3000, word, true},
		{"some classes", 300, dumptest.ClassNames, true},
		{"classes by the thousand", 8000, dumptest.ClassNames, false},
	} {
		_, reasons := reasonsAt(t, func(b *dumpbuild.Builder) {
			b.Global("app", dumptest.Object("App", dumptest.To("cells", dumptest.Keyed(c.n, c.key, dumptest.User))))
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
	oid := dumptest.Numbered("%032x")
	for _, c := range []struct {
		name                 string
		build                func(b *dumpbuild.Builder)
		path                 string
		parallel, companions uint64
	}{
		{"the same members", func(b *dumpbuild.Builder) {
			all := dumptest.Users(n)
			b.Global("repo", dumptest.Object("Repo", dumptest.To("byId", dumptest.ListOf(n, dumptest.At(all))), dumptest.To("byMail", dumptest.Keyed(n, dumptest.Numbered("m%d@x"), dumptest.At(all)))))
		}, "$repo->byId", 2, 0},
		{"as many others", func(b *dumpbuild.Builder) {
			b.Global("repo", dumptest.Object("Repo", dumptest.To("map", dumptest.Keyed(n, oid, dumptest.User)), dumptest.To("states", dumptest.Keyed(n, oid, func(int) *dumpbuild.Node { return dumptest.Scalar("int") }))))
		}, "$repo->map", 0, 1},
		{"both", func(b *dumpbuild.Builder) {
			all := dumptest.Users(n)
			b.Global("repo", dumptest.Object("Repo", dumptest.To("byId", dumptest.ListOf(n, dumptest.At(all))), dumptest.To("byMail", dumptest.Keyed(n, dumptest.Numbered("m%d@x"), dumptest.At(all))),
				dumptest.To("states", dumptest.Keyed(n, oid, func(int) *dumpbuild.Node { return dumptest.Scalar("int") }))))
		}, "$repo->byId", 2, 1},
		{"half as many", func(b *dumpbuild.Builder) {
			b.Global("repo", dumptest.Object("Repo", dumptest.To("map", dumptest.Keyed(n, oid, dumptest.User)), dumptest.To("states", dumptest.Keyed(n/2, oid, func(int) *dumpbuild.Node { return dumptest.Scalar("int") }))))
		}, "$repo->map", 0, 0},
	} {
		_, reasons := reasonsAt(t, c.build, c.path)
		if reasons[ReasonParallel].Count != c.parallel || reasons[ReasonCompanions].Count != c.companions {
			t.Errorf("%s: parallel %v, companions %v", c.name, reasons[ReasonParallel], reasons[ReasonCompanions])
		}
	}
}
