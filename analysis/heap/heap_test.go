package heap

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"memtrail/analysis/retain"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/dumptest"
)

// heapDump is a dump of items given as "id type size child…"; a child is
// "key=id". Objects are of class C.
func heapDump(header string, items ...string) []byte {
	var b strings.Builder
	b.WriteString("{" + header + `"items":{`)
	for i, it := range items {
		f := strings.Fields(it)
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `"%s":{"type":%q,"size":%q,"is_root":%v,"frame":"main()","symbol_name":"v%d"`, f[0], f[1], f[2], i == 0, i)
		if f[1] == "object" {
			fmt.Fprintf(&b, `,"class":"C","object_handle":"%d"`, i+1)
		}
		if f[1] == "object" || f[1] == "array" {
			b.WriteString(`,"children":{`)
			for j, c := range f[3:] {
				if j > 0 {
					b.WriteString(",")
				}
				key, id, _ := strings.Cut(c, "=")
				fmt.Fprintf(&b, "%q:%q", key, id)
			}
			b.WriteString("}")
		}
		b.WriteString("}")
	}
	b.WriteString("}}")
	return []byte(b.String())
}

func mapOf(t testing.TB, text []byte, o HeapOptions) *Heap {
	t.Helper()
	g, info := dumptest.Build(t, text)
	h, err := Map(g, info, o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestMapHeap(t *testing.T) {
	for _, tt := range []struct {
		name   string
		items  []string
		chunks string // address: bytes by kind, pages used, largest gap
		huge   string
		out    string
	}{
		{name: "an object with two properties",
			items:  []string{"0x7f0000401000 object 72 a=0x7f0000401028 b=0x7f0000401038", "0x7f0000401028 int 16", "0x7f0000401038 int 16"},
			chunks: "7f0000400000: [80 0 0 0 0 0] 2 {2 510}"},
		{name: "a packed array with its variable",
			items:  []string{"0x7f0000405060 array 72 0=0x7f0000407008 1=0x7f0000407018", "0x7f0000407008 int 16", "0x7f0000407018 int 16"},
			chunks: "7f0000400000: [0 160 0 0 16 0] 3 {8 504}"},
		{name: "a hash, and a reference in it",
			items: []string{"0x7f0000405060 array 72 a=0x7f0000407040 b=0x7f0000409028 c=0x7f0000407080",
				"0x7f0000407040 int 16", "0x7f0000409028 int 16", "0x7f0000407080 int 16"},
			chunks: "7f0000400000: [0 320 0 32 16 0] 4 {10 502}"},
		{name: "a table of properties",
			items:  []string{"0x7f0000401000 object 72 x=0x7f0000403040 y=0x7f0000403060", "0x7f0000403040 int 16", "0x7f0000403060 int 16"},
			chunks: "7f0000400000: [40 0 320 0 0 0] 3 {4 508}"},
		{name: "a store of which nothing shows, a slot without a holder",
			items:  []string{"0x7f0000401000 array 72 0=0x7f0000402000", "0x7f0000402000 object 72", "0x7f00005ff008 int 16"},
			chunks: "7f0000400000: [40 0 0 0 16 16] 4 {3 508}"},
		{name: "a huge block",
			items:  append([]string{"0x7f0000401000 array 72" + elements(0x7f0000800008, 1<<17)}, slots(0x7f0000800008, 1<<17)...),
			chunks: "7f0000400000: [0 0 0 0 16 0] 2 {2 510}", huge: "7f0000800000+2101248 arrays 131072"},
		{name: "in a chunk's header",
			items: []string{"0x7f0000400100 object 72"}, out: "7f0000400000 1"},
		{name: "a stack far away, and a lonely chunk nearby",
			items:  append(append(slots(0x7f0000401008, 20), "0x7ffc3d0e5000 int 16", "0x7f0001a01000 object 72"), slots(0x7f0000601008, 20)...),
			chunks: "7f0000400000: [0 0 0 32 0 288] 2 {2 510}; 7f0000600000: [0 0 0 0 0 320] 2 {2 510}; 7f0001a00000: [40 0 0 0 0 0] 2 {2 510}", out: "7ffc3d000000 1"},
		{name: "no items"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := mapOf(t, heapDump("", tt.items...), HeapOptions{PHP: 80200})
			var chunks, huge, out []string
			for _, c := range h.Chunks {
				chunks = append(chunks, fmt.Sprintf("%x: %v %d %v", c.Address, c.Bytes, c.PagesUsed, c.LargestFree()))
			}
			for _, b := range h.Huge {
				huge = append(huge, fmt.Sprintf("%x+%d %s %d", b.Address, b.Bytes, b.Kind, b.Items))
			}
			for _, o := range h.Outside {
				out = append(out, fmt.Sprintf("%x %d", o.Address, o.Items))
			}
			if got := strings.Join(chunks, "; "); got != tt.chunks {
				t.Errorf("chunks %s, want %s", got, tt.chunks)
			}
			if got := strings.Join(huge, "; "); got != tt.huge {
				t.Errorf("huge blocks %s, want %s", got, tt.huge)
			}
			if got := strings.Join(out, "; "); got != tt.out {
				t.Errorf("outside %s, want %s", got, tt.out)
			}
		})
	}
}

// elements are the children of a packed array, slots their items.
func elements(from, count int) string {
	var b strings.Builder
	for i := range count {
		fmt.Fprintf(&b, " %d=0x%x", i, from+16*i)
	}
	return b.String()
}

func slots(from, count int) []string {
	items := make([]string, count)
	for i := range items {
		items[i] = fmt.Sprintf("0x%x int 16", from+16*i)
	}
	return items
}

// What PHP had mapped is what the chunks and huge blocks come to, to the byte.
func TestHeapMapped(t *testing.T) {
	for _, name := range []string{"example.json", "talk-1k.json.gz", "weird.json.gz", "phpunit.json.gz", "statics.json"} {
		h := mapOf(t, dumptest.Load(t, name), HeapOptions{})
		if h.MappedBytes != h.Header.MemoryUsageReal {
			t.Errorf("%s: mapped %d, PHP says %d", name, h.MappedBytes, h.Header.MemoryUsageReal)
		}
	}
}

// Every dump's map agrees with itself and with a naive look at the addresses.
func TestHeapNaive(t *testing.T) {
	texts := map[string][]byte{}
	for _, name := range dumptest.Some(1) {
		texts[name] = dumptest.Load(t, name)
	}
	texts["simulated"], _ = dumptest.Simulate(t, 40_000)
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			g, info := dumptest.Build(t, text)
			h, err := Map(g, info, HeapOptions{})
			if err != nil {
				t.Fatal(err)
			}
			priced := retain.Retain(g, info, retain.RetentionOptions{Retained: true, Bounds: true, Measurer: true})
			if m, err := MapMeasured(priced.Measurer, info, HeapOptions{}); err != nil || !reflect.DeepEqual(h, m) {
				t.Errorf("%v: with the prices of others the map is another one", err)
			}
			items := h.Uncharted
			byAddress := map[uint64]*Chunk{}
			var placed HeapBytes
			for i := range h.Chunks {
				c := &h.Chunks[i]
				byAddress[c.Address] = c
				items += c.Items
				checkChunk(t, c)
				for k, n := range c.Bytes {
					placed[k] += n
				}
			}
			for _, b := range h.Huge {
				items += b.Items
				placed[b.Kind] += b.Bytes
			}
			for _, o := range h.Outside {
				items += o.Items
			}
			if items != uint64(g.Items()) {
				t.Errorf("%d items somewhere, of %d", items, g.Items())
			}
			if placed != h.Placed {
				t.Errorf("placed %v, the parts come to %v", h.Placed, placed)
			}
			objects := map[uint64]map[dump.Address]bool{}
			for n := range graph.NodeID(g.Items()) {
				a := uint64(g.Address(n))
				c := byAddress[a&^(ChunkSize-1)]
				if c == nil {
					continue
				}
				if p := c.Pages[a%ChunkSize/PageSize]; p.Bytes == 0 {
					t.Fatalf("%#x is said to lie in a free page", a)
				}
				if g.IsObject(n) {
					if objects[c.Address] == nil {
						objects[c.Address] = map[dump.Address]bool{}
					}
					objects[c.Address][g.Address(n)] = true
				}
			}
			for address, c := range byAddress {
				var count uint64
				for _, u := range c.Classes {
					count += u.Count
				}
				if n := uint64(len(objects[address])); len(c.Classes) < mostClasses && count != n {
					t.Errorf("%#x: %d objects by class, %d in all", address, count, n)
				}
			}
		})
	}
}

