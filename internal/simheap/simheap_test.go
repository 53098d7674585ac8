package simheap_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"memtrail/internal/dumpbuild"
	"memtrail/internal/simheap"
)

func write(t *testing.T, o simheap.Options) ([]byte, simheap.Truth) {
	t.Helper()
	var b bytes.Buffer
	truth, err := simheap.Write(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), truth
}

func read(t *testing.T, data []byte) *dumpbuild.Dump {
	t.Helper()
	d, err := dumpbuild.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// cases are options that between them reach every structure and every edge of
// the planning.
func cases() map[string]simheap.Options {
	all := map[string]simheap.Options{
		"usual":     {Items: 5000, Seed: 1},
		"tiny":      {Items: 200, Seed: 2},
		"dangling":  {Items: 1000, Seed: 3, Dangling: 7},
		"nextfirst": {Items: 1000, Seed: 4, NextFirst: true, Mix: simheap.Mix{simheap.List: 1}},
		"empty mix": {Items: 100, Seed: 5, Mix: simheap.Mix{}},
		"two":       {Items: 1234, Seed: 6, Mix: simheap.Mix{simheap.Cache: 3, simheap.Registry: 5}},
	}
	for s := range simheap.DefaultMix() {
		all[s.String()] = simheap.Options{Items: 700, Seed: 7, Mix: simheap.Mix{s: 1}}
	}
	return all
}

func TestSameOptionsSameBytes(t *testing.T) {
	o := simheap.Options{Items: 3000, Seed: 42}
	first, _ := write(t, o)
	second, _ := write(t, o)
	if !bytes.Equal(first, second) {
		t.Error("two runs differ")
	}
	o.Seed++
	if other, _ := write(t, o); bytes.Equal(first, other) {
		t.Error("the seed changes nothing")
	}
	// The same on every machine. A deliberate change of the simulation changes
	// the sum.
	const want = "452f363c48c3dc57"
	if sum := fmt.Sprintf("%x", sha256.Sum256(first)); sum[:16] != want {
		t.Errorf("sha256 begins with %s, want %s", sum[:16], want)
	}
}

func TestTruthIsWhatTheDumpHolds(t *testing.T) {
	for name, o := range cases() {
		t.Run(name, func(t *testing.T) {
			data, truth := write(t, o)
			if truth.Items != o.Items {
				t.Errorf("%d items, want %d", truth.Items, o.Items)
			}
			compare(t, data, read(t, data), truth)
		})
	}
}

func compare(t *testing.T, data []byte, d *dumpbuild.Dump, truth simheap.Truth) {
	t.Helper()
	got := simheap.Truth{Bytes: int64(len(data))}
	tallies := map[string]*simheap.Tally{}
	ids := map[string]bool{}
	for i := range d.Items {
		it := &d.Items[i]
		if ids[it.ID] {
			t.Errorf("%s occurs twice", it.ID)
		}
		ids[it.ID] = true
		got.Items++
		got.Edges += len(it.Children())
		if it.IsRoot() {
			got.Roots++
		}
		k := it.Type() + " " + it.Class()
		if tallies[k] == nil {
			tallies[k] = &simheap.Tally{Type: it.Type(), Class: it.Class()}
		}
		tallies[k].Count++
		tallies[k].Size += it.Size()
	}
	for i := range d.Items {
		for _, c := range d.Items[i].Children() {
			if !ids[c.Value.Text] {
				got.Dangling++
			}
		}
	}
	for _, tally := range tallies {
		got.Tallies = append(got.Tallies, *tally)
	}
	slices.SortFunc(got.Tallies, func(a, b simheap.Tally) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Type, b.Type), strings.Compare(a.Class, b.Class))
	})
	if truth.Truncated {
		got.Dangling = truth.Dangling
	}
	if got.Items != truth.Items || got.Edges != truth.Edges || got.Roots != truth.Roots ||
		got.Bytes != truth.Bytes || got.Dangling != truth.Dangling {
		t.Errorf("the dump holds %+v, the truth is %+v", got, truth)
	}
	if !slices.Equal(got.Tallies, truth.Tallies) {
		t.Errorf("tallies %v, want %v", truth.Tallies, got.Tallies)
	}
	header := fmt.Sprintf("[{memory_usage {1 %d []}} {memory_usage_real {1 %d []}} {peak_memory_usage {1 %d []}} {peak_memory_usage_real {1 %d []}}]",
		truth.Header.MemoryUsage, truth.Header.MemoryUsageReal, truth.Header.PeakMemoryUsage, truth.Header.PeakMemoryUsageReal)
	if got := fmt.Sprint(d.Header); got != header {
		t.Errorf("header %s, want %s", got, header)
	}
}

