//go:build linux && (amd64 || arm64)

package memory

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"testing"
)

// A copy into room that was ready, or that another copy had, is the same as another;
// room is used if it is large enough.
func TestSpare(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=target")
	at, err := strconv.ParseUint(c.line(t), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	var spare Spare
	defer spare.Close()
	for i, size := range []uint64{1 << 20, 24 << 20, 0} {
		if size > 0 {
			spare.Prepare(size)
		}
		ready := slices.Clone(spare.ready)
		for _, room := range ready {
			for k := range room.all {
				room.all[k] = 0xa5 // what another copy has left
			}
		}
		image, stats, err := Capture(c.cmd.Process.Pid, Limits{Spare: &spare})
		if errors.Is(err, ErrPermission) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		for k := range uint64(1 << 12) {
			if got, want := image.Word(at+8*k), k*0x9e3779b97f4a7c15; got != want {
				t.Fatalf("copy %d: word %d is %#x, want %#x", i, k, got, want)
			}
		}
		for _, s := range image.Segments {
			if bytes.Contains(s.Data, bytes.Repeat([]byte{0xa5}, 64)) {
				t.Errorf("copy %d: what another has left is in the copy of %#x", i, s.Address)
			}
		}
		if want := min(i, 1); len(spare.ready) != len(ready)-want {
			t.Errorf("copy %d of %d bytes: of %d rooms %d are left", i, stats.Copied, len(ready), len(spare.ready))
		}
		if err := image.Close(); err != nil {
			t.Error(err)
		}
		if want := len(ready) + 1 - min(i, 1); len(spare.ready) != want {
			t.Errorf("copy %d: there are %d rooms behind it, want %d", i, len(spare.ready), want)
		}
	}
}

// Room is bounded, and of the process's growing size.
func TestSpareIsBounded(t *testing.T) {
	var spare Spare
	room := func(n uint64) *space { return &space{all: make([]byte, n)} }
	sizes := func() []uint64 {
		var all []uint64
		for _, r := range spare.ready {
			all = append(all, r.size()>>20)
		}
		slices.Sort(all)
		return all
	}
	for _, tt := range []struct {
		give uint64 // MiB
		want []uint64
	}{
		{100, []uint64{100}}, {20, []uint64{20, 100}}, {140, []uint64{100, 140}}, {60, []uint64{100, 140}}, {200, []uint64{200}}, {300, []uint64{300}}, {10, []uint64{300}},
	} {
		spare.put(room(tt.give << 20))
		if got := sizes(); !slices.Equal(got, tt.want) {
			t.Errorf("with %d MiB more there are %v MiB, want %v", tt.give, got, tt.want)
		}
	}
	if r := spare.take(120 << 20); r == nil || r.size() != 300<<20 {
		t.Errorf("for 120 MiB the room is %v", r)
	}
	spare.put(room(40 << 20))
	if spare.Prepare(33 << 20); len(spare.ready) != 1 {
		t.Errorf("for what has grown a little there are %d rooms", len(spare.ready))
	}
	if r := spare.take(400 << 20); r != nil {
		t.Errorf("for 400 MiB the room is %v", r)
	}
	spare.ready = nil
	spare.Close()
	if spare.Prepare(1 << 20); spare.ready != nil {
		t.Error("room is made for nobody")
	}
}
