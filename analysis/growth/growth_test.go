package growth

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"memtrail/analysis/leaks"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

// seriesOfPrograms dumps a program several times; build is told which time it
// is. Each dump has its items at other addresses.
func seriesOfPrograms(t testing.TB, dumps int, build func(b *dumpbuild.Builder, at int)) *Series {
	t.Helper()
	s := NewSeries(SeriesOptions{})
	for at := range dumps {
		b := dumpbuild.New().NoHeader()
		for range at * 3 {
			b.Global("request", dumpbuild.NewArray()) // moves everything
		}
		build(b, at)
		AddDump(t, s, at, b.Dump().PrintUsual())
	}
	return s
}

func AddDump(t testing.TB, s *Series, at int, text []byte) {
	t.Helper()
	g, info := dumptest.Build(t, text)
	s.Add(fmt.Sprintf("mem-%d.json", at+1), g, info)
}

var DefaultGrowth = Options{MinCount: DefaultMinCount, MinBytes: DefaultMinBytes, MaxUnexplained: DefaultMaxUnexplained}

// growthLine writes what the cases compare.
func growthLine(g *GrowingPlace) string {
	line := fmt.Sprintf("%s: %s%s %v", g.Path, g.Holds.Type, strings.TrimPrefix(" "+g.Holds.Class, " "), g.Counts)
	for _, also := range g.Also {
		line += " = " + also
	}
	return line
}

