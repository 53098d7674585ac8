package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"memtrail/internal/dumpbuild"
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
		addDump(t, s, at, b.Dump().PrintUsual())
	}
	return s
}

func addDump(t testing.TB, s *Series, at int, text []byte) {
	t.Helper()
	g, info := build(t, text)
	s.Add(fmt.Sprintf("mem-%d.json", at+1), g, info)
}

var defaultGrowth = GrowthOptions{MinCount: DefaultMinCount, MinBytes: DefaultMinBytes, MaxUnseen: DefaultMaxUnseen}

// growthLine writes what the cases compare.
func growthLine(g *Grower) string {
	line := fmt.Sprintf("%s: %s%s %v", g.Path, g.Holds.Type, strings.TrimPrefix(" "+g.Holds.Class, " "), g.Counts)
	for _, also := range g.Also {
		line += " = " + also
	}
	return line
}

func TestGrowth(t *testing.T) {
	tick := func(int) *dumpbuild.Node { return scalar("int") }
	for _, c := range []struct {
		name  string
		dumps int
		build func(b *dumpbuild.Builder, at int)
		want  []string
	}{
		{"a list", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("svc", object("Service", to("log", listOf(50+20*at, user))))
		}, []string{`$svc->log: objectApp\User [50 70 90]`}},
		{"a list of numbers", 3, func(b *dumpbuild.Builder, at int) {
			b.Static("Stats::samples", listOf(50+20*at, tick))
		}, []string{`Stats::$samples: int [50 70 90]`}},
		{"one path below keys", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("app", array(to("db", object("Pool", to("queries", listOf(50+20*at, user))))))
		}, []string{`$app["db"]->queries: objectApp\User [50 70 90]`}},
		{"many containers", 4, func(b *dumpbuild.Builder, at int) {
			b.Global("server", object("Server", to("conns", keyed(30, numbered("c%d"), func(int) *dumpbuild.Node {
				return object("Conn", to("onClose", listOf(2+at, user)))
			}))))
		}, []string{`$server->conns[*]->onClose: objectApp\User [60 90 120 150]`}},
		{"only the topmost", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("carts", listOf(20+10*at, func(int) *dumpbuild.Node {
				return object("Cart", to("lines", listOf(3, user)))
			}))
		}, []string{`$carts: objectCart [20 30 40]`}},
		{"a chain", 3, func(b *dumpbuild.Builder, at int) {
			n := object("Node", to("value", text(20)))
			for range 100 + 50*at {
				n = object("Node", to("value", text(20)), to("next", n))
			}
			b.Frame("main()", "queue", object("Queue", to("head", n)))
		}, []string{`main() $queue->head: objectNode [100 150 200]`}},
		{"a string", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("log", object("Log", to("buffer", text(uint64(10_000+8_000*at)))))
		}, []string{`$log->buffer: string [1 1 1]`}},
		{"generated variables", 3, func(b *dumpbuild.Builder, at int) {
			for i := range 20 + 10*at {
				b.Global("v"+strconv.Itoa(i), user(i))
			}
		}, []string{`$v#: objectApp\User [20 30 40]`}},
		{"generated properties", 3, func(b *dumpbuild.Builder, at int) {
			o := object("stdClass")
			for i := range 20 + 10*at {
				o.Add(fmt.Sprintf("p_%x7", 1<<20+i*7919), user(i))
			}
			b.Global("bag", o)
		}, []string{`$bag: objectApp\User [20 30 40]`}},
		{"generated classes", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("proxies", listOf(20+10*at, func(i int) *dumpbuild.Node {
				return object(fmt.Sprintf("Proxy_%06x1", 1<<20+i*7919))
			}))
		}, []string{`$proxies: objectProxy_# [20 30 40]`}},
		{"an identity map and its companion", 3, func(b *dumpbuild.Builder, at int) {
			n := 40 + 25*at
			b.Global("uow", object("UnitOfWork", to("entities", listOf(n, user)),
				to("states", keyed(n, numbered("%032x"), tick))))
		}, []string{`$uow->entities: objectApp\User [40 65 90] = $uow->states`}},
		{"an object storage", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("bus", object("SplObjectStorage", to("storage", listOf(30+20*at, func(i int) *dumpbuild.Node {
				return array(to("obj", user(i)), to("inf", scalar("null")))
			}))))
		}, []string{`$bus: objectApp\User [30 50 70]`}},
		{"a container that a variable holds at times", 4, func(b *dumpbuild.Builder, at int) {
			bus := object("Bus", to("recorded", listOf(30+20*at, user)))
			if at%2 == 1 {
				b.Frame("run()", "subject", bus)
			}
			b.Global("app", object("App", to("bus", bus)))
		}, []string{`run() $subject->recorded: objectApp\User [30 50 70 90]`}},
		{"containers of classes that differ, a few more in each", 3, func(b *dumpbuild.Builder, at int) {
			handlers := array()
			for i := range 20 {
				name := strings.TrimPrefix(classNames(i), `App\Entity\`)
				handlers.Add(name, object(name, to("cache", listOf(3+2*at, user))))
			}
			b.Global("handlers", handlers)
		}, []string{`$handlers[*]->cache: objectApp\User [60 100 140]`}},
		{"few more, but full", 5, func(b *dumpbuild.Builder, at int) {
			b.Global("batches", listOf(2+2*at, func(int) *dumpbuild.Node { return object("Batch", to("rows", listOf(20, user))) }))
		}, []string{`$batches: objectBatch [2 4 6 8 10]`}},
		{"a tree's two sides", 3, func(b *dumpbuild.Builder, at int) {
			var grow func(n int) *dumpbuild.Node
			grow = func(n int) *dumpbuild.Node {
				leaf := object("Leaf", to("value", text(10)))
				if n > 1 {
					leaf.Add("left", grow(n/2))
				}
				if n > 2 {
					leaf.Add("right", grow(n-1-n/2))
				}
				return leaf
			}
			b.Global("tree", object("Tree", to("top", grow(60+40*at))))
		}, []string{`$tree->top: objectLeaf [60 100 140]`}},
		{"two containers of the same objects", 3, func(b *dumpbuild.Builder, at int) {
			n := 40 + 30*at
			all := users(n)
			b.Global("dispatcher", object("Dispatcher",
				to("listeners", array(to("x", array(to("0", listOf(n, func(i int) *dumpbuild.Node { return all[i] })))))),
				to("optimized", array(to("x", listOf(n, func(i int) *dumpbuild.Node { return all[i] }))))))
		}, []string{`$dispatcher->listeners["x"][0]: objectApp\User [40 70 100] = $dispatcher->optimized["x"]`}},
		{"properties that the program adds", 3, func(b *dumpbuild.Builder, at int) {
			bag := object("stdClass")
			for i := range 20 + 10*at {
				bag.Add("p"+strings.TrimPrefix(classNames(i), `App\Entity\`), user(i))
			}
			b.Global("bag", bag)
		}, []string{`$bag: objectApp\User [20 30 40]`}},
		{"what is the same", 5, func(b *dumpbuild.Builder, _ int) {
			b.Global("svc", object("Service", to("log", listOf(50, user))))
		}, nil},
		{"a few more, by chance", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("ids", listOf(50+at, tick))
		}, nil},
		{"a few more, but large", 3, func(b *dumpbuild.Builder, at int) {
			b.Global("files", listOf(3+at, func(int) *dumpbuild.Node { return text(100_000) }))
		}, []string{`$files: string [3 4 5]`}},
		{"the warm-up", 4, func(b *dumpbuild.Builder, at int) {
			b.Global("cache", listOf(min(50, 25+25*at), user))
		}, nil},
		{"less than in the warm-up", 4, func(b *dumpbuild.Builder, at int) {
			b.Global("queue", listOf([]int{90, 40, 55, 70}[at], user))
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := seriesOfPrograms(t, c.dumps, c.build).Growth(defaultGrowth)
			checkBalance(t, g)
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
				t.Errorf("verdict %s, doubts %v", g.Verdict, g.Doubts)
			}
		})
	}
}

// With limits above its growth a place is let pass, and so is what hangs on it:
// but not what grows in each of its members as well.
func TestGrowthBelowLimits(t *testing.T) {
	for _, more := range []int{0, 1} {
		g := seriesOfPrograms(t, 4, func(b *dumpbuild.Builder, at int) {
			b.Global("carts", listOf(20+10*at, func(int) *dumpbuild.Node {
				return object("Cart", to("lines", listOf(5+5*more*at, user)))
			}))
		}).Growth(GrowthOptions{MinCount: 11, MinBytes: 1 << 20, MaxUnseen: DefaultMaxUnseen})
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
		cache := object("Cache", to("items", listOf(n, user)))
		return dumpbuild.New().NoHeader().Global("svc", object("Service", to("cache", array(to("a", cache))))).Dump().PrintUsual()
	}
	s := NewSeries(SeriesOptions{})
	for at := range 3 {
		addDump(t, s, at, program(1000+500*at))
	}
	g := s.Growth(defaultGrowth)
	l := retain(t, program(2000)).Leaks(LeaksOptions{Threshold: 0.1})
	if len(g.Growing) != 1 || len(l.Suspects) != 1 || g.Growing[0].Fingerprint != l.Suspects[0].Fingerprint {
		t.Errorf("grows %+v; suspects %+v", g.Growing, l.Suspects)
	}
}

func TestUnseenGrowth(t *testing.T) {
	mem := func(usage ...uint64) *Growth {
		s := NewSeries(SeriesOptions{})
		for at, u := range usage {
			b := dumpbuild.New().Memory(u, 8<<20, u, 8<<20)
			b.Global("app", object("App", to("list", listOf(100, user))))
			addDump(t, s, at, b.Dump().PrintUsual())
		}
		return s.Growth(defaultGrowth)
	}
	const k = 1 << 10
	for _, c := range []struct {
		name  string
		usage []uint64
		want  SeriesVerdict
	}{
		{"steadily", []uint64{1000 * k, 1300 * k, 1600 * k}, Invisible},
		{"less than the limit", []uint64{1000 * k, 1200 * k, 1400 * k}, CleanSeries},
		{"not in every interval", []uint64{1000 * k, 2000 * k, 2000 * k}, CleanSeries},
		{"only in the warm-up", []uint64{1000 * k, 9000 * k, 9010 * k, 9020 * k}, CleanSeries},
		{"after the warm-up", []uint64{1000 * k, 1000 * k, 1300 * k, 1600 * k}, Invisible},
	} {
		if g := mem(c.usage...); g.Verdict != c.want {
			t.Errorf("%s: %s %v", c.name, g.Verdict, g.Unseen)
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
		b.Global("list", listOf(objects*(at+1), func(i int) *dumpbuild.Node {
			at := uint64(0x7f0010000000 + i*0x100)
			return object("Thing", to("a", scalar("int").At(at+40)), to("b", scalar("int").At(at+56))).At(at)
		}))
		addDump(t, s, at, b.Dump().PrintUsual())
	}
	g := s.Growth(defaultGrowth)
	if g.Moments[0].Rebuilt != 0 || g.Moments[2].Rebuilt != 2*objects*table {
		t.Errorf("tables of %d, %d bytes", g.Moments[0].Rebuilt, g.Moments[2].Rebuilt)
	}
}

func TestSeriesDoubts(t *testing.T) {
	program := func(n int) []byte {
		return dumpbuild.New().NoHeader().Global("list", listOf(n, user)).Dump().PrintUsual()
	}
	other := dumpbuild.New().NoHeader().Static("Entirely::different", array(to("x", object("Other", to("y", object("Thing")))))).
		Global("z", object("Z")).Global("q", object("Q")).Global("r", object("R")).Dump().PrintUsual()
	withPeak := func(peak uint64) []byte {
		return dumpbuild.New().Memory(500_000, 2<<20, peak, 2<<20).Global("list", listOf(10, user)).Dump().PrintUsual()
	}
	cut := program(60)
	cut = cut[:len(cut)-400]
	for _, c := range []struct {
		name     string
		dumps    [][]byte
		explicit bool
		want     []DoubtKind
	}{
		{"none", nil, false, []DoubtKind{TooFewDumps}},
		{"one", [][]byte{program(10)}, true, []DoubtKind{TooFewDumps}},
		{"two", [][]byte{program(10), program(20)}, false, []DoubtKind{TooFewDumps}},
		{"two, and limits", [][]byte{program(10), program(20)}, true, nil},
		{"cut off", [][]byte{program(10), program(20), cut}, false, []DoubtKind{EndsEarly}},
		{"the head lost", [][]byte{program(10)[400:], program(20)[400:], program(40)[400:]}, false, []DoubtKind{EndsEarly, EndsEarly, EndsEarly}},
		{"two in one file", [][]byte{program(10), append(program(20), program(30)...), program(40)}, false, []DoubtKind{EndsEarly}},
		{"empty", [][]byte{program(10), program(20), dumpbuild.New().NoHeader().Dump().PrintUsual()}, false, []DoubtKind{NoItems}},
		{"started anew", [][]byte{withPeak(900_000), withPeak(950_000), withPeak(600_000)}, false, []DoubtKind{Restarted}},
		{"another process", [][]byte{program(10), program(20), other}, false, []DoubtKind{Shrunk}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewSeries(SeriesOptions{})
			for at, text := range c.dumps {
				addDump(t, s, at, text)
			}
			o := defaultGrowth
			o.Explicit = c.explicit
			g := s.Growth(o)
			var got []DoubtKind
			for _, d := range g.Doubts {
				got = append(got, d.Kind)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("doubts %v, want %v", g.Doubts, c.want)
			}
			if (g.Verdict == Inconclusive) != (len(c.want) > 0) {
				t.Errorf("verdict %s", g.Verdict)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	s := seriesOfPrograms(t, 2, func(b *dumpbuild.Builder, at int) {
		b.Global("svc", object("Service", to("log", listOf(5+3*at, user)), to("page", text(uint64(100+50*at)))))
		if at == 1 {
			b.Static("Late::it", object("Late"))
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
