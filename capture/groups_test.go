package capture_test

import (
	"testing"

	"memtrail/capture"
	"memtrail/dump"
)

// node is an item as a test of the engine's roots looks at it.
type node struct {
	typ   string
	alloc uint64
	keys  []string
	to    []dump.Address
}

// readEngine gives the items of a capture, and its roots of the engine's by name.
func readEngine(t *testing.T, c *capture.Capture) (items map[dump.Address]node, roots map[string]dump.Address, info dump.Info) {
	t.Helper()
	items, roots = map[dump.Address]node{}, map[string]dump.Address{}
	info, err := c.Items(true, func(it *dump.Item) {
		n := node{typ: string(it.Type), alloc: it.Alloc, to: append([]dump.Address(nil), it.Addresses...)}
		for _, k := range it.Children {
			n.keys = append(n.keys, string(k.Key))
		}
		if _, twice := items[it.Address]; twice {
			t.Errorf("%#x is there twice", it.Address)
		}
		items[it.Address] = n
		if it.IsRoot && string(it.Frame) == "<ENGINE>" {
			roots[string(it.Symbol)] = it.Address
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for a, n := range items {
		for i, child := range n.to {
			if _, ok := items[child]; !ok {
				t.Errorf("%s of %#x leads to %#x, which is no item", n.keys[i], a, child)
			}
		}
	}
	return items, roots, info
}

// checkEngine holds the engine's roots against what the capture says it has.
func checkEngine(t *testing.T, c *capture.Capture, names ...string) {
	t.Helper()
	items, roots, info := readEngine(t, c)
	for _, name := range names {
		if len(items[roots[name]].to) == 0 {
			t.Errorf("no %s", name)
		}
	}
	sums := map[string]uint64{}
	for _, n := range items {
		switch n.typ {
		case "file", "class", "function", "block":
			sums[n.typ] += n.alloc
		}
	}
	facts := info.Capture
	code := items[roots["(code)"]].alloc + sums["file"] + sums["class"] + sums["function"]
	if want := facts.Owner("code").Bytes; code != want {
		t.Errorf("the code has %d bytes, want %d", code, want)
	}
	// Lost blocks that look like values are values; the others are blocks.
	foreign := facts.Owner("native").Bytes + facts.Owner("lost").Bytes
	if got := sums["block"]; got > foreign || got < facts.Owner("native").Bytes {
		t.Errorf("the blocks have %d bytes, of %d that no value has", got, foreign)
	}
	lost := uint64(0)
	for _, l := range facts.Lost {
		lost += l.Bytes
		if l.Bytes != l.Blocks*l.Size {
			t.Errorf("%+v: the bytes are not those of the blocks", l)
		}
	}
	if want := facts.Owner("lost").Bytes; lost != want {
		t.Errorf("the lost blocks have %d bytes, want %d", lost, want)
	}
	all := uint64(0)
	for _, n := range items {
		all += n.alloc
	}
	if rest := facts.Owner("engine").Bytes + facts.Owner("frames").Bytes; all > facts.Blocks.Bytes || all+rest < facts.Blocks.Bytes {
		t.Errorf("the items have %d of %d bytes, and what no item has is at most %d", all, facts.Blocks.Bytes, rest)
	}
}

func TestSnapshotEngine(t *testing.T) {
	for _, s := range snapshots {
		t.Run(s.php, func(t *testing.T) {
			b := snapshot(t, s.file)
			checkEngine(t, fromSnapshot(t, b, capture.Options{}), "shutdown functions", "error handlers", "(code)", "(uncollected)")
			items, roots, info := readEngine(t, fromSnapshot(t, b, capture.Options{}))
			cycles := info.Capture.Uncollected.Cycles
			if len(cycles) != 1 || cycles[0].Class != "Node" || cycles[0].Count != 10 || cycles[0].Example != "Node->next → Node->next" {
				t.Errorf("the cycles are %+v, want 10 of Node", cycles)
			}
			group := items[items[roots["(uncollected)"]].to[0]]
			if group.typ != "group" || len(group.to) != 10 || group.keys[9] != "10" || items[roots["(uncollected)"]].keys[0] != "cycles of Node" {
				t.Errorf("the group of cycles is %+v", group)
			}
		})
	}
}
