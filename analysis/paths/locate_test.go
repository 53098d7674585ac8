package paths

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// checkLocated locates what the path is written as.
func checkLocated(t *testing.T, g *graph.Graph, root graph.NodeID, edges []graph.EdgeID) {
	t.Helper()
	want := root
	for _, e := range edges {
		want = g.Target(e)
	}
	text := Expression(g, root, edges)
	got, err := Locate(g, text)
	if err != nil {
		t.Errorf("%s: %v", text, err)
	} else if got != want {
		if may := dumptest.Held(g, root, edges, RootExpression); !may[got] || !may[want] {
			t.Errorf("%s: got %s, want %s", text, g.ID(got), g.ID(want))
		}
	}
}

// edgesTo are the edges of a path to a node.
func edgesTo(p *Paths, n graph.NodeID) (root graph.NodeID, edges []graph.EdgeID) {
	for p.Via[n] != 0 {
		e := p.Via[n] - 1
		edges = append(edges, e)
		n = p.g.Source(e)
	}
	slices.Reverse(edges)
	return n, edges
}

// Whatever expression there is for a node, it leads back to it.
func TestLocateWhatIsWritten(t *testing.T) {
	graphs := map[string]*graph.Graph{}
	for _, name := range dumptest.Some(2) {
		graphs[name], _ = dumptest.Build(t, dumptest.Load(t, name))
	}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 5))
		d := dumpbuild.RandomGraph{Seed: seed, Nodes: 2 + r.IntN(30), Edges: r.IntN(70), Roots: 1 + r.IntN(5), WeakMaps: r.IntN(3), Dangling: r.IntN(3)}.Dump()
		graphs[fmt.Sprint("random ", seed)], _ = dumptest.Build(t, d.PrintUsual())
	}
	for name, g := range graphs {
		located := 0
		p := RootPaths(g)
		every := graph.NodeID(1 + g.Len()/cases.Number(1_000, 30_000)) // all but in the largest
		for n := graph.NodeID(0); int(n) < g.Len(); n += every {
			if root, edges := edgesTo(p, n); isRoot(g, root) {
				checkLocated(t, g, root, edges)
				located++
			}
			if t.Failed() {
				t.Fatal(name)
			}
		}
		if located < len(g.Roots()) || located == 0 {
			t.Errorf("%s: %d nodes located", name, located)
		}
	}
}

func isRoot(g *graph.Graph, n graph.NodeID) bool {
	_, ok := g.Root(n)
	return ok
}

// someRoots has roots of all kinds. What a text is to lead to has the text of
// its own expression as its class, if it is an object.
func someRoots(t testing.TB) *graph.Graph {
	t.Helper()
	to, array, object, text := dumpbuild.To, dumpbuild.NewArray, dumpbuild.NewObject, dumpbuild.NewString
	b := dumpbuild.New()
	logger := object("Logger", to("buffer", array()), to("level", text(3)), to("handlers", array(to("0", text(1)), to("5", text(1)), to("x y", text(1)))))
	b.Global("svc", object("Svc", to("logger", logger), to("none", object("None")), to("gone", dumpbuild.NewArray().At(0x7f0000abc000))))
	b.Global("odd name", object("Odd"))
	b.Static(`App\Registry::loaded`, array(to("Invoice", array(to("3", object("Invoice"))))))
	b.Static("*::name", object("Protected"))
	b.Item(0x7e0000000000, "object").Class("Server").Root("serve()", "server").Child("pool", 0x7e0000000040)
	b.Item(0x7e0000000040, "object").Class("Pool").Child("active", 0x7e0000000080)
	b.Item(0x7e0000000080, "array").Child("s1", 0x7e00000000c0).Child("s2", 0x7e00000000ff)
	b.Item(0x7e00000000c0, "object").Class("Session")
	b.Item(0x7e0000000100, "object").Class("Job").Root(`App\Worker->run()`, "job")
	b.Item(0x7e0000000140, "array").Root("a()", "twice")
	b.Item(0x7e0000000180, "array").Root("b()", "twice")
	b.Item(0x7e00000001c0, "object").Class("Deep1").Root("deep()", "n").Child("a", 0x7e0000000100)
	b.Item(0x7e0000000200, "object").Class("Deep2").Root("deep()", "n").Child("b", 0x7e0000000100)
	b.Item(0x7e0000000240, "array").Root("<ERROR_HANDLER>", "").Child("0", 0x7e0000000280)
	b.Item(0x7e0000000280, "object").Class("Handler")
	b.Item(0x7e00000002c0, "object").Class("NoName").Root("", "")
	b.Item(0x7e0000000300, "object").Class("Escaped").Root("f\x1b()", "x")
	b.Item(0x7e0000000340, "object").Class("LocalBoth").Root("early()", "both")
	b.Item(0x7e0000000380, "object").Class("GlobalBoth").Root("<GLOBAL>", "both")
	b.Item(0x7e0000000480, "object").Class("LaterBoth").Root("late()", "both").Child("late", 0x7e0000000400)
	b.Item(0x7e00000003c0, "array").Root("odd()", "").Child("k", 0x7e0000000400)
	b.Item(0x7e0000000400, "object").Class("InFrame")
	b.Item(0x7e0000000440, "object").Class("LongFrame").Root(`odd()["k"]`, "")
	b.ItemID("node:17", "object").Class("Opaque")
	b.Item(0xabcdef12, "object").Class("Bare")
	b.Global("keys", object("Keys").Add("dup", object("First")).Add("dup", object("Second", to("more", object("Below")))))
	g, _ := dumptest.Build(t, b.Dump().PrintUsual())
	return g
}

