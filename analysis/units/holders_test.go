package units

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis/growth"
	"memtrail/dump"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// program is what a capture knows of a program that has a registry, some caches
// and fifty other classes.
func program() *dump.Capture {
	c := &dump.Capture{Code: &dump.Code{}}
	site := func(class, property string, depth int) {
		kind := dump.PropertyVariable
		if property[0] == ':' {
			kind, property = dump.StaticProperty, property[1:]
		}
		c.Code.Variables = append(c.Code.Variables, dump.Variable{
			Kind: kind, Of: class, Name: property,
			Adds: []dump.Site{{Function: class + "::add()", File: "/app/" + class + ".php", Line: 7, How: "[] =", Depth: depth}},
		})
	}
	site("Registry", ":items", 1)
	site("Meta", ":cache", 1)
	site("Cache", "store", 1)
	site("Config", ":values", 0)
	file := dump.SourceFile{File: "/app/all.php"}
	for _, name := range append([]string{"Registry", "Meta", "Cache", "Config"}, dumptestNames(50)...) {
		file.Symbols = append(file.Symbols, dump.Symbol{Name: name, Line: 3, End: 20})
	}
	c.Sources = []dump.SourceFile{file}
	return c
}

func dumptestNames(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(`App\Service%d`, i))
	}
	return all
}

// holdersOf dumps a program before and behind a unit, and gives what it has more
// of: path and what it is.
func holdersOf(t *testing.T, build func(b *dumpbuild.Builder, behind bool)) []Holder {
	t.Helper()
	s := growth.NewSeries(growth.SeriesOptions{})
	var all []Holder
	for _, behind := range []bool{false, true} {
		b := dumpbuild.New().NoHeader()
		if behind {
			for range 3 {
				b.Global("request", dumpbuild.NewArray()) // moves everything
			}
		}
		b.Global("app", dumptest.Object("App", dumptest.To("users", dumptest.ListOf(5, dumptest.User))))
		build(b, behind)
		g, info := dumptest.Build(t, b.Dump().PrintUsual())
		info.Capture = program()
		s.Add(fmt.Sprint("mem", behind), g, info)
		if behind {
			all = NewSorter(g, info).Holders(s.Growth(PairOptions()))
		}
	}
	return all
}

