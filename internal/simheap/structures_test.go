package simheap_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"memtrail/internal/dumpbuild"
	"memtrail/internal/simheap"
)

// A dump with its items by id.
type dump struct {
	*dumpbuild.Dump
	byID map[string]*dumpbuild.Item
}

func simulate(t *testing.T, o simheap.Options) (dump, simheap.Truth) {
	t.Helper()
	data, truth := write(t, o)
	d := dump{read(t, data), map[string]*dumpbuild.Item{}}
	for i := range d.Items {
		d.byID[d.Items[i].ID] = &d.Items[i]
	}
	return d, truth
}

func (d dump) root(frame, symbol string) *dumpbuild.Item {
	for i := range d.Items {
		if it := &d.Items[i]; it.IsRoot() && it.Frame() == frame && it.Symbol() == symbol {
			return it
		}
	}
	return nil
}

func (d dump) child(it *dumpbuild.Item, key string) *dumpbuild.Item {
	if it != nil {
		for _, c := range it.Children() {
			if c.Name == key {
				return d.byID[c.Value.Text]
			}
		}
	}
	return nil
}

var step = regexp.MustCompile(`^(?:->(\w+)|\["([^"]*)"\])`)

// at follows a path such as $a->b["c"] or App\C::$p.
func (d dump) at(t *testing.T, path string) *dumpbuild.Item {
	t.Helper()
	frame, symbol := "<GLOBAL>", ""
	class, rest, _ := strings.Cut(path, "$")
	name := regexp.MustCompile(`^\w+`).FindString(rest)
	symbol, rest = name, rest[len(name):]
	if class != "" {
		frame, symbol = "<CLASS_STATIC_MEMBER>", class+name
	}
	it := d.root(frame, symbol)
	for rest != "" {
		m := step.FindStringSubmatch(rest)
		it, rest = d.child(it, m[1]+m[2]), rest[len(m[0]):]
	}
	if it == nil {
		t.Fatalf("no %s", path)
	}
	return it
}

func TestPlantsAreThere(t *testing.T) {
	d, truth := simulate(t, simheap.Options{Items: 20_000, Seed: 3})
	if len(truth.Plants) != int(simheap.WeakKeys)+1 {
		t.Errorf("%d plants", len(truth.Plants))
	}
	for _, p := range truth.Plants {
		t.Run(p.Structure.String(), func(t *testing.T) {
			members := d.members(t, p)
			if len(members) != p.Members || p.Members < 2 {
				t.Errorf("%d members, the truth says %d", len(members), p.Members)
			}
			found := false
			for _, id := range members {
				it := d.byID[id]
				if holds := it.Class() + it.Type(); holds != p.Holds+"object" && holds != p.Holds {
					t.Fatalf("holds %q", holds)
				}
				found = found || id == p.Example
			}
			if !found {
				t.Errorf("%s is not among the members", p.Example)
			}
		})
	}
}

// members lists the ids of what a plant's container holds. A list is held by
// its first node.
func (d dump) members(t *testing.T, p simheap.Plant) (ids []string) {
	t.Helper()
	it := d.at(t, p.Container)
	if p.Structure == simheap.List {
		for ; it.Type() == "object"; it = d.child(it, "next") {
			ids = append(ids, it.ID)
		}
		return ids
	}
	for _, c := range it.Children() {
		ids = append(ids, c.Value.Text)
	}
	return ids
}

// As in closure-address-reuse.json: later closures show what an earlier one's
// tables held, and what they captured themselves is missing.
func TestAddressReuse(t *testing.T) {
	const n = 40
	d, truth := simulate(t, simheap.Options{Items: 200, Mix: simheap.Mix{simheap.Listeners: 1}})
	parents := map[string]int{}
	closures, captured := 0, 0
	for i := range d.Items {
		it := &d.Items[i]
		switch it.Class() {
		case "Closure":
			closures++
			for _, c := range it.Children() {
				parents[c.Name+" "+c.Value.Text]++
				if this := c.Name == "this"; this != (d.byID[c.Value.Text].Type() == "object") {
					t.Errorf("%s: %s is an object: %v", it.ID, c.Name, !this)
				}
			}
		case `App\Order\PaidOrder`:
			captured++
		}
	}
	if closures < n {
		t.Fatalf("only %d closures", closures)
	}
	if captured != 1 {
		t.Errorf("%d captured objects of %d closures are there", captured, closures/2)
	}
	toTables := 0
	for edge, n := range parents {
		if strings.HasPrefix(edge, "this ") && n != 1 {
			t.Errorf("%d closures share %s", n, edge)
		}
		if !strings.HasPrefix(edge, "this ") {
			toTables += n
		}
	}
	// Of the edges to tables only the first closures' two are true.
	if toTables-2 != truth.Reused {
		t.Errorf("%d false edges, the truth says %d", toTables-2, truth.Reused)
	}
}

