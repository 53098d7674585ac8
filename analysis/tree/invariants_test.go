package tree

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
	"memtrail/zend"
)

// checkTree holds what is true of every tree.
func checkTree(t *testing.T, tree *Tree) {
	t.Helper()
	tree.All(func(depth int, n *TreeNode) bool {
		sum, count := n.Own+n.HiddenBytes, n.Hidden
		for i := range n.Children {
			c := &n.Children[i]
			sum += c.Retained
			count += c.Count
			if i > 0 && c.Retained > n.Children[i-1].Retained {
				t.Errorf("%s: %s comes too late", n.Label, c.Label)
			}
			if c.Retained < tree.Least {
				t.Errorf("%s: %s retains %d, less than %d", n.Label, c.Label, c.Retained, tree.Least)
			}
		}
		if sum != n.Retained {
			t.Errorf("%s retains %d, its parts %d", n.Label, n.Retained, sum)
		}
		if n.Count == 0 || n.Count > tree.Items+1 || count > 2*tree.Items {
			t.Errorf("%s: %d items, %d below", n.Label, n.Count, count)
		}
		return true
	})
}

// Nothing is lost or counted twice, whatever the options, and what stands for
// one item is what the item retains.
func TestTreeOfAnything(t *testing.T) {
	texts := map[string][]byte{}
	for _, name := range dumptest.Some(11) {
		texts[name] = dumptest.Load(t, name)
	}
	for seed := range uint64(60) {
		texts[fmt.Sprint("random ", seed)] = dumpbuild.RandomGraph{
			Seed: seed, Nodes: 40, Edges: 50 + int(seed), Roots: 3, WeakMaps: 1, Dangling: 2,
		}.Dump().PrintUsual()
	}
	for name, dump := range texts {
		t.Run(name, func(t *testing.T) {
			g, info := dumptest.Build(t, dump)
			for _, reported := range []bool{false, true} {
				r := retain.Retain(g, info, retain.RetentionOptions{PHP: zend.PHP82, Retained: true, Reported: reported})
				for _, o := range []Options{everything, {MinShare: -1}, {MinShare: 0.02, Depth: 3}, {Children: 2}, {Nodes: 7}, {Nodes: 1, Depth: 1}} {
					tree := treeOf(t, r, o)
					checkTree(t, tree)
					var nodes int
					tree.All(func(depth int, _ *TreeNode) bool {
						nodes++
						return depth <= o.Depth || o.Depth == 0
					})
					if o.Nodes > 0 && nodes > o.Nodes+1 {
						t.Errorf("%+v: %d nodes", o, nodes)
					}
				}
				checkAll(t, r, strings.HasPrefix(name, "random"))
			}
		})
	}
}

// checkAll looks at a tree of which nothing is left out.
func checkAll(t *testing.T, r *retain.Retention, naive bool) {
	t.Helper()
	tree := treeOf(t, r, everything)
	var items, own uint64
	tree.All(func(_ int, n *TreeNode) bool {
		if n.HiddenBytes > 0 {
			t.Errorf("%s hides %d bytes", n.Label, n.HiddenBytes)
		}
		own += n.Own
		items += n.Hidden
		if n.ID != "" {
			items += n.Count
		}
		if !naive || n.ID == "" || n.Count > 1 {
			return true
		}
		node, _ := r.Graph.Find(n.ID)
		if r.Dominators.Reachable(node) && retaintest.NaiveRetained(r.Graph, r.Own, node) != n.Retained {
			t.Errorf("%s retains %d, want %d", n.Path, n.Retained, retaintest.NaiveRetained(r.Graph, r.Own, node))
		}
		return true
	})
	var all uint64
	for n := range graph.NodeID(r.Graph.Len()) {
		all += r.Own(n)
	}
	if own != all || tree.Root.Retained != all {
		t.Errorf("nodes take %d, the root retains %d, want %d", own, tree.Root.Retained, all)
	}
	// What costs nothing is hidden, and with it what may be below it.
	if items > uint64(r.Graph.Len()) {
		t.Errorf("%d items of %d", items, r.Graph.Len())
	}
}

