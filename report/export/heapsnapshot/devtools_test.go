package heapsnapshot

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"memtrail/analysis"
	"memtrail/analysis/inventory"
	"memtrail/graph"
	"memtrail/internal/browsertest"
	"memtrail/internal/cases"
	"memtrail/internal/dumptest"
)

// devTools is the part of Chrome's developer tools that reads snapshots, in a page
// of theirs.
type devTools struct {
	t   *testing.T
	ctx context.Context
}

// openDevTools starts Chromium, or skips the test where there is none.
func openDevTools(t *testing.T) *devTools {
	t.Helper()
	ctx := browsertest.Open(t)
	d := &devTools{t, ctx}
	if err := chromedp.Do(ctx, chromedp.Navigate("devtools://devtools/bundled/inspector.html")); err != nil {
		t.Fatal(err)
	}
	evalIn[string](d, loader)
	return d
}

// loader reads snapshots as the Memory panel does, without its worker.
const loader = `(async () => {
	const m = await import("devtools://devtools/bundled/entrypoints/heap_snapshot_worker/heap_snapshot_worker.js");
	globalThis.load = async text => {
		const problems = [];
		const l = new m.HeapSnapshotLoader.HeapSnapshotLoader({sendEvent: (kind, what) => { if (/broken/i.test(kind)) problems.push(what); }});
		for (let i = 0; i < text.length; i += 100000) l.write(text.slice(i, i + 100000));
		l.close();
		const c = new MessageChannel();
		new m.HeapSnapshot.SecondaryInitManager(c.port2);
		const s = await l.buildSnapshot(c.port1);
		s.problems = problems;
		return s;
	};
	return "ready";
})()`

// evalIn gives the value of an expression in the page.
func evalIn[T any](d *devTools, expression string) T {
	d.t.Helper()
	v, err := chromedp.Run(d.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		d.t.Fatalf("%.80s: %v", expression, err)
	}
	return v
}

// load has a snapshot read, as a variable of the page.
func (d *devTools) load(name string, text string) {
	d.t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		d.t.Fatal(err)
	}
	if problems := evalIn[string](d, `(async () => { globalThis.`+name+` = await load(`+string(quoted)+`); return `+name+`.problems.join("; "); })()`); problems != "" {
		d.t.Errorf("%s: the developer tools say: %s", name, problems)
	}
}

// classes are the nodes with a size by class, as the panel's Summary shows them:
// how many, what they take and what they retain.
func (d *devTools) classes(name string) map[string][3]uint64 {
	d.t.Helper()
	type class struct {
		Name             string
		Count, Self, Ret uint64
	}
	list := evalIn[[]class](d, `Object.values(`+name+`.getAggregatesByClassKey(false, "all")).map(a => ({Name: a.name, Count: a.count, Self: a.self, Ret: a.maxRet}))`)
	found := map[string][3]uint64{}
	for _, c := range list {
		found[c.Name] = [3]uint64{c.Count, c.Self, c.Ret}
	}
	return found
}

// wantClasses are the same as this program has them.
func wantClasses(v *inventory.Inventory) map[string][3]uint64 {
	want := map[string][3]uint64{}
	var names []string
	groups := make([]uint32, v.Retention.Graph.Len()) // by node: of those that have a size
	for n := range groups {
		groups[n] = math.MaxUint32
	}
	for it := range v.Items {
		if it.Allocated == 0 {
			continue
		}
		name := it.Class
		switch it.Type {
		case "object":
			name = shown(name)
		case "array", "string":
			name = "(" + it.Type + ")"
		default:
			name = it.Type
		}
		c := want[name]
		want[name] = [3]uint64{c[0] + 1, c[1] + it.Allocated}
		i := slices.Index(names, name)
		if i < 0 {
			i = len(names)
			names = append(names, name)
		}
		groups[it.Node] = uint32(i)
	}
	r := v.Retention
	for i, bytes := range r.Children().GroupRetained(func(n graph.NodeID) uint32 { return groups[n] }, len(names), r.Retained) {
		c := want[names[i]]
		want[names[i]] = [3]uint64{c[0], c[1], bytes}
	}
	return want
}

