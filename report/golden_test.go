package report

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/query"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// written is what one of the package's functions writes for a result.
func written[R any](t testing.TB, write func(io.Writer, R, Options) error, r R, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// writer is a result with the function that writes it.
type writer func(io.Writer, Options) error

func bind[R any](write func(io.Writer, R, Options) error, r R) writer {
	return func(w io.Writer, o Options) error { return write(w, r, o) }
}

// results are hand-made values of every kind and with every oddity.
func results() map[string]writer {
	truncated := analysis.Source{Items: 900, Roots: 3, EndsAt: 123456, Defects: []analysis.Defect{
		{Kind: "raw_bytes", Count: 2, First: 77}, {Kind: "duplicate_key", Count: 1, First: 99}}}

	byNamespace := &query.Summary{Source: truncated, GroupedBy: query.ByNamespace, Cut: 1, Groups: []query.Group{
		{Name: `App\Größe\日本`, Kind: "object", Count: 3, ReportedBytes: 1 << 40},
		{Name: "caf\xe9|`<b>`_x_", Kind: "mixed", Count: 1, ReportedBytes: 72},
	}}
	byFrame := exampleSummary()
	byFrame.GroupedBy, byFrame.Cut = query.ByFrame, 12
	byFrame.Groups = []query.Group{{Name: "Cron->run()", Kind: "mixed", Count: 7, ReportedBytes: 99}}

	widest := &query.TopChildren{Source: truncated, WithPaths: true, Containers: []query.Container{
		{ID: "0x7f00000000a0", Type: "array", Children: 5000, Path: `Registry::$loaded["a|b"]`},
		{ID: "0x7f00000000b0", Type: "object", Class: `App\Cache`, Children: 12},
	}}

	odd := withChild(object("0x1000000000000001", "class@anonymous\x00/a.php", "node:123"), "a\nb", "0x1000000000000002")
	odd.Children = append(odd.Children,
		analysis.Child{Key: "storage", ID: "0x7f00000000c0"},
		analysis.Child{Key: "=1+1", ID: "0x7f00000000d0", Reliable: true, Weak: true},
		analysis.Child{Key: "\xff\x1b[31m", ID: "0x7f00000000e0", Reliable: true})
	odd.ChildrenCount = 4
	odd.Extra = []analysis.Extra{{Name: "isTranslator", Value: "true"}}
	items := &query.Query{Source: truncated, Matched: 6, Items: []analysis.Item{
		odd,
		global(scalar("0x7f00000000f0", "string", 3<<20), "@cmd"),
		{ID: "0x7f0000000100", Missing: true},
		object("0x7f0000000110", "", ""),
		array("0x7f0000000120", 0),
	}}

	return map[string]writer{
		"summary":             bind(Summary, exampleSummary()),
		"summary-namespace":   bind(Summary, byNamespace),
		"summary-frame":       bind(Summary, byFrame),
		"summary-empty":       bind(Summary, &query.Summary{Source: analysis.Source{Complete: true}}),
		"top-children":        bind(TopChildren, phpunitTopChildren()),
		"top-children-paths":  bind(TopChildren, widest),
		"query":               bind(Query, items),
		"query-empty":         bind(Query, &query.Query{Source: analysis.Source{Complete: true}}),
		"ref-path":            bind(RefPaths, leakyCache()),
		"ref-path-unreliable": bind(RefPaths, unreliable()),
		"ref-path-weak":       bind(RefPaths, weakOnly()),
		"ref-path-entries":    bind(RefPaths, throughEntries()),
		"ref-path-none":       bind(RefPaths, &query.RefPaths{Source: truncated, Item: object("0x7f0000000200", "Orphan", "9")}),
		"ref-path-missing": bind(RefPaths, &query.RefPaths{Source: truncated, Item: analysis.Item{ID: "0x7f0000000201", Missing: true},
			RootsReaching: 1, Paths: []query.Path{path("$a[0]", step("", global(array("0x7f0000000202", 1), "a")),
				step("0", analysis.Item{ID: "0x7f0000000201", Missing: true}))}}),
	}
}

// leakyCache is an item that two roots reach, one on two ways, and more beyond
// the limit.
func leakyCache() *query.RefPaths {
	user := size(object("0x7f0000000500", `App\User`, "4"), 1)
	cache := size(object("0x7f0000000300", `App\Cache`, "2"), 2)
	service := global(size(object("0x7f0000000310", `App\Service`, "3"), 2), "service")
	longer := path("$service->log[0]->context", step("", service), step("log", array("0x7f0000000600", 1)),
		step("0", size(object("0x7f0000000610", `App\Entry`, "8"), 1)), step("context", user))
	longer.Rank = 1
	return &query.RefPaths{
		Source:        analysis.Source{Complete: true},
		Item:          user,
		RootsReaching: 5,
		Paths: []query.Path{
			// The cache is a root too: php-meminfo names it in the middle of the path.
			path("$service->cache->items[501]", step("", service), step("cache", statik(cache, "App\\Cache::self")),
				step("items", array("0x7f0000000400", 900)), step("501", user)),
			path(`App\Cache::$self->items[501]`, step("", statik(cache, "App\\Cache::self")),
				step("items", array("0x7f0000000400", 900)), step("501", user)),
			longer,
		},
		Cut:       3,
		WeakRoots: 1,
	}
}

// unreliable has two paths that share a doubtful step; one can do without it.
func unreliable() *query.RefPaths {
	item := scalar("0x7f0000000720", "string", 40)
	storage := array("0x7f0000000710", 1)
	holder := size(object("0x7f0000000700", "ArrayObject", "5"), 1)
	first := path("$a[0]~>storage[0]", step("", global(array("0x7f0000000730", 1), "a")), step("0", holder),
		doubtful("storage", storage), step("0", item))
	first.Instead = "$a[1]->name"
	second := path("main() $b~>storage[0]", step("", root(holder, "main()", "b")), doubtful("storage", storage), step("0", item))
	return &query.RefPaths{
		Source:        analysis.Source{Complete: true},
		Item:          item,
		RootsReaching: 2,
		Paths:         []query.Path{first, second},
	}
}

func weakOnly() *query.RefPaths {
	item := object("0x7f0000000810", "Listener", "7")
	key := step("key", item)
	key.Weak = true
	return &query.RefPaths{
		Source: analysis.Source{Complete: true},
		Item:   item,
		Paths: []query.Path{path("$map[0]->key", step("", global(size(object("0x7f0000000800", "WeakMap", "6"), 1), "map")),
			step("0", array("0x7f0000000820", 2)), key)},
		WeakOnly: true,
	}
}

// throughEntries is an item that WeakMaps keep: by a key, by a value, and by a map.
func throughEntries() *query.RefPaths {
	item := object("0x7f0000000910", "Note", "7")
	entry := func(key string) query.Step {
		s := step(key, item)
		s.Entry = true
		return s
	}
	weakMap := func(id string) analysis.Item { return size(object(id, "WeakMap", "6"), 1) }
	return &query.RefPaths{
		Source:        analysis.Source{Complete: true},
		Item:          item,
		RootsReaching: 3,
		Paths: []query.Path{
			path("$users[3]=>WeakMap", step("", global(array("0x7f0000000920", 4), "users")), step("3", object("0x7f0000000930", `App\User`, "8")), entry("=>WeakMap")),
			path("$map[17]", step("", global(weakMap("0x7f0000000940"), "map")), entry("17")),
			path("$other[0]", step("", global(weakMap("0x7f0000000950"), "other")), entry("0")),
		},
		Entries: []query.EntryStep{
			{Expression: "=>WeakMap", MapID: "0x7f0000000960", MapPath: "Notes::$ofUser", Keeper: query.KeptByKey},
			{Expression: "[17]", MapID: "0x7f0000000940", MapPath: "$map", Keeper: query.KeptByValue},
			{Expression: "[0]", MapID: "0x7f0000000950", Keeper: query.KeptByMap},
		},
	}
}

// A golden file holds one result in all formats.
func TestGolden(t *testing.T) {
	for name, write := range results() {
		t.Run(name, func(t *testing.T) { golden(t, name, everyFormat(t, write)) })
	}
	t.Run("color", func(t *testing.T) {
		var out bytes.Buffer
		if err := results()["ref-path-unreliable"](&out, Options{Color: true}); err != nil {
			t.Fatal(err)
		}
		if err := results()["summary-frame"](&out, Options{Color: true}); err != nil {
			t.Fatal(err)
		}
		golden(t, "color", out.Bytes())
	})
}

func everyFormat(t *testing.T, write writer) []byte {
	t.Helper()
	var all bytes.Buffer
	for _, format := range Formats() {
		var plain, verbose bytes.Buffer
		if err := write(&plain, Options{Format: format}); err != nil {
			t.Fatal(err)
		}
		if err := write(&verbose, Options{Format: format, Verbose: true}); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "-- %s --\n%s", format, plain.Bytes())
		if !bytes.Equal(plain.Bytes(), verbose.Bytes()) {
			fmt.Fprintf(&all, "-- %s -v --\n%s", format, verbose.Bytes())
		}
	}
	return all.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
