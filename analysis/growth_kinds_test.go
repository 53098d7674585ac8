package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"memtrail/internal/dumpbuild"
)

// classLines are a place's classes, with what there is of each.
func classLines(w *Grower) (lines []string) {
	for _, c := range w.PerClass {
		lines = append(lines, fmt.Sprintf("%s %s %v %+g", c.Type, c.Class, c.Counts, c.PerInterval.Count))
	}
	return lines
}

func entity(class string) *dumpbuild.Node { return object(class, to("name", text(40))) }

// A place is told by class: each with its own counts, and what does not change is
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
			b.Static("Repo::loaded", array(
				to("Invoice", listOf(n, func(int) *dumpbuild.Node { return entity("Invoice") })),
				to("Customer", listOf(n, func(int) *dumpbuild.Node { return entity("Customer") }))))
		}, "Repo::$loaded[*]", []string{"object Customer [100 200 300] +100", "object Invoice [100 200 300] +100"}},
		{"in one list, unlike rates", func(b *dumpbuild.Builder, at int) {
			list := array()
			for i := range 100 + 60*at {
				list.Add(fmt.Sprint(len("x")*i), entity([]string{"Order", "Order", "Line"}[i%3]))
			}
			b.Global("list", list)
		}, "$list", []string{"object Order [67 107 147] +40", "object Line [33 53 73] +20"}},
		{"one of them stays", func(b *dumpbuild.Builder, at int) {
			list := array()
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
			list := array()
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
			b.Global("mocks", listOf(20+20*at, func(i int) *dumpbuild.Node { return entity(fmt.Sprintf("Mock_Repo_%08x", 0x3fa9c2d1+i*7919)) }))
		}, "$mocks", []string{"object Mock_Repo_# [20 40 60] +20"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := seriesOfPrograms(t, 3, c.build).Growth(defaultGrowth)
			checkBalance(t, g)
			if len(g.Growing) != 1 || anyKey(g.Growing[0].Path) != anyKey(c.want) {
				t.Fatalf("%q", growthLines(g))
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
			b.Global("request", array()) // moves everything
		}
		c.build(b, at)
		last = b.Dump().PrintUsual()
		addDump(t, s, at, last)
	}
	g := s.Growth(defaultGrowth)
	checkBalance(t, g)
	checkSameMarks(t, g, last)
	return g
}

