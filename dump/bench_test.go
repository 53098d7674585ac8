package dump

import (
	"bytes"
	"sync"
	"testing"

	"memtrail/internal/dumpbuild"
	"memtrail/internal/simheap"
)

// simulated is a dump of some 20 MB.
var simulated = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if _, err := simheap.Write(&b, simheap.Options{Items: 115_000, Seed: 1}); err != nil {
		panic(err)
	}
	return b.Bytes()
})

var minified = sync.OnceValue(func() []byte {
	d, err := dumpbuild.Read(simulated())
	if err != nil {
		panic(err)
	}
	return dumpbuild.Minified().Print(d)
})

// capturedSim is the simulated dump as capture would have written it.
var capturedSim = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	w := NewWriter(&b, &Header{MemoryUsage: 1 << 25})
	for s := NewScanner(bytes.NewReader(simulated()), Options{Children: true}); s.Scan(); {
		it := *s.Item()
		it.Address, _ = ParseAddress(it.ID)
		for _, c := range it.Children {
			a, _ := ParseAddress(c.ID)
			it.Addresses = append(it.Addresses, a)
		}
		if it.Size != 16 {
			it.Alloc, it.Refs = it.Size+16, 1
		}
		w.Item(&it)
	}
	if err := w.Close(nil); err != nil {
		panic(err)
	}
	return b.Bytes()
})

func BenchmarkScanner(b *testing.B) {
	for _, c := range []struct {
		name string
		text func() []byte
		opt  Options
	}{
		{"usual", simulated, Options{}},
		{"usual, children", simulated, Options{Children: true}},
		{"general", simulated, Options{tuning: tuning{general: true}}},
		{"minified", minified, Options{Children: true}},
		{"captured", capturedSim, Options{}},
		{"captured, children", capturedSim, Options{Children: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			text := c.text()
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				s := NewScanner(bytes.NewReader(text), c.opt)
				for s.Scan() {
				}
				if !s.Info().Complete {
					b.Fatal(s.Info())
				}
			}
		})
	}
}

// counter is the least that a sink can do.
type counter struct{ items, children uint64 }

func (c *counter) Item(it *Item) {
	if !it.More && !it.Broken {
		c.items++
	}
	c.children += it.NumChildren
}

func BenchmarkEach(b *testing.B) {
	for _, c := range []struct {
		name string
		opt  Options
	}{
		{"1 worker", Options{Workers: 1}},
		{"2 workers", Options{Workers: 2}},
		{"2 workers, children", Options{Workers: 2, Children: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			in := fileInput(b, simulated())
			b.SetBytes(in.Size())
			for b.Loop() {
				var all counter
				_, err := Each(in, c.opt, func() *counter { return &counter{} }, func(c *counter) error {
					all.items += c.items
					return nil
				})
				if err != nil || all.items != 115_000 {
					b.Fatal(err, all)
				}
			}
		})
	}
}

func BenchmarkParseAddress(b *testing.B) {
	id := []byte("0x7fef5a65a200")
	for b.Loop() {
		ParseAddress(id)
	}
}