// The dumper visits depth first: an item is either a root or the next child,
// of the items that are open, that has not been printed.
func TestItemsComeInPreorder(t *testing.T) {
	for name, o := range cases() {
		t.Run(name, func(t *testing.T) {
			data, _ := write(t, o)
			checkPreorder(t, read(t, data))
		})
	}
}

func checkPreorder(t *testing.T, d *dumpbuild.Dump) {
	t.Helper()
	items := map[string]*dumpbuild.Item{}
	for i := range d.Items {
		items[d.Items[i].ID] = &d.Items[i]
	}
	printed := map[string]bool{}
	var open [][]dumpbuild.Member
	for i := range d.Items {
		it := &d.Items[i]
		next := ""
		for next == "" && len(open) > 0 {
			top := &open[len(open)-1]
			if len(*top) == 0 {
				open = open[:len(open)-1]
				continue
			}
			id := (*top)[0].Value.Text
			*top = (*top)[1:]
			if items[id] != nil && !printed[id] {
				next = id
			}
		}
		switch {
		case next == "" && !it.IsRoot():
			t.Fatalf("item %d, %s: nothing refers to it", i, it.ID)
		case next != "" && next != it.ID:
			t.Fatalf("item %d is %s where child %s was next", i, it.ID, next)
		case next != "" && it.IsRoot():
			t.Fatalf("item %d, %s: a root below another", i, it.ID)
		}
		printed[it.ID] = true
		open = append(open, it.Children())
	}
}

func TestTruncated(t *testing.T) {
	o := simheap.Options{Items: 2000, Seed: 9}
	whole, _ := write(t, o)
	for _, at := range []int{1, 150, 333, 5000, 5001, 5002, 100_000, 250_000, len(whole) - 3, len(whole) - 1, len(whole), len(whole) + 5} {
		o.TruncateAt = int64(at)
		data, truth := write(t, o)
		if !bytes.Equal(data, whole[:min(at, len(whole))]) {
			t.Fatalf("cut at %d: %d bytes, or not the same as the whole dump", at, len(data))
		}
		if truth.Truncated != (at < len(whole)) {
			t.Errorf("cut at %d: truncated %v", at, truth.Truncated)
		}
		d, err := dumpbuild.Read(data)
		// Without its last line feed the dump is still whole to a reader.
		if (err != nil) != (at < len(whole)-1) {
			t.Errorf("cut at %d: %v", at, err)
		}
		if at < 333 {
			continue // not even the header
		}
		compare(t, data, d, truth)
		for _, p := range truth.Plants {
			found := slices.ContainsFunc(d.Items, func(it dumpbuild.Item) bool { return it.ID == p.Example })
			if found != (p.Example != "") {
				t.Errorf("cut at %d: example %q of %v: found %v", at, p.Example, p.Structure, found)
			}
		}
	}
}

func TestImpossible(t *testing.T) {
	for _, o := range []simheap.Options{
		{Items: 0}, {Items: 100}, {Items: -1, Mix: simheap.Mix{}},
		{Items: 500, Dangling: -1}, {Items: 500, TruncateAt: -1},
	} {
		if _, err := simheap.Write(io.Discard, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

type fullDisk struct{ free int }

func (w *fullDisk) Write(b []byte) (int, error) {
	if w.free -= len(b); w.free < 0 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

func TestWriteError(t *testing.T) {
	for _, free := range []int{0, 300_000} {
		if _, err := simheap.Write(&fullDisk{free}, simheap.Options{Items: 5000}); err == nil {
			t.Errorf("%d bytes free: no error", free)
		}
	}
}

// A million nodes need neither recursion nor memory by depth.
func TestLongList(t *testing.T) {
	const items = 150_000
	truth, err := simheap.Write(io.Discard, simheap.Options{
		Items: items, Mix: simheap.Mix{simheap.List: 1}, NextFirst: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := truth.Plant(simheap.List); p.Members < items/2-1000 {
		t.Errorf("%d nodes", p.Members)
	}
}

func TestResemblesARealDump(t *testing.T) {
	_, truth := write(t, simheap.Options{Items: 100_000, Seed: 1})
	bytesPerItem := float64(truth.Bytes) / float64(truth.Items)
	edgesPerItem := float64(truth.Edges) / float64(truth.Items)
	if bytesPerItem < 172 || bytesPerItem > 184 || edgesPerItem < 1 || edgesPerItem > 1.08 {
		t.Errorf("%.1f bytes and %.3f edges an item", bytesPerItem, edgesPerItem)
	}
	if p, _ := truth.Plant(simheap.Cache); p.Members < 19_000 {
		t.Errorf("only %d members in the cache", p.Members)
	}
}