// What fills slots, hangs on what is there already, or is of a kind of its own.
func TestKindsOfGrowth(t *testing.T) {
	slots := func(n, full int, make func(i int) *dumpbuild.Node) *dumpbuild.Node {
		return listOf(n, func(i int) *dumpbuild.Node {
			if i < full {
				return make(i)
			}
			return scalar("null").At(uint64(0x7f5500000000 + 16*i)) // in the array's own slots
		})
	}
	literal := text(12)
	for _, c := range []growthCase{
		{name: "null becomes an object, in slots", build: func(b *dumpbuild.Builder, at int) {
			ring := object("SplFixedArray")
			for i := range 400 {
				if i < 50+50*at {
					ring.Add(fmt.Sprint(i), user(i))
				} else {
					ring.Add(fmt.Sprint(i), scalar("null").At(uint64(0x7f5500000000+16*i)))
				}
			}
			b.Global("ring", ring)
		}, want: `$ring: objectApp\User [50 100 150]`},
		{name: "null becomes an object, in a property: the topmost place", build: func(b *dumpbuild.Builder, at int) {
			b.Global("suite", object("Suite", to("tests", listOf(600, func(i int) *dumpbuild.Node {
				test := object("Test")
				if i < 100*(at+1) {
					return test.Add("repository", object("Mock", to("invocation", object("Invocation", to("name", text(200))))))
				}
				return test.Add("repository", scalar("null"))
			}))))
		}, want: `$suite->tests[*]->repository: objectMock [100 200 300]`},
		{name: "literals in slots take nothing", build: func(b *dumpbuild.Builder, at int) {
			b.Global("board", object("Board", to("cells", listOf(600, func(i int) *dumpbuild.Node {
				cell := object("Cell")
				if i < 150*(at+1) {
					return cell.Add("mark", text(12))
				}
				return cell.Add("mark", scalar("null"))
			}))))
		}, usage: func(int) uint64 { return 1_000_000 }},
		{name: "one literal in slots", build: func(b *dumpbuild.Builder, at int) {
			b.Global("cells", slots(600, 150*(at+1), func(int) *dumpbuild.Node { return literal }))
		}, usage: func(int) uint64 { return 1_000_000 }},
		{name: "strings in slots that memory_usage has", build: func(b *dumpbuild.Builder, at int) {
			b.Global("board", object("Board", to("cells", listOf(900, func(i int) *dumpbuild.Node {
				cell := object("Cell")
				if i < 150*(at+1) {
					return cell.Add("note", text(600))
				}
				return cell.Add("note", scalar("null"))
			}))))
		}, usage: func(at int) uint64 { return uint64(1_000_000 + 150*640*at) }, want: `$board->cells[*]->note: string [150 300 450]`},
		{name: "a list of few shared elements", build: func(b *dumpbuild.Builder, at int) {
			cases := users(3)
			b.Global("states", listOf(3, func(i int) *dumpbuild.Node { return cases[i] }))
			b.Global("machine", object("Machine", to("history", listOf(1800*(at+1), func(i int) *dumpbuild.Node { return cases[i%3] }))))
		}, want: `$machine->history: objectApp\User [1800 3600 5400]`},
		{name: "keys are the weight", build: func(b *dumpbuild.Builder, at int) {
			b.Global("seen", keyed(4*(at+1), func(i int) string { return fmt.Sprint(i) + strings.Repeat("x", 200<<10) }, func(int) *dumpbuild.Node { return scalar("bool") }))
		}, want: `$seen: bool [4 8 12]`},
		{name: "the head of a chain", build: func(b *dumpbuild.Builder, at int) {
			n := object("Handler", to("name", text(30)))
			for range 60 + 40*at {
				n = object("Handler", to("name", text(30)), to("inner", n))
			}
			b.Global("kernel", object("Kernel", to("handler", n)))
		}, want: `$kernel->handler: objectHandler [60 100 140]`},
		{name: "a broad tree: the array that is added to", build: func(b *dumpbuild.Builder, at int) {
			render := func() *dumpbuild.Node {
				return object("Profile", to("name", text(30)), to("profiles", listOf(2, func(int) *dumpbuild.Node {
					return object("Profile", to("name", text(30)), to("profiles", array()))
				})))
			}
			b.Global("twig", object("Twig", to("profile", object("Profile", to("name", text(30)),
				to("profiles", listOf(50+40*at, func(int) *dumpbuild.Node { return render() }))))))
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
					t.Errorf("%d dumps: %q, want %q", dumps, growthLines(g), c.want)
				}
			}
		})
	}
}

