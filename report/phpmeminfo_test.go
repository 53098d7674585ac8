package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/query"
)

// The files in testdata/php-meminfo are what php-meminfo's own analyzer prints
// for the dumps that the values below are taken from.
func TestPHPMeminfo(t *testing.T) {
	verbose := Options{Verbose: true}
	tests := []struct {
		file string
		got  []byte
	}{
		{"summary.txt", written(t, Summary, exampleSummary(), Options{})},
		{"top-children.txt", written(t, TopChildren, phpunitTopChildren(), Options{})},
		{"query.regex.txt", written(t, Query, exampleQuery(), Options{})},
		{"query-v.class.txt", written(t, Query, exampleQuery(), verbose)},
		{"query-v.namespace.txt", written(t, Query, &query.Query{Matched: 1, Items: []analysis.Item{
			withChild(object("0x7f2934458578", `Kambo\MemoryLeaks\ArrayBasedCache`, "2"), "cache", "0x7f29344585a0")}}, verbose)},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			if want := expected(t, test.file); !bytes.Equal(test.got, want) {
				t.Errorf("got\n%s\nwant\n%s", test.got, want)
			}
		})
	}
}

// After php-meminfo's block comes a blank line and the path's expression.
func TestPHPMeminfoRefPath(t *testing.T) {
	registry := statik(array("0x7f8d1f58fc10", 200), "LeakyTest::registry")
	instance := statik(size(object("0x7f8d1e03ceb0", `PHPUnit\Util\Annotation\Registry`, "322"), 2), `PHPUnit\Util\Annotation\Registry::instance`)
	tests := []struct {
		name string
		path query.Path
	}{
		{"deep", path(`$myRootArray["first level"]["second level"][84]->myObjectName`,
			step("", global(array("0x7fef5a6150b0", 1), "myRootArray")),
			step("first level", array("0x7fef5a66a2c0", 1)),
			step("second level", array("0x7fef5a66a680", 100)),
			step("84", size(object("0x7fef5a680738", "MyClassA", "85"), 1)),
			step("myObjectName", scalar("0x7fef5a680760", "string", 38)))},
		{"self-array", path("$_POST", step("", global(array("0x7fef5a65a220", 0), "_POST")))},
		{"self-object", path(`PHPUnit\Util\Annotation\Registry::$instance`, step("", instance))},
		{"long-key", path(`LeakyTest::$registry["case-42"]->runClassInSeparateProcess`,
			step("", registry),
			step("case-42", size(object("0x7f8d1e0ca380", "LeakyTest", "232"), 46)),
			step("runClassInSeparateProcess", scalar("0x7f8d1e0ca438", "null", 16)))},
		{"static", path(`LeakyTest::$registry["case-79"]->providedTests[0]->methodName`,
			step("", registry),
			step("case-79", size(object("0x7f8d1e0d6700", "LeakyTest", "158"), 46)),
			step("providedTests", array("0x7f8d1e0d67a8", 1)),
			step("0", size(object("0x7f8d1f58a310", `PHPUnit\Framework\ExecutionOrderDependency`, "157"), 4)),
			step("methodName", scalar("0x7f8d1f58a348", "string", 23)))},
		{"global-object", path("$userService->cache->cache[53]->userName",
			step("", global(size(object("0x7f293446f3c0", `Kambo\MemoryLeaks\UserService`, "1"), 2), "userService")),
			step("cache", size(object("0x7f2934458578", `Kambo\MemoryLeaks\ArrayBasedCache`, "2"), 1)),
			step("cache", array("0x7f29344585a0", 1000)),
			step("53", size(object("0x7f2934485540", `Kambo\MemoryLeaks\User`, "57"), 3)),
			step("userName", scalar("0x7f2934485568", "string", 22)))},
	}
	for _, test := range tests {
		for prefix, o := range map[string]Options{"ref-path.": {}, "ref-path-v.": {Verbose: true}} {
			t.Run(prefix+test.name, func(t *testing.T) {
				r := &query.RefPaths{
					Source:        analysis.Source{Complete: true},
					Item:          test.path.Steps[len(test.path.Steps)-1].Item,
					RootsReaching: 1,
					Paths:         []query.Path{test.path},
				}
				got := string(written(t, RefPaths, r, o))
				want := string(expected(t, prefix+test.name+".txt")) + "\n" + test.path.Expression + "\n"
				if got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

func TestQueryWithoutMatch(t *testing.T) {
	got := string(written(t, Query, &query.Query{}, Options{}))
	want := strings.Join([]string{"+---------+", "| Item id |", "+---------+", ""}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func expected(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "php-meminfo", file))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func exampleSummary() *query.Summary {
	return &query.Summary{
		Source: analysis.Source{
			Header:   &analysis.Header{MemoryUsage: 408096, MemoryUsageReal: 2097152, PeakMemoryUsage: 430328, PeakMemoryUsageReal: 2097152},
			Items:    260,
			Roots:    12,
			Complete: true,
		},
		GroupedBy: query.ByClass,
		Groups: []query.Group{
			{Name: "string", Kind: "string", Count: 142, ReportedBytes: 5336},
			{Name: "MyClassA", Kind: "object", Count: 100, ReportedBytes: 7200},
			{Name: "array", Kind: "array", Count: 10, ReportedBytes: 720},
			{Name: "int", Kind: "int", Count: 5, ReportedBytes: 80},
			{Name: "float", Kind: "float", Count: 2, ReportedBytes: 32},
			{Name: "null", Kind: "null", Count: 1, ReportedBytes: 16},
		},
	}
}

func phpunitTopChildren() *query.TopChildren {
	top := &query.TopChildren{Containers: []query.Container{{ID: "0x7f8d1f58fc10", Children: 200}}}
	for _, id := range strings.Fields(`
		0x7f8d1e09d478 0x7f8d1e09d7f8 0x7f8d1e09db78 0x7f8d1e09def8 0x7f8d1e05f2f8 0x7f8d1e05f678
		0x7f8d1e05f9f8 0x7f8d1e05fd78 0x7f8d1e0600f8 0x7f8d1e060478 0x7f8d1e0607f8 0x7f8d1e060b78
		0x7f8d1e060ef8 0x7f8d1e0c12f8 0x7f8d1e0c1678 0x7f8d1e0c19f8 0x7f8d1e0c1d78 0x7f8d1e0c20f8
		0x7f8d1e0c2478 0x7f8d1e0c27f8 0x7f8d1e0c2b78 0x7f8d1e0c2ef8 0x7f8d1e0c42f8 0x7f8d1e0c4678`) {
		top.Containers = append(top.Containers, query.Container{ID: id, Children: 50})
	}
	return top
}

func exampleQuery() *query.Query {
	q := &query.Query{Matched: 100}
	for _, o := range []struct{ id, handle, name string }{
		{"0x7fef5a659428", "1", "0x7fef5a659450"},
		{"0x7fef5a659508", "2", "0x7fef5a659530"},
		{"0x7fef5a659540", "3", "0x7fef5a659568"},
		{"0x7fef5a659578", "4", "0x7fef5a6595a0"},
		{"0x7fef5a6595b0", "5", "0x7fef5a6595d8"},
		{"0x7fef5a6595e8", "6", "0x7fef5a659610"},
		{"0x7fef5a659620", "7", "0x7fef5a659648"},
		{"0x7fef5a659658", "8", "0x7fef5a659680"},
		{"0x7fef5a659690", "9", "0x7fef5a6596b8"},
		{"0x7fef5a6596c8", "10", "0x7fef5a6596f0"},
		{"0x7fef5a659700", "11", "0x7fef5a659728"},
		{"0x7fef5a659738", "12", "0x7fef5a659760"},
	} {
		q.Items = append(q.Items, withChild(object(o.id, "MyClassA", o.handle), "myObjectName", o.name))
	}
	return q
}

func object(id, class, handle string) analysis.Item {
	return analysis.Item{ID: id, Type: "object", Class: class, HasClass: true, Handle: handle, Size: 72, HasChildren: true}
}

func array(id string, children uint64) analysis.Item {
	return analysis.Item{ID: id, Type: "array", Size: 72, HasChildren: true, ChildrenCount: children}
}

func scalar(id, typ string, bytes uint64) analysis.Item {
	return analysis.Item{ID: id, Type: typ, Size: bytes}
}

func size(it analysis.Item, children uint64) analysis.Item {
	it.ChildrenCount = children
	return it
}

func withChild(it analysis.Item, key, id string) analysis.Item {
	it.Children = append(it.Children, analysis.Child{Key: key, ID: id, Reliable: true})
	it.ChildrenCount++
	return it
}

func global(it analysis.Item, symbol string) analysis.Item { return root(it, "<GLOBAL>", symbol) }
func statik(it analysis.Item, symbol string) analysis.Item {
	return root(it, "<CLASS_STATIC_MEMBER>", symbol)
}

func root(it analysis.Item, frame, symbol string) analysis.Item {
	it.IsRoot, it.Frame, it.Symbol = true, frame, symbol
	return it
}

func step(key string, it analysis.Item) query.Step {
	return query.Step{Item: it, Key: key, Reliable: true}
}

// doubtful is a step that address reuse may have made up.
func doubtful(key string, it analysis.Item) query.Step {
	return query.Step{Item: it, Key: key}
}

func path(expression string, steps ...query.Step) query.Path {
	p := query.Path{Expression: expression, Steps: steps, Reliable: true}
	for _, s := range steps {
		p.Reliable = p.Reliable && s.Reliable
		p.Weak = p.Weak || s.Weak
	}
	return p
}
