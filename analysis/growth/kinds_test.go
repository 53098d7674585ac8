package growth

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis/paths"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// classLines are a place's classes, with what there is of each.
func classLines(w *GrowingPlace) (lines []string) {
	for _, c := range w.PerClass {
		lines = append(lines, fmt.Sprintf("%s %s %v %+g", c.Type, c.Class, c.Counts, c.PerInterval.Count))
	}
	return lines
}

func entity(class string) *dumpbuild.Node {
	return dumptest.Object(class, dumptest.To("name", dumptest.Text(40)))
}

// A place has a row for each class: each with its own counts, and what does not change is
// left out.
func TestPerClass(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(b *dumpbuild.Builder, at int)
		want  string
		lines []string
	}{
		{"two lists of one repository", func(b *dumpbuild.Builder, at int) {
			n := 100 * (at + 1)
			b.Static("Repo::loaded", dumptest.Array(
				dumptest.To("Invoice", dumptest.ListOf(n, func(int) *dumpbuild.Node { return entity("Invoice") })),
				dumptest.To("Customer", dumptest.ListOf(n, func(int) *dumpbuild.Node { return entity("Customer") }))))
		}, "Repo::$loaded[*]", []string{"object Customer [100 200 300] +100", "object Invoice [100 200 300] +100"}},
		{"in one list, unlike rates", func(b *dumpbuild.Builder, at int) {
			list := dumptest.Array()
			for i := range 100 + 60*at {
				list.Add(fmt.Sprint(len("x")*i), entity([]string{"Order", "Order", "Line"}[i%3]))
			}
			b.Global("list", list)
		}, "$list", []string{"object Order [67 107 147] +40", "object Line [33 53 73] +20"}},
		{"one of them stays", func(b *dumpbuild.Builder, at int) {
			list := dumptest.Array()
			for i := range 100 + 60*at {
				class := "Line"
				if i < 50 {
					class = "Order"
				}
				list.Add(fmt.Sprint(i), entity(class))
			}
			b.Global("list", list)
		}, "$list", []string{"object Line [50 110 170] +60"}},
		{"one of them goes", func(b *dumpbuild.Builder, at int) {
			list := dumptest.Array()
			for i := range 100 + 60*at {
				class := "Line"
				if i < 50-10*at {
					class = "Order"
				}
				list.Add(fmt.Sprint(i), entity(class))
			}
			b.Global("list", list)
		}, "$list", []string{"object Line [50 120 190] +70", "object Order [50 40 30] -10"}},
		{"generated classes are one", func(b *dumpbuild.Builder, at int) {
			b.Global("mocks", dumptest.ListOf(20+20*at, func(i int) *dumpbuild.Node { return entity(fmt.Sprintf("Mock_Repo_%08x", 0x3fa9c2d1+i*7919)) }))
		}, "$mocks", []string{"object Mock_Repo_# [20 40 60] +20"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := seriesOfPrograms(t, 3, c.build).Growth(DefaultGrowth)
			CheckBalance(t, g)
			if len(g.Growing) != 1 || AnyKey(g.Growing[0].Path) != AnyKey(c.want) {
				t.Fatalf("%q", GrowthLines(g))
			}
			w := &g.Growing[0]
			if got := classLines(w); !slices.Equal(got, c.lines) {
				t.Errorf("got  %q\nwant %q", got, c.lines)
			}
			sum := 0.0
			for _, p := range w.PerClass {
				sum += p.PerInterval.Count
			}
			if math.Abs(sum-w.PerInterval.Count) > 1e-9 {
				t.Errorf("the classes come to %v per interval, the place to %v", sum, w.PerInterval.Count)
			}
		})
	}
}

// growthCase is one kind of growth, and what is told of it.
type growthCase struct {
	name  string
	build func(b *dumpbuild.Builder, at int)
	want  string // path, holds and counts; "" for nothing
	usage func(at int) uint64
}