func TestLocate(t *testing.T) {
	g := someRoots(t)
	tests := map[string][]string{ // by class
		"Svc":       {"$svc", " $svc ", `${"svc"}`, `${'svc'}`, "<GLOBAL> $svc"},
		"Logger":    {"$svc->logger", "$svc?->logger", `$svc->{"logger"}`, "$svc~>logger", "$svc -> logger"},
		"Odd":       {`${"odd name"}`, `${'odd name'}`},
		"Invoice":   {`App\Registry::$loaded["Invoice"][3]`, `\App\Registry::$loaded['Invoice'][3]`, `app\registry::$loaded[Invoice]["3"]`, `App\Registry :: $loaded[Invoice][3]`},
		"Protected": {"*::$name"},
		"Session":   {`serve() $server->pool->active["s1"]`, `serve()   $server->pool->active["s1"]`, `Serve()$server->pool->active[s1]`, `$server->pool->active["s1"]`},
		"Job":       {`App\Worker->run() $job`, `app\worker->run() $job`, `\App\Worker->run() $job`, `$job`, "deep() $n->a", "$n->b"},
		"Deep1":     {"deep() $n", "$n"},
		"Handler":   {"<ERROR_HANDLER>[0]", " <error_handler> [0]"},
		"NoName":    {"(root)"},
		"Escaped":   {`f\e() $x`, "f\x1b() $x", "$x"},
		// What fits best, and the longest root.
		"LocalBoth":  {"early() $both"},
		"GlobalBoth": {"$both", "${'both'}"},
		"InFrame":    {`odd()[k]`},
		"LongFrame":  {`odd()["k"]`},

		"First":  {"$keys->dup"},
		"Below":  {"$keys->dup->more"},
		"Opaque": {"node:17", " node:17 "},
		"Bare":   {"0xabcdef12", "0XABCDEF12", "0x00000000abcdef12", "abcdef12", "ABCDEF12", "00abcdef12"},
	}
	for class, texts := range tests {
		for _, text := range texts {
			if n, err := Locate(g, text); err != nil {
				t.Errorf("%s: %v", text, err)
			} else if got := g.Name(g.Kind(n).Class); got != class {
				t.Errorf("%s: got %s, want %s", text, got, class)
			}
		}
	}
}

// The two sides of a reused address.
func TestLocateDoubtful(t *testing.T) {
	to, object := dumpbuild.To, dumpbuild.NewObject
	table := dumpbuild.NewArray(to("n", object("Real")))
	b := dumpbuild.New()
	b.Global("first", object("Closure", to("static", table)))
	b.Global("second", object("Closure", to("static", table), to("static", dumpbuild.NewArray(to("n", object("Other"))))))
	g, _ := dumptest.Build(t, b.Dump().PrintUsual())
	if g.Counts().Unreliable != 1 {
		t.Fatalf("%+v", g.Counts())
	}
	for text, class := range map[string]string{
		`$first->static["n"]`: "Real", `$first~>static["n"]`: "Real",
		`$second->static["n"]`: "Other", `$second~>static["n"]`: "Real",
	} {
		if n, err := Locate(g, text); err != nil || g.Name(g.Kind(n).Class) != class {
			t.Errorf("%s: %d, %v, want %s", text, n, err, class)
		}
	}
}

