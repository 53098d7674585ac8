package overview

import (
	"reflect"
	"testing"

	"memtrail/analysis/check"
	"memtrail/analysis/heap"
	"memtrail/analysis/leaks"
	"memtrail/analysis/query"
	"memtrail/analysis/retain"
	"memtrail/analysis/tree"
	"memtrail/internal/cases"
	"memtrail/internal/dumptest"
	"memtrail/zend"
)

// An overview is what its analyses answer one by one, though they share all that
// they rest on and run beside each other.
func TestOf(t *testing.T) {
	names := []string{"talk-1k.json.gz", "recorded/mem-0003.json.zst", "phpunit.json.gz", "weird.json.gz", "fibers.json", "series/weak_map-2.json.gz", "truncated-deep-list.json.gz"}
	for _, name := range cases.Sample(names, 3, 0) {
		g, info := dumptest.Build(t, dumptest.Load(t, name))
		o := Options{PHP: zend.PHP83, Threshold: 0.1, MinShare: 0.0001, Nodes: 20000}
		got, err := Of(g, info, o)
		if err != nil {
			t.Fatal(err)
		}
		r := retain.Retain(g, info, retain.RetentionOptions{PHP: o.PHP, Retained: true, Bounds: true})
		wholeTree, err := tree.Build(r, tree.Options{MinShare: o.MinShare, Nodes: o.Nodes})
		if err != nil {
			t.Fatal(err)
		}
		alone, err := Tree(g, info, o)
		if err != nil {
			t.Fatal(err)
		}
		want := &Overview{
			Leaks: leaks.Find(r, leaks.Options{Threshold: o.Threshold}), Tree: wholeTree, Check: check.Dump(g, info, o.PHP, nil),
			Types: query.SummarizeSized(r, query.SummaryOptions{By: query.ByClass, Sort: query.SortRetained}),
		}
		if info.Capture != nil {
			want.CapturedHeap, err = heap.MapCapture(g, info, heap.HeapOptions{PHP: o.PHP})
		} else {
			want.Heap, err = heap.Map(g, info, heap.HeapOptions{PHP: o.PHP})
		}
		if err != nil {
			t.Fatal(err)
		}
		for part, pair := range map[string][2]any{
			"leaks": {got.Leaks, want.Leaks}, "tree": {got.Tree, want.Tree}, "the tree alone": {alone.Root, want.Tree.Root}, "check": {got.Check, want.Check},
			"types": {got.Types, want.Types}, "heap": {got.Heap, want.Heap}, "captured heap": {got.CapturedHeap, want.CapturedHeap},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Errorf("%s: %s differs", name, part)
			}
		}
	}
}