func TestWhatHolds(t *testing.T) {
	t.Parallel()
	many := func(behind bool, before, after int) *dumpbuild.Node {
		if behind {
			return dumptest.ListOf(after, dumptest.User)
		}
		return dumptest.ListOf(before, dumptest.User)
	}
	keyed := func(n int, key func(i int) string) *dumpbuild.Node {
		return dumptest.Keyed(n, key, dumptest.User)
	}
	service := func(i int) string { return fmt.Sprintf(`App\Service%d`, i) }
	user := func(i int) string { return fmt.Sprintf("user.%d", i) }
	show := func(h *Holder) string {
		return strings.TrimSuffix(fmt.Sprintf("%s %s +%d %s", h.What, h.Path, h.Count, strings.TrimPrefix(h.Holds.Type+" "+h.Holds.Class, `object App\`)), " ")
	}
	for name, c := range map[string]struct {
		build func(b *dumpbuild.Builder, behind bool)
		want  string
	}{
		"nothing": {func(b *dumpbuild.Builder, behind bool) { b.Static("Registry::items", many(behind, 5, 5)) }, ""},
		"a registry gains members": {
			func(b *dumpbuild.Builder, behind bool) { b.Static("Registry::items", many(behind, 5, 55)) },
			"held Registry::$items +50 User",
		},
		"its first ones": {
			func(b *dumpbuild.Builder, behind bool) {
				if behind {
					b.Static("Registry::items", many(behind, 0, 50))
				}
			},
			"held Registry::$items +50 User",
		},
		"configuration is loaded": {
			func(b *dumpbuild.Builder, behind bool) {
				if behind {
					b.Static("Config::values", keyed(50, user))
				}
			},
			"first_use Config::$values +50 User",
		},
		"a cache by class": {
			func(b *dumpbuild.Builder, behind bool) {
				n := 20
				if behind {
					n = 50
				}
				b.Static("Meta::cache", keyed(n, service))
			},
			"first_use Meta::$cache +30 User",
		},
		"the first of a cache by class": {
			func(b *dumpbuild.Builder, behind bool) {
				if behind {
					b.Static("Meta::cache", keyed(20, service))
				}
			},
			"first_use Meta::$cache +20 User",
		},
		"a cache by class, PHP's own among them": {
			func(b *dumpbuild.Builder, behind bool) {
				if behind {
					b.Static("Meta::cache", keyed(20, func(i int) string {
						if i%4 == 0 {
							return fmt.Sprint("DOMDocument", i)
						}
						return service(i)
					}))
				}
			},
			"first_use Meta::$cache +20 User",
		},
		"by class and by user": {
			func(b *dumpbuild.Builder, behind bool) {
				if behind {
					b.Static("Meta::cache", keyed(20, func(i int) string {
						if i%4 == 0 {
							return user(i)
						}
						return service(i)
					}))
				}
			},
			"held Meta::$cache +20 User",
		},
		"a singleton is made, and its cache has begun to grow": {
			func(b *dumpbuild.Builder, behind bool) {
				if behind {
					b.Static("Cache::instance", dumptest.Object("Cache", dumptest.To("store", keyed(30, user)), dumptest.To("settings", many(behind, 0, 9))))
				}
			},
			"first_use Cache::$instance +1 object Cache, begun Cache::$instance->store +30 User",
		},
		"a singleton is made, and its cache is by class": {
			func(b *dumpbuild.Builder, behind bool) {
				if behind {
					b.Static("Cache::instance", dumptest.Object("Cache", dumptest.To("store", keyed(30, service))))
				}
			},
			"first_use Cache::$instance +1 object Cache",
		},
		"a singleton is made, and most of it is what others have": {
			func(b *dumpbuild.Builder, behind bool) {
				users := keyed(30, user)
				b.Global("users", users)
				if behind {
					b.Static("Cache::instance", dumptest.Object("Cache", dumptest.To("store", dumptest.Keyed(1, user, func(int) *dumpbuild.Node { return users })), dumptest.To("settings", many(behind, 0, 30))))
				}
			},
			"first_use Cache::$instance +1 object Cache",
		},
		"what is said to the recorder": {
			func(b *dumpbuild.Builder, behind bool) {
				b.Frame("fwrite()", "argument 2", many(behind, 5, 55))
			},
			`runner fwrite() ${"argument 2"} +50 User`,
		},
		"a singleton's cache by user": {
			func(b *dumpbuild.Builder, behind bool) {
				n := 20
				if behind {
					n = 50
				}
				b.Static("Cache::instance", dumptest.Object("Cache", dumptest.To("store", keyed(n, user))))
			},
			"held Cache::$instance->store +30 User",
		},
		"the runner notes results": {
			func(b *dumpbuild.Builder, behind bool) {
				b.Static(`PHPUnit\TestRunner\TestResult\PassedTests::instance`, dumptest.Object(`PHPUnit\TestRunner\TestResult\PassedTests`, dumptest.To("passed", many(behind, 5, 55))))
			},
			`runner PHPUnit\TestRunner\TestResult\PassedTests::$instance->passed +50 User`,
		},
		"a test case keeps what it has": {
			func(b *dumpbuild.Builder, behind bool) {
				test := dumptest.Object(`Tests\ServiceTest`, dumptest.To("rows", many(behind, 5, 55)))
				b.Frame(`PHPUnit\Framework\TestSuite->run()`, "this", dumptest.Object(`PHPUnit\Framework\TestSuite`, dumptest.To("test", test)))
			},
			`test_case PHPUnit\Framework\TestSuite->run() $this->test->rows +50 User`,
		},
		"only the C stack still points at it": {
			func(b *dumpbuild.Builder, behind bool) { b.Frame("<ENGINE>", "(native: stack)", many(behind, 5, 55)) },
			"garbage (native: stack) +50 User",
		},
		"and holds the program's cache, too": {
			func(b *dumpbuild.Builder, behind bool) {
				cache := dumptest.Object("Cache", dumptest.To("store", many(behind, 5, 55)))
				b.Static("Cache::instance", cache)
				b.Frame(`PHPUnit\Framework\TestSuite->run()`, "test", dumptest.Object(`Tests\ServiceTest`, dumptest.To("cache", cache)))
			},
			"held Cache::$instance->store +50 User",
		},
		"nearer than the program": {
			func(b *dumpbuild.Builder, behind bool) {
				cache := dumptest.Object("Cache", dumptest.To("store", many(behind, 5, 55)))
				b.Static("Container::services", dumptest.Keyed(1, user, func(int) *dumpbuild.Node { return dumptest.Object("Holder", dumptest.To("cache", cache)) }))
				b.Frame(`PHPUnit\Framework\TestSuite->run()`, "test", dumptest.Object(`Tests\ServiceTest`, dumptest.To("cache", cache)))
			},
			`held Container::$services["user.0"]->cache->store +50 User`,
		},
	} {
		var got []string
		for _, h := range holdersOf(t, c.build) {
			text := show(&h)
			if h.Begun != nil {
				text += ", begun " + strings.TrimPrefix(show(h.Begun), "held ")
			}
			got = append(got, text)
		}
		slices.Sort(got)
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, text, c.want)
		}
	}
}

func TestTrendOf(t *testing.T) {
	t.Parallel()
	repeat := func(n int, values ...int64) (all []int64) {
		for range n {
			all = append(all, values...)
		}
		return all
	}
	for name, c := range map[string]struct {
		times  uint64
		first  int64
		recent []int64
		want   Trend
	}{
		"once":                        {1, 50000, []int64{50000}, Once},
		"the first alone":             {9, 50000, append([]int64{50000}, repeat(8, 0)...), First},
		"the first, long ago":         {1000, 50000, repeat(32, 0), First},
		"each leaves something":       {9, 50000, append([]int64{50000}, repeat(8, 200)...), Rising},
		"each, but too few":           {5, 200, repeat(5, 200), Level},
		"nothing":                     {100, 0, repeat(32, 0), Level},
		"as much as they free":        {100, 0, repeat(16, 300, -300), Level},
		"a cache that is emptied":     {100, 0, append(repeat(31, 100), -3000), Level},
		"a leak beside a cache":       {100, 0, append(repeat(31, 200), -1000), Rising},
		"two of three leave nothing":  {100, 0, repeat(10, 0, 0, 100), Level},
		"most leave something":        {100, 0, repeat(8, 100, 100, 0, 100), Rising},
		"less than what is to be had": {100, 0, repeat(32, 8), Level},
	} {
		if got := TrendOf(c.times, c.first, c.recent); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