func TestLocateNothing(t *testing.T) {
	g := someRoots(t)
	tests := []struct{ text, want string }{
		{"$svk", "no root named $svk; did you mean $svc?"},
		{"$SVC", "no root named $SVC; did you mean $svc?"},
		{"svc", "no root named svc; did you mean $svc?"},
		{"$loaded", `no root named $loaded; did you mean App\Registry::$loaded?`},
		{`Registry::$loaded["Invoice"]`, `no root named Registry::$loaded; did you mean App\Registry::$loaded?`},
		{`App\Registry::$laoded`, `no root named App\Registry::$laoded; did you mean App\Registry::$loaded?`},
		{"run() $server", "no root named run() $server; did you mean serve() $server?"},
		{"$twice", "several frames have a variable $twice: write a() $twice or b() $twice"},
		{"c() $twice", "no root named c() $twice; did you mean a() $twice or b() $twice?"},
		{"$nothing->like['it']", `no root named $nothing; the dump has $svc, ${"odd name"}, App\Registry::$loaded and 16 more`},
		{"$a\x1bb", `cannot read $a\eb from \eb on (byte 2): a step begins with ->, ~>, => or [`},

		{"$svc->loger", `$svc has no property "loger"; it has: logger, none, gone`},
		{"$svc->logger->bufer", `$svc->logger has no property "bufer"; it has: buffer, level, handlers`},
		{"$svc->logger->handlers[4]", `$svc->logger->handlers has no key 4; it has: [5], [0], ["x y"]`},
		{`$svc->logger->handlers["y"]`, `$svc->logger->handlers has no key "y"; it has: [0], [5], ["x y"]`},
		{`$svc->logger["buffer"]`, "$svc->logger is an object, write ->buffer"},
		{"$svc->logger[0]", `$svc->logger is an object and has no property "0"; it has: buffer, level, handlers`},
		{`$svc -> logger -> handlers -> {"x y"}`, `$svc -> logger -> handlers is an array, write ["x y"]`},
		{"$svc->logger->handlers->x", `$svc->logger->handlers is an array and has no key "x"; it has: [0], [5], ["x y"]`},
		{"$svc->logger->buffer[0]", "$svc->logger->buffer is an empty array"},
		{"$svc->none->x", "$svc->none is an object without properties"},
		{"$svc->logger->level[0]", "$svc->logger->level is of type string, nothing is below it"},
		{"$server->pool->active[s2][0]", "$server->pool->active[s2] is an item that the dump does not have; what is below it is not known"},
		{"${'both'}->late", "${'both'} is an object without properties"},
		{"$keys->dup->less", "$keys->dup is an object without properties"},

		{"0xabcdef10", "the dump has no item 0xabcdef10; the nearest are 0xabcdef12, 0x7e0000000000, 0x7e0000000040"},
		{"abcdef10", "the dump has no item abcdef10; the nearest are 0xabcdef12, 0x7e0000000000, 0x7e0000000040"},
		{"nothing", "the dump has no item nothing"},
		{"", "cannot read  at its end: an expression begins with a root, such as $app, App::$instance or main() $app"},
		{"->logger", "cannot read ->logger from ->logger on (byte 0): an expression begins with a root, such as $app, App::$instance or main() $app"},
		{"$svc[*]", "cannot read $svc[*] from *] on (byte 5): a pattern names many items; write the key of one instead of *"},
	}
	for _, test := range tests {
		n, err := Locate(g, test.text)
		if err == nil {
			t.Errorf("%q: got %s", test.text, g.ID(n))
		} else if err.Error() != test.want || n != graph.None {
			t.Errorf("%q: got\n%v\nwant\n%s", test.text, err, test.want)
		}
	}
	none, _ := dumptest.Build(t, dumpbuild.New().Dump().PrintUsual())
	if _, err := Locate(none, "$x"); err == nil || err.Error() != "no root named $x; the dump has no roots at all" {
		t.Error(err)
	}
}

// rooted is the graph of roots alone, each of another frame.
func rooted(t testing.TB, roots int) *graph.Graph {
	t.Helper()
	return dumptest.Direct(t, func(add func(*dump.Item)) {
		for n := range roots {
			add(&dump.Item{
				ID: fmt.Appendf(nil, "0x7f%010x", n*0x40), Type: []byte("object"), Fields: dump.HasType | dump.HasFrame | dump.HasSymbol,
				IsRoot: true, Frame: fmt.Appendf(nil, `App\Worker%d->run()`, n), Symbol: []byte("job"),
			})
		}
	})
}