func (c *growthCase) run(t *testing.T, dumps int) *Growth {
	t.Helper()
	s := NewSeries(SeriesOptions{})
	var last []byte
	for at := range dumps {
		b := dumpbuild.New().NoHeader()
		if c.usage != nil {
			u := c.usage(at)
			b = dumpbuild.New().Memory(u, 64<<20, u, 64<<20)
		}
		for range at {
			b.Global("request", dumptest.Array()) // moves everything
		}
		c.build(b, at)
		last = b.Dump().PrintUsual()
		AddDump(t, s, at, last)
	}
	g := s.Growth(DefaultGrowth)
	CheckBalance(t, g)
	checkSameMarks(t, g, last)
	return g
}

// What fills slots, hangs on what is there already, or is of a kind of its own.
func TestKindsOfGrowth(t *testing.T) {
	slots := func(n, full int, make func(i int) *dumpbuild.Node) *dumpbuild.Node {
		return dumptest.ListOf(n, func(i int) *dumpbuild.Node {
			if i < full {
				return make(i)
			}
			return dumptest.Scalar("null").At(uint64(0x7f5500000000 + 16*i)) // in the array's own slots
		})
	}
	literal := dumptest.Text(12)
	for _, c := range []growthCase{
		{name: "null becomes an object, in slots", build: func(b *dumpbuild.Builder, at int) {
			ring := dumptest.Object("SplFixedArray")
			for i := range 400 {
				if i < 50+50*at {
					ring.Add(fmt.Sprint(i), dumptest.User(i))
				} else {
					ring.Add(fmt.Sprint(i), dumptest.Scalar("null").At(uint64(0x7f5500000000+16*i)))
				}
			}
			b.Global("ring", ring)
		}, want: `$ring: objectApp\User [50 100 150]`},
		{name: "null becomes an object, in a property: the topmost place", build: func(b *dumpbuild.Builder, at int) {
			b.Global("suite", dumptest.Object("Suite", dumptest.To("tests", dumptest.ListOf(600, func(i int) *dumpbuild.Node {
				test := dumptest.Object("Test")
				if i < 100*(at+1) {
					return test.Add("repository", dumptest.Object("Mock", dumptest.To("invocation", dumptest.Object("Invocation", dumptest.To("name", dumptest.Text(200))))))
				}
				return test.Add("repository", dumptest.Scalar("null"))
			}))))
		}, want: `$suite->tests[*]->repository: objectMock [100 200 300]`},
		{name: "literals in slots take nothing", build: func(b *dumpbuild.Builder, at int) {
			b.Global("board", dumptest.Object("Board", dumptest.To("cells", dumptest.ListOf(600, func(i int) *dumpbuild.Node {
				cell := dumptest.Object("Cell")
				if i < 150*(at+1) {
					return cell.Add("mark", dumptest.Text(12))
				}
				return cell.Add("mark", dumptest.Scalar("null"))
			}))))
		}, usage: func(int) uint64 { return 1_000_000 }},
		{name: "one literal in slots", build: func(b *dumpbuild.Builder, at int) {
			b.Global("cells", slots(600, 150*(at+1), func(int) *dumpbuild.Node { return literal }))
		}, usage: func(int) uint64 { return 1_000_000 }},
		{name: "strings in slots that memory_usage has", build: func(b *dumpbuild.Builder, at int) {
			b.Global("board", dumptest.Object("Board", dumptest.To("cells", dumptest.ListOf(900, func(i int) *dumpbuild.Node {
				cell := dumptest.Object("Cell")
				if i < 150*(at+1) {
					return cell.Add("note", dumptest.Text(600))
				}
				return cell.Add("note", dumptest.Scalar("null"))
			}))))
		}, usage: func(at int) uint64 { return uint64(1_000_000 + 150*640*at) }, want: `$board->cells[*]->note: string [150 300 450]`},
		{name: "a list of few shared elements", build: func(b *dumpbuild.Builder, at int) {
			cases := dumptest.Users(3)
			b.Global("states", dumptest.ListOf(3, func(i int) *dumpbuild.Node { return cases[i] }))
			b.Global("machine", dumptest.Object("Machine", dumptest.To("history", dumptest.ListOf(1800*(at+1), func(i int) *dumpbuild.Node { return cases[i%3] }))))
		}, want: `$machine->history: objectApp\User [1800 3600 5400]`},
		{name: "keys are the weight", build: func(b *dumpbuild.Builder, at int) {
			b.Global("seen", dumptest.Keyed(4*(at+1), func(i int) string { return fmt.Sprint(i) + strings.Repeat("x", 40<<10) }, func(int) *dumpbuild.Node { return dumptest.Scalar("bool") }))
		}, want: `$seen: bool [4 8 12]`},
		{name: "the head of a chain", build: func(b *dumpbuild.Builder, at int) {
			n := dumptest.Object("Handler", dumptest.To("name", dumptest.Text(30)))
			for range 60 + 40*at {
				n = dumptest.Object("Handler", dumptest.To("name", dumptest.Text(30)), dumptest.To("inner", n))
			}
			b.Global("kernel", dumptest.Object("Kernel", dumptest.To("handler", n)))
		}, want: `$kernel->handler: objectHandler [60 100 140]`},
		{name: "a broad tree: the array that is added to", build: func(b *dumpbuild.Builder, at int) {
			render := func() *dumpbuild.Node {
				return dumptest.Object("Profile", dumptest.To("name", dumptest.Text(30)), dumptest.To("profiles", dumptest.ListOf(2, func(int) *dumpbuild.Node {
					return dumptest.Object("Profile", dumptest.To("name", dumptest.Text(30)), dumptest.To("profiles", dumptest.Array()))
				})))
			}
			b.Global("twig", dumptest.Object("Twig", dumptest.To("profile", dumptest.Object("Profile", dumptest.To("name", dumptest.Text(30)),
				dumptest.To("profiles", dumptest.ListOf(50+40*at, func(int) *dumpbuild.Node { return render() }))))))
		}, want: `$twig->profile->profiles: objectProfile [150 270 390]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, dumps := range []int{3, 6} {
				g := c.run(t, dumps)
				var got string
				if len(g.Growing) > 0 {
					w := g.Growing[0]
					w.Counts, w.Also = w.Counts[:3], nil
					got = growthLine(&w)
				}
				if got != c.want || len(g.Growing) > 1 {
					t.Errorf("%d dumps: %q, want %q", dumps, GrowthLines(g), c.want)
				}
			}
		})
	}
}

// A function that calls itself is named, with the number of its frames.
func TestRecursion(t *testing.T) {
	c := growthCase{build: func(b *dumpbuild.Builder, at int) {
		b.Global("app", dumptest.Object("App"))
		for i := range 40 + 80*at {
			b.Frame("Consumer->wait()", "message", dumptest.Object("Message", dumptest.To("body", dumptest.Text(uint64(100+i%5)))))
			b.Frame("Consumer->wait()", "timeout", dumptest.Scalar("int"))
		}
		b.Frame("main()", "argc", dumptest.Scalar("int"))
	}}
	g := c.run(t, 3)
	if len(g.Growing) != 1 {
		t.Fatalf("%q", GrowthLines(g))
	}
	w := &g.Growing[0]
	if w.Frame != "Consumer->wait()" || !slices.Equal(w.Frames, []uint64{40, 120, 200}) || w.Holds.Class != "Message" {
		t.Errorf("%s: %q %v holds %v", w.Path, w.Frame, w.Frames, w.Holds)
	}
	if w.PerInterval.Count != 80 {
		t.Errorf("%v per interval", w.PerInterval)
	}
}

// closureOf is a closure as php-meminfo shows it.
func closureOf(this *dumpbuild.Node, captures ...string) *dumpbuild.Node {
	n := dumptest.Object("Closure")
	if len(captures) > 0 {
		static := dumptest.Array()
		for _, c := range captures {
			static.Add(c, dumptest.Text(50))
		}
		n.Add("static", static)
	}
	if this != nil {
		n.Add("this", this)
	}
	return n
}

// What closures are bound to and what they capture identifies their makers, the most frequent first.
func TestMakers(t *testing.T) {
	c := growthCase{build: func(b *dumpbuild.Builder, at int) {
		compiler, view := dumptest.Object(`App\Compiler`), dumptest.Object(`App\View`)
		b.Global("compiler", compiler).Global("view", view)
		b.Global("app", dumptest.Object("App", dumptest.To("callbacks", dumptest.ListOf(100*(at+1), func(i int) *dumpbuild.Node {
			switch {
			case i%10 < 6:
				return closureOf(compiler, "path", "data")
			case i%10 < 9:
				return closureOf(nil, "job")
			}
			return closureOf(view)
		}))))
	}}
	g := c.run(t, 3)
	if len(g.Growing) != 1 {
		t.Fatalf("%q", GrowthLines(g))
	}
	var got []string
	for _, m := range g.Growing[0].Makers {
		got = append(got, fmt.Sprintf("%s %v %.1f", m.This, m.Captures, m.Share))
	}
	if want := []string{`App\Compiler [path data] 0.6`, ` [job] 0.3`, `App\View [] 0.1`}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Keys and tables are a part of what a place takes, and told.
func TestKeyBytes(t *testing.T) {
	const key = 64 << 10
	c := growthCase{build: func(b *dumpbuild.Builder, at int) {
		b.Global("seen", dumptest.Keyed(6*(at+1), func(i int) string { return fmt.Sprint(i) + strings.Repeat("x", key) }, func(int) *dumpbuild.Node { return dumptest.Scalar("bool") }))
	}}
	g := c.run(t, 3)
	if len(g.Growing) != 1 || len(g.Growing[0].KeyBytes) != 3 {
		t.Fatalf("%q", GrowthLines(g))
	}
	w := &g.Growing[0]
	for d, n := range w.KeyBytes {
		if least, most := uint64(6*(d+1)*key), uint64(6*(d+1)*(key+8<<10)+1000); n < least || n > most || w.Bytes[d] < n {
			t.Errorf("dump %d: keys and table take %d, all %d; want %d to %d", d+1, n, w.Bytes[d], least, most)
		}
	}
}

// What grows everywhere a little is one finding, and not more than one.
func TestManySmallPlaces(t *testing.T) {
	c := growthCase{build: func(b *dumpbuild.Builder, at int) {
		// A different place each time: none of them grows all along.
		for i := range 60 {
			letter := string(rune('A'+i/26)) + string(rune('a'+i%26))
			n := 20
			if i%3 <= at%3 || i < 20*at {
				n = 20_000 + 5000*at
			}
			b.Static("Cache"+letter+"::text", dumptest.Object("Box"+letter, dumptest.To("v", dumptest.Text(uint64(n)))))
		}
	}}
	g := c.run(t, 3)
	if g.Verdict != Leaking || len(g.Growing) == 0 {
		t.Fatalf("%s", g.Verdict)
	}
	for i := range g.Growing {
		if w := &g.Growing[i]; w.Path == ManyPlaces {
			if w.Fingerprint != paths.Fingerprint(ManyPlaces) || w.PerInterval.Bytes < DefaultMaxUnexplained {
				t.Errorf("%+v", w)
			}
			return
		}
	}
	t.Errorf("%q", GrowthLines(g))
}

// Items that no root reaches grow under a name of their own.
func TestUnreachableGrowth(t *testing.T) {
	c := growthCase{build: func(b *dumpbuild.Builder, at int) {
		b.Global("app", dumptest.Object("App", dumptest.To("list", dumptest.ListOf(30, dumptest.User))))
		for i := range 100 * (at + 1) {
			b.Item(uint64(0x7f0020000000+i*0x100), "object").Class("Orphan").Size(72).Handle(1000 + i).NoChildren()
		}
	}}
	g := c.run(t, 3)
	if g.Verdict != Leaking || len(g.Growing) != 1 || g.Growing[0].Holds.Class != "Orphan" {
		t.Fatalf("%s %v %q", g.Verdict, g.Caveats, GrowthLines(g))
	}
	if got := g.Growing[0].Counts; !slices.Equal(got, []uint64{100, 200, 300}) {
		t.Errorf("%v", got)
	}
}

// The memory limit is reached by memory_usage, whatever explains it.
func TestExhaustion(t *testing.T) {
	const m = 1 << 20
	for _, c := range []struct {
		name  string
		usage []uint64 // MiB
		limit uint64
		want  Exhaustion
	}{
		{"none", []uint64{10, 20, 30}, 0, Exhaustion{}},
		{"in some intervals", []uint64{10, 20, 30}, 128 * m, Exhaustion{Limit: 128 * m, Intervals: 10}},
		{"in the next", []uint64{10, 20, 30}, 30*m + 1, Exhaustion{Limit: 30*m + 1, Intervals: 1}},
		{"reached", []uint64{10, 20, 30}, 30 * m, Exhaustion{Limit: 30 * m, Exceeded: true}},
		{"exceeded", []uint64{10, 20, 30}, 8 * m, Exhaustion{Limit: 8 * m, Exceeded: true}},
		{"never", []uint64{30, 30, 30}, 128 * m, Exhaustion{Limit: 128 * m}},
		{"falls", []uint64{30, 20, 10}, 128 * m, Exhaustion{Limit: 128 * m}},
		{"without the warm-up", []uint64{1, 20, 30, 40}, 128 * m, Exhaustion{Limit: 128 * m, Intervals: 9}},
	} {
		s := NewSeries(SeriesOptions{})
		for at, u := range c.usage {
			b := dumpbuild.New().Memory(u*m, 256*m, 200*m, 256*m).Global("app", dumptest.Object("App", dumptest.To("x", dumptest.Text(uint64(10+at)))))
			AddDump(t, s, at, b.Dump().PrintUsual())
		}
		o := DefaultGrowth
		o.MemoryLimit = c.limit
		if got := s.Growth(o).Exhaustion; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// Places that grow faster than memory_usage: what there is more of in them went
// elsewhere, or was counted too much. The balance says which.
func TestFasterThanMemory(t *testing.T) {
	c := growthCase{build: func(b *dumpbuild.Builder, at int) {
		b.Global("pool", dumptest.ListOf(2000-600*at, dumptest.User))
		b.Global("done", dumptest.ListOf(200+600*at, dumptest.User))
	}, usage: func(int) uint64 { return 2_000_000 }}
	g := c.run(t, 3)
	if len(g.Growing) != 1 || g.Growing[0].Path != "$done" {
		t.Fatalf("%q", GrowthLines(g))
	}
	if b := g.Balance; b.MemoryUsage != 0 || b.Growing <= 0 || b.Other >= 0 || math.Abs(float64(b.Growing+b.Other)) > 0.1*float64(b.Growing) {
		t.Errorf("%+v", b)
	}
	if g.UsageRate != 0 || g.Growing[0].PerInterval.Bytes <= 0 {
		t.Errorf("%v, %v", g.UsageRate, g.Growing[0].PerInterval)
	}
}

// A string that grows beside other things in an array is one string.
func TestStringAmongOthers(t *testing.T) {
	c := growthCase{build: func(b *dumpbuild.Builder, at int) {
		b.Global("state", dumptest.Array(dumptest.To("log", dumptest.Text(uint64(10_000+9000*at))), dumptest.To("user", dumptest.User(0)), dumptest.To("tags", dumptest.ListOf(3, dumptest.User)), dumptest.To("n", dumptest.Scalar("int"))))
	}}
	g := c.run(t, 3)
	if len(g.Growing) != 1 || growthLine(&g.Growing[0]) != `$state["log"]: string [1 1 1]` || g.Growing[0].PerInterval.Count != 0 {
		t.Errorf("%q", GrowthLines(g))
	}
}

// What two services hold is one finding, and both of their tables are in it.
func TestParallelInTwoServices(t *testing.T) {
	for _, n := range []int{3, 6} {
		c := growthCase{build: func(b *dumpbuild.Builder, i int) {
			all := dumptest.Users(200 * (i + 1))
			b.Global("app", dumptest.Object("App",
				dumptest.To("repo", dumptest.Object("Repository", dumptest.To("byId", dumptest.ListOf(len(all), dumptest.At(all))))),
				dumptest.To("index", dumptest.Object("Index", dumptest.To("sorted", dumptest.Object("Sorted", dumptest.To("byName", dumptest.Keyed(len(all), dumptest.Numbered("name-%d"), dumptest.At(all)))))))))
		}}
		g := c.run(t, n)
		if len(g.Growing) != 1 || g.Growing[0].Path != "$app->repo->byId" || !slices.Contains(g.Growing[0].Also, "$app->index->sorted->byName") {
			t.Errorf("%d dumps: %q", n, GrowthLines(g))
		}
	}
}

// A function that goes through a list holds a copy of it, and a dump may reach the
// members by that. The place that the program has is told once, whichever of the two
// leads to them in a dump.
func TestCopyOfAList(t *testing.T) {
	for name, running := range map[string]func(at int) bool{
		"in all dumps":   func(int) bool { return true },
		"in none":        func(int) bool { return false },
		"in some":        func(at int) bool { return at%2 == 0 },
		"at the end":     func(at int) bool { return at > 2 },
		"but at the end": func(at int) bool { return at < 5 },
	} {
		g := seriesOfPrograms(t, 6, func(b *dumpbuild.Builder, at int) {
			list, copied := dumpbuild.NewArray(), dumpbuild.NewArray()
			for i := range 100 * (at + 1) {
				c := dumpbuild.NewObject("Callback", dumpbuild.To("name", dumpbuild.NewString(40)))
				list.Add(fmt.Sprint(i), c)
				copied.Add(fmt.Sprint(i), c)
			}
			if running(at) {
				b.Frame("Application->terminate()", "(temporary)", copied)
			}
			b.Global("worker", dumpbuild.NewObject("Worker", dumpbuild.To("app", dumpbuild.NewObject("Application", dumpbuild.To("callbacks", list)))))
		}).Growth(Options{MinCount: DefaultMinCount, MinBytes: DefaultMinBytes, MaxUnexplained: DefaultMaxUnexplained})
		if len(g.Growing) != 1 {
			t.Errorf("%s: %d places grow: %+v", name, len(g.Growing), g.Growing)
			continue
		}
		w := &g.Growing[0]
		if w.Path != "$worker->app->callbacks" || w.Holds.Class != "Callback" || w.PerInterval.Count != 100 {
			t.Errorf("%s: %s grows by %v %s", name, w.Path, w.PerInterval.Count, w.Holds.Class)
		}
		// Each takes 496 bytes, and its slot in the table; that of a copy may count, too.
		if bytes := w.PerInterval.Bytes; bytes < 52_000 || bytes > 58_000 {
			t.Errorf("%s: by %.0f bytes: %d", name, bytes, w.Bytes)
		}
		if c := w.PerClass; len(c) != 1 || c[0].PerInterval.Count != 100 {
			t.Errorf("%s: by class %+v", name, c)
		}
	}
}