func TestAddresses(t *testing.T) {
	d, _ := simulate(t, simheap.Options{Items: 20_000, Seed: 5})
	address := func(id string) uint64 {
		n, err := strconv.ParseUint(id, 0, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, it := range d.Items {
		if a := address(it.ID); a%8 != 0 || a&(2<<20-1) < 4<<10 {
			t.Fatalf("%s is no place for a value", it.ID)
		}
	}
	user := d.byID[d.at(t, "$userService->cache->cache").Children()[5].Value.Text]
	for k, c := range user.Children() {
		if got := address(c.Value.Text) - address(user.ID); got != 40+16*uint64(k) {
			t.Errorf("property %d lies %d bytes into its object", k, got)
		}
	}
	for path, apart := range map[string]uint64{
		`App\Metrics\Clock::$ticks`: 16, "$config->items": 32, "$values": 32 /* every other is unset */, "$odd": 32,
	} {
		members := d.at(t, path).Children()
		if len(members) < 5 {
			t.Errorf("%s has %d elements", path, len(members))
		}
		for i := 1; i < len(members); i++ {
			if got := address(members[i].Value.Text) - address(members[i-1].Value.Text); got != apart {
				t.Fatalf("element %d of %s lies %d bytes behind the one before", i, path, got)
			}
		}
	}
}

func TestSharedAndReferencedElements(t *testing.T) {
	d, _ := simulate(t, simheap.Options{Items: 20_000, Seed: 5})
	defaults := d.at(t, "$defaults")
	for _, c := range d.at(t, "$tenants").Children() {
		if own := d.child(d.byID[c.Value.Text], "settings"); fmt.Sprint(own.Children()) != fmt.Sprint(defaults.Children()) {
			t.Fatalf("%s has elements of its own", own.ID)
		}
	}
	input, bound := d.at(t, "$form->input"), d.at(t, "$form->bound")
	if fmt.Sprint(input.Children()) != fmt.Sprint(bound.Children()) {
		t.Error("the references differ")
	}
	order := d.byID[d.at(t, "$orders").Children()[0].Value.Text]
	if d.child(d.child(d.child(order, "customer"), "orders"), "0") != order {
		t.Error("no cycle")
	}
	leaf := d.byID[d.at(t, "$catalog->departments").Children()[0].Value.Text]
	depth := 0
	for kids := d.child(leaf, "children"); len(kids.Children()) > 0; kids = d.child(leaf, "children") {
		below := d.byID[kids.Children()[0].Value.Text]
		if d.child(below, "parent") != leaf {
			t.Fatal("a child does not know its parent")
		}
		leaf = below
		depth++
	}
	if depth < 5 {
		t.Errorf("a tree is only %d deep", depth)
	}
	for i, pair := range d.at(t, "$lastSeen").Children() {
		key := d.child(d.byID[pair.Value.Text], "key")
		if key.ID != d.at(t, "$sessions").Children()[i].Value.Text {
			t.Fatalf("key %d of the weak map lives nowhere else", i)
		}
	}
}

func TestOddities(t *testing.T) {
	d, _ := simulate(t, simheap.Options{Items: 500, Mix: simheap.Mix{
		simheap.OddKeys: 1, simheap.Frames: 1, simheap.Uninitialised: 1,
	}})
	keys := map[string]int{}
	for _, path := range []string{"$odd", "$child"} {
		for _, c := range d.at(t, path).Children() {
			keys[c.Name]++
		}
	}
	for _, want := range []string{`quote"back\slash/`, "tab\t\n\x01\x1f", "\xff\xfe", "caf\xe9", "", "-5", "007", "9223372036854775807", strings.Repeat("long/", 1000)} {
		if keys[want] != 1 {
			t.Errorf("%d keys %.20q", keys[want], want)
		}
	}
	if keys["dup"] != 2 {
		t.Errorf("dup occurs %d times", keys["dup"])
	}
	if it := d.at(t, "$selfish"); d.child(it, "self") != it || it.Class() != "App\\Legacy\\\u00dcber\xff" {
		t.Errorf("selfish is %+v", it)
	}
	if d.root("<GLOBAL>", "caf\xe9") == nil {
		t.Error("no symbol in Latin-1")
	}
	if d.root("<CLASS_STATIC_MEMBER>", "*::booted") == nil {
		t.Error("no protected static member")
	}
	if d.at(t, "$never").Type() != "number" || d.child(d.at(t, "$proxy"), "target").Type() != "number" {
		t.Error("uninitialised slots have a type")
	}
	// Frames come first, and what the inner holds is no root of the outer.
	if first := d.Items[0]; first.Frame() != `App\Queue\Worker->handle()` || first.Symbol() != "job" {
		t.Errorf("the first item is %+v", first)
	}
	if d.root(`App\Queue\Worker->run()`, "batch") == nil || d.root(`App\Queue\Worker->run()`, "job") != nil {
		t.Error("the outer frame is not as it should be")
	}
}