// Neither many roots nor a long path take more than a walk over them.
func TestLocateMuch(t *testing.T) {
	many := cases.Number(50_000, 1_000_000)
	start := time.Now()
	g := rooted(t, many)
	last := fmt.Sprintf(`App\Worker%d->run()`, many-1)
	for text, want := range map[string]string{
		last + " $job":                  "",
		strings.ToLower(last) + " $job": "",
		"$job":                          fmt.Sprintf(`several frames have a variable $job: write App\Worker0->run() $job or App\Worker1->run() $job or App\Worker2->run() $job and %d more`, many-3),
		"$jop":                          `no root named $jop; did you mean App\Worker0->run() $job or App\Worker1->run() $job or App\Worker2->run() $job?`,
	} {
		if n, err := Locate(g, text); err == nil && int(n) != many-1 || err != nil && err.Error() != want || (err == nil) != (want == "") {
			t.Errorf("%s: %d, %v", text, n, err)
		}
	}
	g = dumptest.List(t, many)
	if n, err := Locate(g, "$head"+strings.Repeat("->next", many-1)); err != nil || int(n) != many-1 {
		t.Errorf("%d, %v", n, err)
	}
	_, err := Locate(g, "$head"+strings.Repeat("->next", many))
	if e, ok := errors.AsType[*NoSuchStepError](err); !ok || len(e.Error()) > 300 {
		t.Error(err)
	}
	if d := time.Since(start); d > time.Minute { // two seconds, if the machine is free
		t.Errorf("took %v", d)
	}
}

// FuzzLocate reads back what is written of a small graph with any names, and
// looks for any text in it.
func FuzzLocate(f *testing.F) {
	f.Add("<GLOBAL>", "x", "f()", "x", "key", "1", `$x->key`)
	f.Add("<CLASS_STATIC_MEMBER>", `App\A::b`, "", "", "odd name", "-1", `app\a::$b["odd name"]`)
	f.Add("f()", "", "f()", "->a", "a", "a", `f()->a`)
	f.Add("<CLASS_STATIC_MEMBER>", "A::\xff", "\u202e", "$y", "\x00\x1b", "\xc3", `A::${"\xFF"}~>{'`)
	f.Add("$a", "", "$a->b[\"c\"]", "", "b", "c", `$a->b["c"]`)
	f.Add(" f() ", "x", "\u00a0", " ", "\u2028", "\ufffd", "(root)")
	f.Fuzz(func(t *testing.T, frame1, symbol1, frame2, symbol2, key1, key2, text string) {
		child := func(key string, n int) dump.Child {
			return dump.Child{Key: []byte(key), ID: []byte("0x100" + strconv.Itoa(n))}
		}
		g := dumptest.Direct(t, func(add func(*dump.Item)) {
			for n, it := range []dump.Item{
				{Type: []byte("object"), IsRoot: true, Frame: []byte(frame1), Symbol: []byte(symbol1), Children: []dump.Child{child(key1, 1), child(key2, 2)}},
				{Type: []byte("array"), Children: []dump.Child{child(key1, 3), child(key2, 2)}},
				{Type: []byte("object"), Children: []dump.Child{child(key2, 4)}},
				{Type: []byte("int")},
				{Type: []byte("array"), IsRoot: true, Frame: []byte(frame2), Symbol: []byte(symbol2), Children: []dump.Child{child(key2, 1)}},
			} {
				it.ID = []byte("0x100" + strconv.Itoa(n))
				it.Fields = dump.HasType | dump.HasFrame | dump.HasSymbol | dump.HasChildren
				add(&it)
			}
		})
		// Different paths may be written alike if a frame has the name of one.
		mayBe := map[string]map[graph.NodeID]bool{}
		var visit func(root, at graph.NodeID, edges []graph.EdgeID)
		visit = func(root, at graph.NodeID, edges []graph.EdgeID) {
			s := Expression(g, root, edges)
			if mayBe[s] == nil {
				mayBe[s] = map[graph.NodeID]bool{}
			}
			mayBe[s][at] = true
			from, to := g.Held(at)
			for e := from; e < to && len(edges) < 3; e++ {
				visit(root, g.Target(e), append(edges[:len(edges):len(edges)], e))
			}
		}
		for _, r := range g.Roots() {
			visit(r.Node, r.Node, nil)
		}
		for s, nodes := range mayBe {
			if n, err := Locate(g, s); err != nil || !nodes[n] && !idForm.MatchString(s) {
				t.Errorf("%q: %d, %v; want one of %v", s, n, err, nodes)
			}
		}
		for _, s := range []string{text, frame1 + text, "$" + symbol2 + text} {
			_, err := Locate(g, s)
			if err == nil {
				continue
			}
			if e, ok := errors.AsType[*ExpressionError](err); ok && (e.At < 0 || e.At > len(s) || e.Text != s) {
				t.Errorf("%q: %#v", s, e)
			}
			if m := err.Error(); !utf8.ValidString(m) || strings.ContainsFunc(m, func(c rune) bool { return !strconv.IsPrint(c) && c != utf8.RuneError }) || len(m) > 2000 {
				t.Errorf("%q: %q", s, m)
			}
		}
	})
}
