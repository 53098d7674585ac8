package walk

import (
	"encoding/binary"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"

	"memtrail/capture/locate"
	"memtrail/capture/memory"
	"memtrail/capture/zendmm"
	"memtrail/internal/cases"
)

// snapshot gives the memory of the process in a core of capture/testdata.
func snapshot(t *testing.T, name string) *memory.Image {
	t.Helper()
	f, err := os.Open("../testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	image, err := memory.ReadCore(z, "/nonexistent", 0)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// walkerOf gives a walker for the one PHP thread of a process.
func walkerOf(t *testing.T, image *memory.Image) *Walker {
	t.Helper()
	php, err := locate.Find(image, false)
	if err != nil {
		t.Fatal(err)
	}
	heap, err := zendmm.Read(image, php.Threads[0].Heap)
	if err != nil {
		t.Fatal(err)
	}
	w, err := New(image, heap, php, php.Threads[0])
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// naivePointers are the words outside the heap that lead into it, or to an object,
// but for those that a stack has left behind.
func naivePointers(w *Walker) map[uint64]uint64 {
	all := map[uint64]uint64{}
	for i := range w.m.Segments {
		s := &w.m.Segments[i]
		for a := s.Address; a+8 <= s.End(); a += 8 {
			v := w.m.Word(a)
			if m := w.m.Mapping(a); w.h.Holds(a) || !w.h.Holds(v) && !w.objects.isAt(v) || m != nil && m.Path == "[stack]" && a < w.m.Threads[0].Stack-128 {
				continue
			}
			all[a] = v
		}
	}
	return all
}

func foundPointers(w *Walker) map[uint64]uint64 {
	all := map[uint64]uint64{}
	w.findPointers()
	for i := range w.pointers {
		w.pointers[i].each(func(v, at uint64) { all[at] = v })
	}
	return all
}

func TestPointers(t *testing.T) {
	for _, name := range cases.Sample([]string{"php74.core.zst", "php82.core.zst", "php85.core.zst", "php82-arm64.core.zst"}, 2, 1) {
		t.Run(name, func(t *testing.T) {
			image := snapshot(t, name)
			defer image.Close()
			w := walkerOf(t, image)
			want := naivePointers(w)
			if got := foundPointers(w); !maps.Equal(got, want) {
				t.Errorf("%d words lead into the heap, want %d", len(got), len(want))
			}
			if len(want) < 40 {
				t.Errorf("only %d words lead into the heap", len(want))
			}
		})
	}
}

// An object may lie outside the heap: extensions make some of their own memory.
// It is known by the table of objects, as others are, and so are pointers to it.
func TestObjectOutside(t *testing.T) {
	const at = 0x10000
	core := snapshot(t, "php82.core.zst")
	defer core.Close()
	before := walkerOf(t, core)
	var moved uint64
	before.objects.each(func(o uint64) { moved = o })
	if moved == 0 || len(before.objects.outside) > 0 || before.objects.has(at) {
		t.Fatalf("the object %#x, outside the heap %#x", moved, before.objects.outside)
	}

	data := make([]byte, 0x1000)
	copy(data, core.Bytes(moved, objectSlots))
	const pointer, odd = 0x200, 0x208
	binary.LittleEndian.PutUint64(data[pointer:], at)
	binary.LittleEndian.PutUint64(data[odd:], at+8)
	entry := before.objects.table + 8*uint64(core.Half(moved+8))
	binary.LittleEndian.PutUint64(core.Bytes(entry, 8), at)
	image := memory.New(
		append(slices.Clone(core.Mappings), memory.Mapping{From: at, To: at + 0x1000, Permissions: "rw-p"}),
		append(slices.Clone(core.Segments), memory.Segment{Address: at, Data: data}),
	)
	image.Threads = core.Threads

	w := walkerOf(t, image)
	if !w.objects.has(at) || w.objects.has(at+8) || w.objects.has(moved) {
		t.Errorf("an object at %#x: %v, behind it: %v, where it was: %v; want the first only", at, w.objects.has(at), w.objects.has(at+8), w.objects.has(moved))
	}
	if !slices.Equal(w.objects.outside, []uint64{at}) || !w.leads.spans(at) {
		t.Errorf("objects outside the heap: %#x, between %#x; want one", w.objects.outside, w.leads)
	}
	want := naivePointers(w)
	if got := foundPointers(w); !maps.Equal(got, want) || got[at+pointer] != at || got[at+odd] != 0 {
		t.Errorf("%d words lead somewhere, want %d, among them that at %#x", len(got), len(want), at+pointer)
	}
}