// TestDevTools has Chrome's developer tools read dumps.
func TestDevTools(t *testing.T) {
	cases.OnlyFull(t, "a browser starts, and its developer tools")
	d := openDevTools(t) // which takes seconds
	t.Run("sizes", func(t *testing.T) { d.t = t; testSizes(t, d) })
	t.Run("comparison", func(t *testing.T) { d.t = t; testComparison(t, d) })
	t.Run("hostile names", func(t *testing.T) { d.t = t; testHostileNames(t, d) })
}

// testSizes: they find as many objects of each class as there are, as large, and
// compute the same retained sizes.
func testSizes(t *testing.T, d *devTools) {
	for _, name := range []string{"talk-1k.json.gz", "weird.json.gz", "closure-address-reuse.json", "fibers.json", "series/weak_map-3.json.gz",
		"statics.json", "truncated-memory-limit.json.gz", "unreachable"} {
		text := []byte(nil)
		if name == "unreachable" {
			text = unreachable()
		} else {
			text = dumptest.Load(t, name)
		}
		v := of(t, text)
		d.load("one", written(t, v))
		total := v.Retention.Retained.Root + v.Itself()
		if rest := v.Unexplained(); rest > 0 {
			total += uint64(rest)
		}
		if got := evalIn[uint64](d, "one.totalSize"); got != total {
			t.Errorf("%s: %d bytes, want %d", name, got, total)
		}
		above := evalIn[int](d, "one.nodeCount") - v.Retention.Graph.Len()
		if above < 2 || above > 20 {
			t.Errorf("%s: %d nodes are no items", name, above)
		}
		got := d.classes("one")
		for class, want := range wantClasses(v) {
			if got[class] != want {
				t.Errorf("%s: %s: %v, want %v (nodes, bytes, retained)", name, class, got[class], want)
			}
		}
	}
}

// testComparison has them compare two dumps of a process that leaks: what is new,
// what is gone and what stays is told by ids.
func testComparison(t *testing.T, d *devTools) {
	first, last := of(t, dumptest.Load(t, "series/cache_service-1.json.gz")), of(t, dumptest.Load(t, "series/cache_service-3.json.gz"))
	d.load("first", written(t, first))
	d.load("last", written(t, last))
	type change struct {
		Name           string
		Added, Removed uint64
		Size           int64
		Node           int // one that is new
	}
	changes := evalIn[[]change](d, `Object.values(last.calculateSnapshotDiff("first", first.aggregatesForDiff("[]")))
		.map(c => ({Name: c.name, Added: c.addedCount, Removed: c.removedCount, Size: c.sizeDelta, Node: c.addedIndexes[0] ?? -1}))`)
	for _, c := range changes {
		if c.Name != "Product" {
			continue
		}
		if c.Added != 2000 || c.Removed != 0 || c.Size != 2000*96 {
			t.Errorf("%+v, want 2,000 more", c)
		}
		holders := evalIn[string](d, fmt.Sprintf(`(() => {
			const way = [];
			for (let n = last.createNode(%d); !n.isRoot();) {
				let r = n.retainers();
				way.push(r.retainer.name());
				n = r.retainer.node();
			}
			return way.slice(1).join(" < ");
		})()`, c.Node))
		if want := "identity < repo < $kernel < "; !strings.HasPrefix(holders, want) {
			t.Errorf("a new Product is held by %q, want %q", holders, want)
		}
		return
	}
	t.Errorf("no change of Product in %+v", changes)
}

// testHostileNames: names are text there, and none is lost.
func testHostileNames(t *testing.T, d *devTools) {
	v := of(t, hostileDump())
	d.load("one", written(t, v))
	got := d.classes("one")
	for _, name := range hostile {
		if class := got[shown(name)]; class[0] != 1 {
			t.Errorf("%q is not there as %q: %v", name, shown(name), got)
		}
	}
	if v.Verdict() != analysis.Sound {
		t.Error("the dump has a flaw")
	}
}
