package inventory_test

import (
	"fmt"
	"testing"

	"memtrail/analysis/inventory"
	"memtrail/analysis/query"
	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/zend"
)

// dumps are texts of dumps that differ in what they have.
func dumps(t *testing.T) map[string][]byte {
	texts := map[string][]byte{}
	for _, name := range []string{"talk-1k.json.gz", "weird.json.gz", "closure-address-reuse.json", "fibers.json", "truncated-memory-limit.json.gz",
		"truncated-deep-list.json.gz", "series/weak_map-3.json.gz", "series/cache_service-2.json.gz"} {
		texts[name] = dumptest.Load(t, name)
	}
	for seed := range uint64(20) {
		texts[fmt.Sprint("random ", seed)] = dumpbuild.RandomGraph{Seed: seed, Nodes: 60, Edges: 90, Roots: 4, WeakMaps: 1}.Dump().PrintUsual()
	}
	return texts
}

func of(t *testing.T, text []byte) *inventory.Inventory {
	g, info := dumptest.Build(t, text)
	return inventory.Of(g, info, zend.Auto)
}

// TestRows holds the rows of items and references against the summary and the graph.
func TestRows(t *testing.T) {
	for name, text := range dumps(t) {
		v := of(t, text)
		g := v.Retention.Graph
		type sums struct{ count, reported, allocated uint64 }
		want, got := map[string]sums{}, map[string]sums{}
		for _, x := range query.SummarizeSized(v.Retention, query.SummaryOptions{}).Groups {
			want[x.Kind+" "+x.Name] = sums{x.Count, x.ReportedBytes, x.AllocatedBytes}
		}
		retained := v.Retention.Retained.Root
		next, roots := graph.NodeID(0), 0
		var topmost uint64
		for it := range v.Items {
			if it.Node != next {
				t.Fatalf("%s: item %d follows %d", name, it.Node, next)
			}
			next++
			group := it.Type
			if it.Type == "object" && it.HasClass {
				group = it.Class
			}
			s := got[it.Type+" "+group]
			got[it.Type+" "+group] = sums{s.count + 1, s.reported + it.Reported, s.allocated + it.Allocated}
			if it.IsRoot {
				roots++
			}
			if it.Dominator == graph.None {
				topmost += it.Retained
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if topmost != retained || roots != len(g.Roots()) {
			t.Errorf("%s: what nothing dominates retains %d, want %d; %d roots, want %d", name, topmost, retained, roots, len(g.Roots()))
		}
		edges, weak, missing, entries := 0, uint64(0), uint64(0), uint64(0)
		for e := range v.References {
			edges++
			if e.Weak {
				weak++
			}
			if e.Missing {
				missing++
			}
			if e.KeyKind == inventory.EntryKey {
				entries++
			}
		}
		if c := g.Counts(); edges != g.Edges() || weak != c.Weak || missing != c.Dangling || entries != c.Entries {
			t.Errorf("%s: %d references, %d weak, %d missing, %d of entries; want %d and %+v", name, edges, weak, missing, entries, g.Edges(), c)
		}
	}
}

// TestPlaces adds the places up: nothing is lost or counted twice, whatever is left
// out.
func TestPlaces(t *testing.T) {
	for name, text := range dumps(t) {
		v := of(t, text)
		for _, o := range []inventory.Options{{}, {MinShare: 0.01}, {Nodes: 3}} {
			all := inventory.Places(v.Tree(o))
			var bytes, items uint64
			for _, p := range all {
				bytes += p.Own + p.LeftOutBytes
				items += p.Items() + p.LeftOutItems
				if p.Depth > 0 && (p.Parent >= p.Node || all[p.Parent].Depth != p.Depth-1) {
					t.Errorf("%s: the parent of %d is %d", name, p.Node, p.Parent)
				}
				if (p.Fingerprint == "") != (p.Path == "") {
					t.Errorf("%s: path %q, fingerprint %q", name, p.Path, p.Fingerprint)
				}
			}
			if bytes != v.Retention.Retained.Root || items != uint64(v.Retention.Graph.Len()) {
				t.Errorf("%s, %+v: places sum up to %d bytes of %d items, want %d of %d", name, o, bytes, items, v.Retention.Retained.Root, v.Retention.Graph.Len())
			}
		}
	}
}

// TestBalance has the three parts of memory_usage.
func TestBalance(t *testing.T) {
	for name, text := range dumps(t) {
		v := of(t, text)
		usage, ok := v.MemoryUsage()
		if sum := int64(v.Retention.Retained.Root+v.Itself()) + v.Unexplained(); ok && sum != int64(usage) {
			t.Errorf("%s: %d, want %d", name, sum, usage)
		}
	}
}