func checkChunk(t *testing.T, c *Chunk) {
	t.Helper()
	free := make([]bool, ChunkPages)
	for _, r := range c.Free {
		for p := r.From; p < r.From+r.Pages; p++ {
			free[p] = true
		}
	}
	var bytes uint64
	used := 0
	for i, p := range c.Pages {
		bytes += uint64(p.Bytes)
		if p.Bytes > PageSize || (p.Bytes == 0 && i > 0) != free[i] {
			t.Fatalf("%#x: page %d has %d bytes, free: %v", c.Address, i, p.Bytes, free[i])
		}
		if !free[i] {
			used++
		}
	}
	if bytes != c.Bytes.Total() || used != c.PagesUsed {
		t.Errorf("%#x: %d bytes in %d pages, want %d in %d", c.Address, c.Bytes.Total(), c.PagesUsed, bytes, used)
	}
}

func TestMapHeapRefuses(t *testing.T) {
	elsewhere, err := dump.ParseMaps(strings.NewReader("1000-2000 rw-p\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		text []byte
		maps dump.Regions
		want error
	}{
		{"reli", heapDump("", "0x1000000000000001 object 72"), nil, errNotAddresses},
		{"no addresses", heapDump("", "node:1 object 72", "node:2 int 16"), nil, errNoAddress},
		{"another process", heapDump("", "0x7f0000401000 object 72"), elsewhere, errOtherProcess},
	} {
		g, info := dumptest.Build(t, tt.text)
		if _, err := Map(g, info, HeapOptions{Maps: tt.maps}); !errors.Is(err, tt.want) || ErrMaps(err) != (tt.maps != nil) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
}

// The list of mappings decides, whatever it looks like without.
func TestHeapMaps(t *testing.T) {
	maps, err := dump.ParseMaps(strings.NewReader(`
55d0ca1f3000-55d0ca3a1000 rw-p 0 0 0 [heap]
7f0000400000-7f0000800000 rw-p 0 0 0
7f0000800000-7f0000a00000 rw-p 0 0 0 /usr/lib/libphp.so
7ffc3d0e5000-7ffc3d106000 rw-p 0 0 0 [stack]
`))
	if err != nil {
		t.Fatal(err)
	}
	items := append(slots(0x55d0ca200008, 30), slots(0x7f0000801008, 40)...)
	items = append(items, "0x7f0000401000 object 72", "0x7f0000601000 object 72", "0x7ffc3d0e5000 int 16", "0x7ffd00000000 int 16")
	h := mapOf(t, heapDump("", items...), HeapOptions{Maps: maps, Limit: 1})
	var got []string
	for _, c := range h.Chunks {
		got = append(got, fmt.Sprintf("%x %s", c.Address, c.Region))
	}
	for _, o := range h.Outside {
		got = append(got, fmt.Sprintf("%s %d", o.Region, o.Items))
	}
	want := "7f0000400000 anonymous, 7f0000600000 anonymous, not mapped 1, [heap] 30, /usr/lib/libphp.so 40, [stack] 1"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("%s, want %s", s, want)
	}
	if h.Listed != 1 {
		t.Errorf("%d chunks listed, want 1", h.Listed)
	}
}

// Items that are each in a chunk of their own do not take 38 KiB each.
func TestHeapScattered(t *testing.T) {
	items := make([]string, 12_000)
	for i := range items {
		items[i] = fmt.Sprintf("0x%x object 72", 0x7f0000001000+i*ChunkSize)
	}
	h := mapOf(t, heapDump("", items...), HeapOptions{})
	if len(h.Chunks) > 4096+len(items)/1024 || uint64(len(h.Chunks))+h.Uncharted != uint64(len(items)) {
		t.Errorf("%d chunks, %d items uncharted, of %d", len(h.Chunks), h.Uncharted, len(items))
	}
}
