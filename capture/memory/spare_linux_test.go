//go:build linux && (amd64 || arm64)

package memory

import (
	"errors"
	"strconv"
	"testing"
)

// A copy into room that was ready is the same as another; the room is used once,
// and only if it is large enough.
func TestSpare(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=target")
	at, err := strconv.ParseUint(c.line(t), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	var spare Spare
	defer spare.Close()
	copied := uint64(64 << 20)
	for i, size := range []uint64{1 << 30 >> 10, 64 << 20, 64 << 20} {
		spare.Prepare(size)
		room := spare.ready
		image, stats, err := Capture(c.cmd.Process.Pid, Limits{Spare: &spare})
		if errors.Is(err, ErrPermission) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		copied = stats.Copied
		for k := range uint64(1 << 12) {
			if got, want := image.Word(at+8*k), k*0x9e3779b97f4a7c15; got != want {
				t.Fatalf("copy %d: word %d is %#x, want %#x", i, k, got, want)
			}
		}
		if used := spare.ready != room; used != (size >= copied) {
			t.Errorf("copy %d of %d bytes: that the room for %d is used is %t", i, copied, size, used)
		}
		if err := image.Close(); err != nil {
			t.Error(err)
		}
	}
	spare.Prepare(copied)
	if room := spare.ready; room == nil {
		t.Error("nothing is ready")
	} else if spare.Prepare(copied / 2); spare.ready != room {
		t.Error("room that is enough was made again")
	}
	spare.Close()
	if spare.Prepare(copied); spare.ready != nil {
		t.Error("room is made for nobody")
	}
}