func TestGrowth(t *testing.T) {
	tick := func(int) *dumpbuild.Node { return dumptest.Scalar("int") }
	for _, c := range []struct {
		name  string
		dumps int
		build func(b *dumpbuild.Builder, at int)
		want  []string
	}{
		{"a list", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("svc", dumptest.Object("Service", dumptest.To("log", dumptest.ListOf(50+20*at, dumptest.User))))
		}, []string{`$svc->log: objectApp\User [50 70 90]`}},
		{"a list of numbers", 3, func(b *dumpbuild.Builder, at int) {
			b.Static("Stats::samples", dumptest.ListOf(50+20*at, tick))
		}, []string{`Stats::$samples: int [50 70 90]`}},
		{"one path below keys", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("app", dumptest.Array(dumptest.To("db", dumptest.Object("Pool", dumptest.To("queries", dumptest.ListOf(50+20*at, dumptest.User))))))
		}, []string{`$app["db"]->queries: objectApp\User [50 70 90]`}},
		{"many containers", 4, func(b *dumpbuild.Builder, at int) {
			b.Global("server", dumptest.Object("Server", dumptest.To("conns", dumptest.Keyed(30, dumptest.Numbered("c%d"), func(int) *dumpbuild.Node {
				return dumptest.Object("Conn", dumptest.To("onClose", dumptest.ListOf(2+at, dumptest.User)))
			}))))
		}, []string{`$server->conns[*]->onClose: objectApp\User [60 90 120 150]`}},
		{"only the topmost", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("carts", dumptest.ListOf(20+10*at, func(int) *dumpbuild.Node {
				return dumptest.Object("Cart", dumptest.To("lines", dumptest.ListOf(3, dumptest.User)))
			}))
		}, []string{`$carts: objectCart [20 30 40]`}},
		{"a chain", 3, func(b *dumpbuild.Builder, at int) {
			n := dumptest.Object("Node", dumptest.To("value", dumptest.Text(20)))
			for range 100 + 50*at {
				n = dumptest.Object("Node", dumptest.To("value", dumptest.Text(20)), dumptest.To("next", n))
			}
			b.Frame("main()", "queue", dumptest.Object("Queue", dumptest.To("head", n)))
		}, []string{`main() $queue->head: objectNode [100 150 200]`}},
		{"a string", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("log", dumptest.Object("Log", dumptest.To("buffer", dumptest.Text(uint64(10_000+8_000*at)))))
		}, []string{`$log->buffer: string [1 1 1]`}},
		{"generated variables", 3, func(b *dumpbuild.Builder, at int) {
			for i := range 20 + 10*at {
				b.Global("v"+strconv.Itoa(i), dumptest.User(i))
			}
		}, []string{`$v#: objectApp\User [20 30 40]`}},
		{"generated properties", 3, func(b *dumpbuild.Builder, at int) {
			o := dumptest.Object("stdClass")
			for i := range 20 + 10*at {
				o.Add(fmt.Sprintf("p_%x7", 1<<20+i*7919), dumptest.User(i))
			}
			b.Global("bag", o)
		}, []string{`$bag: objectApp\User [20 30 40]`}},
		{"generated classes", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("proxies", dumptest.ListOf(20+10*at, func(i int) *dumpbuild.Node {
				return dumptest.Object(fmt.Sprintf("Proxy_%06x1", 1<<20+i*7919))
			}))
		}, []string{`$proxies: objectProxy_# [20 30 40]`}},
		{"an identity map and its companion", 3, func(b *dumpbuild.Builder, at int) {
			n := 40 + 25*at
			b.Global("uow", dumptest.Object("UnitOfWork", dumptest.To("entities", dumptest.ListOf(n, dumptest.User)),
				dumptest.To("states", dumptest.Keyed(n, dumptest.Numbered("%032x"), tick))))
		}, []string{`$uow->entities: objectApp\User [40 65 90] = $uow->states`}},
		{"an object storage", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("bus", dumptest.Object("SplObjectStorage", dumptest.To("storage", dumptest.ListOf(30+20*at, func(i int) *dumpbuild.Node {
				return dumptest.Array(dumptest.To("obj", dumptest.User(i)), dumptest.To("inf", dumptest.Scalar("null")))
			}))))
		}, []string{`$bus: objectApp\User [30 50 70]`}},
		{"a container that a variable holds at times", 4, func(b *dumpbuild.Builder, at int) {
			bus := dumptest.Object("Bus", dumptest.To("recorded", dumptest.ListOf(30+20*at, dumptest.User)))
			if at%2 == 1 {
				b.Frame("run()", "subject", bus)
			}
			b.Global("app", dumptest.Object("App", dumptest.To("bus", bus)))
		}, []string{`run() $subject->recorded: objectApp\User [30 50 70 90]`}},
		{"containers of classes that differ, a few more in each", 3, func(b *dumpbuild.Builder, at int) {
			handlers := dumptest.Array()
			for i := range 20 {
				name := strings.TrimPrefix(dumptest.ClassNames(i), `App\Entity\`)
				handlers.Add(name, dumptest.Object(name, dumptest.To("cache", dumptest.ListOf(3+2*at, dumptest.User))))
			}
			b.Global("handlers", handlers)
		}, []string{`$handlers[*]->cache: objectApp\User [60 100 140]`}},
		{"few more, but full", 5, func(b *dumpbuild.Builder, at int) {
			b.Global("batches", dumptest.ListOf(2+2*at, func(int) *dumpbuild.Node {
				return dumptest.Object("Batch", dumptest.To("rows", dumptest.ListOf(20, dumptest.User)))
			}))
		}, []string{`$batches: objectBatch [2 4 6 8 10]`}},
		{"a tree's two sides", 3, func(b *dumpbuild.Builder, at int) {
			var grow func(n int) *dumpbuild.Node
			grow = func(n int) *dumpbuild.Node {
				leaf := dumptest.Object("Leaf", dumptest.To("value", dumptest.Text(10)))
				if n > 1 {
					leaf.Add("left", grow(n/2))
				}
				if n > 2 {
					leaf.Add("right", grow(n-1-n/2))
				}
				return leaf
			}
			b.Global("tree", dumptest.Object("Tree", dumptest.To("top", grow(60+40*at))))
		}, []string{`$tree->top: objectLeaf [60 100 140]`}},
		{"two containers of the same objects", 3, func(b *dumpbuild.Builder, at int) {
			n := 40 + 30*at
			all := dumptest.Users(n)
			b.Global("dispatcher", dumptest.Object("Dispatcher",
				dumptest.To("listeners", dumptest.Array(dumptest.To("x", dumptest.Array(dumptest.To("0", dumptest.ListOf(n, func(i int) *dumpbuild.Node { return all[i] })))))),
				dumptest.To("optimized", dumptest.Array(dumptest.To("x", dumptest.ListOf(n, func(i int) *dumpbuild.Node { return all[i] }))))))
		}, []string{`$dispatcher->listeners["x"][0]: objectApp\User [40 70 100] = $dispatcher->optimized["x"]`}},
		{"properties that the program adds", 3, func(b *dumpbuild.Builder, at int) {
			bag := dumptest.Object("stdClass")
			for i := range 20 + 10*at {
				bag.Add("p"+strings.TrimPrefix(dumptest.ClassNames(i), `App\Entity\`), dumptest.User(i))
			}
			b.Global("bag", bag)
		}, []string{`$bag: objectApp\User [20 30 40]`}},
		{"what is the same", 5, func(b *dumpbuild.Builder, _ int) {
			b.Global("svc", dumptest.Object("Service", dumptest.To("log", dumptest.ListOf(50, dumptest.User))))
		}, nil},
		{"a few more, by chance", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("ids", dumptest.ListOf(50+at, tick))
		}, nil},
		{"a few more, but large", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("files", dumptest.ListOf(3+at, func(int) *dumpbuild.Node { return dumptest.Text(100_000) }))
		}, []string{`$files: string [3 4 5]`}},
		{"the warm-up", 4, func(b *dumpbuild.Builder, at int) {
			b.Global("cache", dumptest.ListOf(min(50, 25+25*at), dumptest.User))
		}, nil},
		{"less than in the warm-up", 4, func(b *dumpbuild.Builder, at int) {
			b.Global("queue", dumptest.ListOf([]int{90, 40, 55, 70}[at], dumptest.User))
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := seriesOfPrograms(t, c.dumps, c.build).Growth(DefaultGrowth)
			CheckBalance(t, g)
			var got []string
			for i := range g.Growing {
				x := &g.Growing[i]
				got = append(got, growthLine(x))
				if x.Places == 0 || x.Example.Item.ID == "" || len(x.Trace) == 0 || len(x.Bytes) != c.dumps {
					t.Errorf("%s: %d places, example %q, %d steps", x.Path, x.Places, x.Example.Item.ID, len(x.Trace))
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
			}
			want := CleanSeries
			if len(c.want) > 0 {
				want = Leaking
			}
			if g.Verdict != want {
				t.Errorf("verdict %s, caveats %v", g.Verdict, g.Caveats)
			}
		})
	}
}

// With limits above its growth a place is let pass, and so is what hangs on it:
// but not what grows in each of its members as well.
func TestGrowthBelowLimits(t *testing.T) {
	for _, more := range []int{0, 1} {
		g := seriesOfPrograms(t, 4, func(b *dumpbuild.Builder, at int) {
			b.Global("carts", dumptest.ListOf(20+10*at, func(int) *dumpbuild.Node {
				return dumptest.Object("Cart", dumptest.To("lines", dumptest.ListOf(5+5*more*at, dumptest.User)))
			}))
		}).Growth(Options{MinCount: 11, MinBytes: 1 << 20, MaxUnexplained: DefaultMaxUnexplained})
		var got []string
		for i := range g.Growing {
			got = append(got, growthLine(&g.Growing[i]))
		}
		var want []string
		if more > 0 {
			want = []string{`$carts[*]->lines: objectApp\User [100 300 600 1000]`}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d more each time: got %q, want %q", more, got, want)
		}
	}
}

// The place that grows has the fingerprint that it has as a suspect of one dump.
func TestGrowthAndLeaksAgree(t *testing.T) {
	program := func(n int) []byte {
		cache := dumptest.Object("Cache", dumptest.To("items", dumptest.ListOf(n, dumptest.User)))
		return dumpbuild.New().NoHeader().Global("svc", dumptest.Object("Service", dumptest.To("cache", dumptest.Array(dumptest.To("a", cache))))).Dump().PrintUsual()
	}
	s := NewSeries(SeriesOptions{})
	for at := range 3 {
		AddDump(t, s, at, program(1000+500*at))
	}
	g := s.Growth(DefaultGrowth)
	l := leaks.Find(retaintest.Measured(t, program(2000)), leaks.Options{Threshold: 0.1})
	if len(g.Growing) != 1 || len(l.Suspects) != 1 || g.Growing[0].Fingerprint != l.Suspects[0].Fingerprint {
		t.Errorf("grows %+v; suspects %+v", g.Growing, l.Suspects)
	}
}

func TestUnseenGrowth(t *testing.T) {
	mem := func(usage ...uint64) *Growth {
		s := NewSeries(SeriesOptions{})
		for at, u := range usage {
			b := dumpbuild.New().Memory(u, 8<<20, u, 8<<20)
			b.Global("app", dumptest.Object("App", dumptest.To("list", dumptest.ListOf(100, dumptest.User))))
			AddDump(t, s, at, b.Dump().PrintUsual())
		}
		return s.Growth(DefaultGrowth)
	}
	const k = 1 << 10
	for _, c := range []struct {
		name  string
		usage []uint64
		want  Verdict
	}{
		{"steadily", []uint64{1000 * k, 1300 * k, 1600 * k}, Unexplained},
		{"less than the limit", []uint64{1000 * k, 1200 * k, 1400 * k}, CleanSeries},
		{"not in every interval", []uint64{1000 * k, 2000 * k, 2000 * k}, CleanSeries},
		{"only in the warm-up", []uint64{1000 * k, 9000 * k, 9010 * k, 9020 * k}, CleanSeries},
		{"after the warm-up", []uint64{1000 * k, 1000 * k, 1300 * k, 1600 * k}, Unexplained},
	} {
		if g := mem(c.usage...); g.Verdict != c.want {
			t.Errorf("%s: %s %v", c.name, g.Verdict, g.Unexplained)
		}
	}
}

// The property tables that one dump makes PHP build are in the next one's
// header.
func TestPropertyTablesAreNoGrowth(t *testing.T) {
	const table, objects = 376, 2000
	s := NewSeries(SeriesOptions{})
	for at := range 3 {
		usage := uint64(2_000_000 + 1_000_000*at)
		if at > 0 {
			usage += uint64(table * objects * at)
		}
		b := dumpbuild.New().Memory(usage, 64<<20, usage, 64<<20)
		b.Global("list", dumptest.ListOf(objects*(at+1), func(i int) *dumpbuild.Node {
			at := uint64(0x7f0010000000 + i*0x100)
			return dumptest.Object("Thing", dumptest.To("a", dumptest.Scalar("int").At(at+40)), dumptest.To("b", dumptest.Scalar("int").At(at+56))).At(at)
		}))
		AddDump(t, s, at, b.Dump().PrintUsual())
	}
	g := s.Growth(DefaultGrowth)
	if g.Snapshots[0].Rebuilt != 0 || g.Snapshots[2].Rebuilt != 2*objects*table {
		t.Errorf("tables of %d, %d bytes", g.Snapshots[0].Rebuilt, g.Snapshots[2].Rebuilt)
	}
}

func TestSeriesCaveats(t *testing.T) {
	program := func(n int) []byte {
		return dumpbuild.New().NoHeader().Global("list", dumptest.ListOf(n, dumptest.User)).Dump().PrintUsual()
	}
	other := dumpbuild.New().NoHeader().Static("Entirely::different", dumptest.Array(dumptest.To("x", dumptest.Object("Other", dumptest.To("y", dumptest.Object("Thing")))))).
		Global("z", dumptest.Object("Z")).Global("q", dumptest.Object("Q")).Global("r", dumptest.Object("R")).Dump().PrintUsual()
	withPeak := func(peak uint64) []byte {
		return dumpbuild.New().Memory(500_000, 2<<20, peak, 2<<20).Global("list", dumptest.ListOf(10, dumptest.User)).Dump().PrintUsual()
	}
	cut := program(60)
	cut = cut[:len(cut)-400]
	for _, c := range []struct {
		name     string
		dumps    [][]byte
		explicit bool
		want     []CaveatKind
	}{
		{"none", nil, false, []CaveatKind{TooFewDumps}},
		{"one", [][]byte{program(10)}, true, []CaveatKind{TooFewDumps}},
		{"two", [][]byte{program(10), program(20)}, false, []CaveatKind{TooFewDumps}},
		{"two, and limits", [][]byte{program(10), program(20)}, true, nil},
		{"cut off", [][]byte{program(10), program(20), cut}, false, []CaveatKind{EndsEarly}},
		{"the head lost", [][]byte{program(10)[400:], program(20)[400:], program(40)[400:]}, false, []CaveatKind{EndsEarly, EndsEarly, EndsEarly}},
		{"two in one file", [][]byte{program(10), append(program(20), program(30)...), program(40)}, false, []CaveatKind{EndsEarly}},
		{"empty", [][]byte{program(10), program(20), dumpbuild.New().NoHeader().Dump().PrintUsual()}, false, []CaveatKind{NoItems}},
		{"started anew", [][]byte{withPeak(900_000), withPeak(950_000), withPeak(600_000)}, false, []CaveatKind{Restarted}},
		{"another process", [][]byte{program(10), program(20), other}, false, []CaveatKind{Shrunk}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewSeries(SeriesOptions{})
			for at, text := range c.dumps {
				AddDump(t, s, at, text)
			}
			o := DefaultGrowth
			o.Explicit = c.explicit
			g := s.Growth(o)
			var got []CaveatKind
			for _, d := range g.Caveats {
				got = append(got, d.Kind)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("caveats %v, want %v", g.Caveats, c.want)
			}
			if (g.Verdict == Inconclusive) != (len(c.want) > 0) {
				t.Errorf("verdict %s", g.Verdict)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	s := seriesOfPrograms(t, 2, func(b *dumpbuild.Builder, at int) {
		b.Global("svc", dumptest.Object("Service", dumptest.To("log", dumptest.ListOf(5+3*at, dumptest.User)), dumptest.To("page", dumptest.Text(uint64(100+50*at)))))
		if at == 1 {
			b.Static("Late::it", dumptest.Object("Late"))
		}
	})
	d := s.Diff(DiffOptions{})
	line := func(c *Change) string {
		return fmt.Sprintf("%s %s%s %d→%d", c.Path, c.Type, c.Class, c.Before.Count, c.After.Count)
	}
	var classes, paths []string
	for i := range d.Classes {
		classes = append(classes, line(&d.Classes[i]))
	}
	for i := range d.Paths {
		paths = append(paths, line(&d.Paths[i]))
	}
	if want := []string{` objectApp\User 5→8`, " string 11→17", " objectLate 0→1", " array 2→2"}; !sameLines(classes, want[:3]) {
		t.Errorf("classes %q", classes)
	}
	if want := []string{`$svc->log objectApp\User 5→8`, "$svc->page string 1→1", "Late::$it objectLate 0→1", "$request array 0→3"}; !sameLines(paths, want) {
		t.Errorf("paths %q", paths)
	}
	if d := s.Diff(DiffOptions{Limit: 1}); len(d.Paths) != 1 || d.CutPaths != 3 {
		t.Errorf("%d paths, %d cut", len(d.Paths), d.CutPaths)
	}
}

// sameLines compares in any order; got may have an array more or less.
func sameLines(got, want []string) bool {
	got, want = slices.Clone(got), slices.Clone(want)
	got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, " array") })
	slices.Sort(got)
	slices.Sort(want)
	return slices.Equal(got, want)
}
