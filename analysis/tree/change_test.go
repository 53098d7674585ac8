package tree

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis/retain"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

func fullTree(t *testing.T, text []byte) *Tree {
	t.Helper()
	g, info := dumptest.Build(t, text)
	b, err := Build(retain.Retain(g, info, retain.RetentionOptions{Retained: true}), Options{MinShare: 0.0001, Nodes: 20000})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCompare(t *testing.T) {
	list := func(n int, size uint64) *dumpbuild.Node {
		a := dumpbuild.NewArray()
		for i := range n {
			a.Add(fmt.Sprint(i), dumpbuild.NewObject("Item", dumpbuild.To("text", dumpbuild.NewString(size))))
		}
		return a
	}
	before := dumpbuild.New().Global("log", list(10, 400)).Global("gone", list(20, 300)).Global("same", list(5, 100)).Global("less", list(9, 200)).Dump().PrintUsual()
	after := dumpbuild.New().Global("log", list(50, 400)).Global("new", list(7, 300)).Global("same", list(5, 100)).Global("less", list(4, 200)).Dump().PrintUsual()
	b, a := fullTree(t, before), fullTree(t, after)
	c := Compare(b, a, 0, 0)
	checkChange(t, "built", c, b, a)
	got := map[string]Changed{}
	for _, n := range c.Root.Children {
		got[n.Label] = n.Changed()
	}
	for label, want := range map[string]Changed{"$log": Grew, "$gone": Vanished, "$same": Same, "$less": Shrank, "$new": Appeared} {
		if got[label] != want {
			t.Errorf("%s: %s, want %s", label, got[label], want)
		}
	}
	var decisive []string
	for _, n := range c.Decisive(1) {
		decisive = append(decisive, fmt.Sprint(n.Path, " ", n.Changed()))
	}
	if text := strings.Join(decisive, "; "); !strings.Contains(text, "$log") || !strings.Contains(text, "$gone") || strings.Contains(text, "$same") {
		t.Errorf("decisive: %s", text)
	}
}

// checkChange sees that both sides of a change are the trees that it was made
// of, and that what is below a node fits into its width.
func checkChange(t *testing.T, name string, c *Change, before, after *Tree) {
	t.Helper()
	sums := func(a *Amounts, of func(*ChangeNode) *Amounts, n *ChangeNode) {
		sum := a.Own + a.HiddenBytes
		for i := range n.Children {
			sum += of(&n.Children[i]).Retained
		}
		if sum != a.Retained {
			t.Errorf("%s: %s: parts of %d retain %d", name, n.Label, a.Retained, sum)
		}
	}
	nodes := 0
	c.Root.all(func(n *ChangeNode) {
		nodes++
		sums(&n.Before, func(n *ChangeNode) *Amounts { return &n.Before }, n)
		sums(&n.After, func(n *ChangeNode) *Amounts { return &n.After }, n)
		below := uint64(0)
		for i := range n.Children {
			below += n.Children[i].Weight
		}
		if below > n.Weight || n.Weight < n.Before.Retained || n.Weight < n.After.Retained {
			t.Errorf("%s: %s weighs %d, what is below it %d", name, n.Label, n.Weight, below)
		}
	})
	if c.Root.Before.Retained != before.Root.Retained || c.Root.After.Retained != after.Root.Retained {
		t.Errorf("%s: %+v %+v", name, c.Root.Before, c.Root.After)
	}
	for _, n := range c.Decisive(0) {
		if n == &c.Root {
			t.Errorf("%s: the root is decisive", name)
		}
	}
}

func TestCompareDumps(t *testing.T) {
	for _, names := range [][2]string{
		{"series/cache_service-1.json.gz", "series/cache_service-3.json.gz"}, {"series/weak_map-3.json.gz", "series/weak_map-1.json.gz"},
		{"talk-1k.json.gz", "phpunit.json.gz"}, {"fibers.json", "truncated-deep-list.json.gz"}, {"statics.json", "statics.json"},
	} {
		before, after := fullTree(t, dumptest.Load(t, names[0])), fullTree(t, dumptest.Load(t, names[1]))
		whole := Compare(before, after, 0, 0)
		checkChange(t, names[0], whole, before, after)
		if names[0] == names[1] {
			whole.Root.all(func(n *ChangeNode) {
				if n.Changed() != Same || n.Before != n.After {
					t.Errorf("%s: %s %s", names[0], n.Label, n.Changed())
				}
			})
		}
		cut := Compare(before, after, 0.001, 50)
		checkChange(t, names[0]+", cut", cut, before, after)
		n := 0
		cut.Root.all(func(*ChangeNode) { n++ })
		if n > 50 {
			t.Errorf("%s: %d nodes", names[0], n)
		}
		// None of the decisive places is below another.
		list := whole.Decisive(1)
		for i, x := range list {
			if i > 0 && magnitude(list[i-1].Delta()) < magnitude(x.Delta()) {
				t.Errorf("%s: %s changed more than the one before it", names[0], x.Path)
			}
			x.all(func(below *ChangeNode) {
				if below != x && slices.Contains(list, below) {
					t.Errorf("%s: %s is below %s", names[0], below.Path, x.Path)
				}
			})
		}
	}
}
