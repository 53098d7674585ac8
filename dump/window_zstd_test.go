package dump

import (
	"bytes"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// A dump may follow frames that decoders pass over: pzstd writes one first.
func TestSkippableFrameFirst(t *testing.T) {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	const text = "{\"items\": {\"0x10\": {\"type\": \"null\", \"size\": \"16\", \"is_root\": false}}}"
	body := z.EncodeAll([]byte(text), nil)
	for _, magic := range []byte{0x50, 0x5a, 0x5f} {
		in, err := FromReader("test", bytes.NewReader(append([]byte{magic, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'}, body...)))
		if err != nil {
			t.Fatal(err)
		}
		if info, err := Each(in, Options{}, func() *countItems { return new(countItems) }, func(*countItems) error { return nil }); err != nil || info.Items != 1 {
			t.Errorf("%#x: %+v, %v", magic, info, err)
		}
	}
	in, err := FromReader("test", strings.NewReader("\x60\x2a\x4d\x18"))
	if err != nil || in.kind != plain {
		t.Errorf("not every such number begins a frame: %v, %v", in.kind, err)
	}
}

// The window of a frame is taken for what its header says, so it is bounded.
func TestMaxWindow(t *testing.T) {
	// A frame with a window of 144 MiB and one raw block, the last, see RFC 8878, 3.1.1.
	const text = "{\"items\": {\"0x10\": {\"type\": \"null\", \"size\": \"16\", \"is_root\": false}}}"
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, (27-10)<<3 | 1}
	size := len(text)<<3 | 1
	frame = append(append(frame, byte(size), byte(size>>8), byte(size>>16)), text...)
	for _, c := range []struct {
		most uint64
		says string
	}{{0, "allow it with --max-window"}, {64 << 20, "allow it with --max-window"}, {LargestWindow, ""}} {
		in, err := FromReader("test", bytes.NewReader(frame))
		if err != nil {
			t.Fatal(err)
		}
		in.MaxWindow = c.most
		info, err := Each(in, Options{}, func() *countItems { return new(countItems) }, func(*countItems) error { return nil })
		switch {
		case c.says == "" && (err != nil || info.Items != 1):
			t.Errorf("%d: %+v, %v", c.most, info, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%d: %v", c.most, err)
		}
	}
}