// Paths are shortest ones, and lead to the items that they are of.
func TestTreePaths(t *testing.T) {
	texts := map[string][]byte{"random": dumpbuild.RandomGraph{Seed: 3, Nodes: 300, Edges: 400, Roots: 9, WeakMaps: 2}.Dump().PrintUsual()}
	for _, name := range dumptest.Some(12) {
		texts[name] = dumptest.Load(t, name)
	}
	for name, text := range texts {
		r := retaintest.Measured(t, text)
		holders, ways := newHolders(r), paths.RootPaths(r.Graph)
		shown := 0
		treeOf(t, r, everything).All(func(_ int, n *TreeNode) bool {
			node, _ := r.Graph.Find(n.ID)
			if n.ID == "" || !r.Dominators.Reachable(node) {
				return true
			}
			shown++
			_, want := ways.To(node)
			root, got, ok := holders.path(node)
			if len(got) != len(want) && len(want) <= longestPath || ok != (len(want) <= longestPath) {
				t.Errorf("%s: the path to %s takes %d steps, want %d", name, n.ID, len(got), len(want))
			}
			at := root
			for _, e := range got {
				if r.Graph.Source(e) != at {
					t.Fatalf("%s: the path to %s is broken", name, n.ID)
				}
				at = r.Graph.Target(e)
			}
			if ok && (at != node || n.Path != paths.Expression(r.Graph, root, got)) {
				t.Errorf("%s: the path to %s is %q and leads to %v", name, n.ID, n.Path, at)
			}
			return true
		})
		if shown == 0 {
			t.Errorf("%s has an empty tree", name)
		}
	}
}

// Lists are long, and names many. Neither makes the tree deep or wide.
func TestTreeAtScale(t *testing.T) {
	links := cases.Number(20_000, 100_000)
	at := func(i int) uint64 { return 0x7f0000000000 + uint64(i)*0x1000 }
	b := dumpbuild.New()
	for i := range links {
		it := b.Item(at(i), "object").Class("Link").Child("data", at(i)+0x800)
		if i == 0 {
			it.Root("<GLOBAL>", "list")
		}
		if i < links-1 {
			it.Child("next", at(i+1))
		}
		b.Item(at(i)+0x800, "string").Size(16 + 50 + uint64(i%7))
	}
	tree := treeOf(t, retaintest.Measured(t, b.Dump().PrintUsual()), everything)
	if got, want := drawn(tree), fmt.Sprintf("(all roots)\n  $list Link\n    ->next… Link x%[1]d\n      ->data string x%[1]d\n    ->data string\n", links-1); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	checkTree(t, tree)

	rows := dumptest.ListOf(maxNamed+10, func(i int) *dumpbuild.Node {
		word := strings.Map(func(digit rune) rune { return digit - '0' + 'a' }, strconv.Itoa(i))
		return dumptest.Array(dumptest.To(word, dumptest.Text(30)), dumptest.To("0", dumptest.Text(9)))
	})
	tree = treeOf(t, retaintest.Measured(t, dumpbuild.New().Global("rows", rows).Dump().PrintUsual()), everything)
	want := fmt.Sprintf("(all roots)\n  $rows array\n    [*] array x%[1]d\n      [\"*\"] string x%[1]d\n      [0] string x%[1]d\n", maxNamed+10)
	if got := drawn(tree); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A tree that never ends is cut where it is too deep to be nested.
func TestTreeDepthIsBounded(t *testing.T) {
	list := dumptest.Object("A")
	for i := range 1000 {
		list = dumptest.Object([]string{"A", "B", "C"}[i%3], dumptest.To("next", list))
	}
	tree := treeOf(t, retaintest.Measured(t, dumpbuild.New().Global("list", list).Dump().PrintUsual()), Options{Depth: 1 << 30})
	deepest := 0
	tree.All(func(depth int, _ *TreeNode) bool {
		deepest = max(deepest, depth)
		return true
	})
	if deepest != maxTreeDepth {
		t.Errorf("%d levels, want %d", deepest, maxTreeDepth)
	}
	checkTree(t, tree)
}