// A function that calls itself is named, with the number of its frames.
func TestRecursion(t *testing.T) {
	c := growthCase{build: func(b *dumpbuild.Builder, at int) {
		b.Global("app", object("App"))
		for i := range 40 + 80*at {
			b.Frame("Consumer->wait()", "message", object("Message", to("body", text(uint64(100+i%5)))))
			b.Frame("Consumer->wait()", "timeout", scalar("int"))
		}
		b.Frame("main()", "argc", scalar("int"))
	}}
	g := c.run(t, 3)
	if len(g.Growing) != 1 {
		t.Fatalf("%q", growthLines(g))
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
	n := object("Closure")
	if len(captures) > 0 {
		static := array()
		for _, c := range captures {
			static.Add(c, text(50))
		}
		n.Add("static", static)
	}
	if this != nil {
		n.Add("this", this)
	}
	return n
}

// The makers of closures are told by what they are bound to and what they
// capture, the most frequent first.
func TestMakers(t *testing.T) {
	c := growthCase{build: func(b *dumpbuild.Builder, at int) {
		compiler, view := object(`App\Compiler`), object(`App\View`)
		b.Global("compiler", compiler).Global("view", view)
		b.Global("app", object("App", to("callbacks", listOf(100*(at+1), func(i int) *dumpbuild.Node {
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
		t.Fatalf("%q", growthLines(g))
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
		b.Global("seen", keyed(6*(at+1), func(i int) string { return fmt.Sprint(i) + strings.Repeat("x", key) }, func(int) *dumpbuild.Node { return scalar("bool") }))
	}}
	g := c.run(t, 3)
	if len(g.Growing) != 1 || len(g.Growing[0].KeyBytes) != 3 {
		t.Fatalf("%q", growthLines(g))
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
			b.Static("Cache"+letter+"::text", object("Box"+letter, to("v", text(uint64(n)))))
		}
	}}
	g := c.run(t, 3)
	if g.Verdict != Leaking || len(g.Growing) == 0 {
		t.Fatalf("%s", g.Verdict)
	}
	for i := range g.Growing {
		if w := &g.Growing[i]; w.Path == ManyPlaces {
			if w.Fingerprint != fingerprintOf(ManyPlaces) || w.PerInterval.Bytes < DefaultMaxUnseen {
				t.Errorf("%+v", w)
			}
			return
		}
	}
	t.Errorf("%q", growthLines(g))
}

// Items that no root reaches grow under a name of their own.
func TestUnreachableGrowth(t *testing.T) {
	c := growthCase{build: func(b *dumpbuild.Builder, at int) {
		b.Global("app", object("App", to("list", listOf(30, user))))
		for i := range 100 * (at + 1) {
			b.Item(uint64(0x7f0020000000+i*0x100), "object").Class("Orphan").Size(72).Handle(1000 + i).NoChildren()
		}
	}}
	g := c.run(t, 3)
	if g.Verdict != Leaking || len(g.Growing) != 1 || g.Growing[0].Holds.Class != "Orphan" {
		t.Fatalf("%s %v %q", g.Verdict, g.Doubts, growthLines(g))
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
			b := dumpbuild.New().Memory(u*m, 256*m, 200*m, 256*m).Global("app", object("App", to("x", text(uint64(10+at)))))
			addDump(t, s, at, b.Dump().PrintUsual())
		}
		o := defaultGrowth
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
		b.Global("pool", listOf(2000-600*at, user))
		b.Global("done", listOf(200+600*at, user))
	}, usage: func(int) uint64 { return 2_000_000 }}
	g := c.run(t, 3)
	if len(g.Growing) != 1 || g.Growing[0].Path != "$done" {
		t.Fatalf("%q", growthLines(g))
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
		b.Global("state", array(to("log", text(uint64(10_000+9000*at))), to("user", user(0)), to("tags", listOf(3, user)), to("n", scalar("int"))))
	}}
	g := c.run(t, 3)
	if len(g.Growing) != 1 || growthLine(&g.Growing[0]) != `$state["log"]: string [1 1 1]` || g.Growing[0].PerInterval.Count != 0 {
		t.Errorf("%q", growthLines(g))
	}
}

// What two services hold is one finding, and both of their tables are in it.
func TestParallelInTwoServices(t *testing.T) {
	for _, n := range []int{3, 6} {
		c := growthCase{build: func(b *dumpbuild.Builder, i int) {
			all := users(200 * (i + 1))
			b.Global("app", object("App",
				to("repo", object("Repository", to("byId", listOf(len(all), at(all))))),
				to("index", object("Index", to("sorted", object("Sorted", to("byName", keyed(len(all), numbered("name-%d"), at(all)))))))))
		}}
		g := c.run(t, n)
		if len(g.Growing) != 1 || g.Growing[0].Path != "$app->repo->byId" || !slices.Contains(g.Growing[0].Also, "$app->index->sorted->byName") {
			t.Errorf("%d dumps: %q", n, growthLines(g))
		}
	}
}
