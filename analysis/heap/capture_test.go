package heap

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"memtrail/dump"
	"memtrail/internal/dumptest"
)

// capturedDump is a captured dump of two sessions in $open, whose heap has the
// chunks that are given as JSON.
func capturedDump(chunks ...string) []byte {
	return []byte(`{"header":{"memory_usage":1000,"memory_usage_real":8388608,"peak_memory_usage":1000,"peak_memory_usage_real":8388608},
"items":{
"0x7f0000001000":{"type":"array","size":"72","alloc":"376","symbol_name":"open","is_root":true,"frame":"<GLOBAL>","children":{"a":"0x7f0000201000","b":"0x7f0000401000"}},
"0x7f0000201000":{"type":"object","size":"72","alloc":"40","is_root":false,"class":"Session","object_handle":"1","children":{}},
"0x7f0000401000":{"type":"object","size":"72","alloc":"40","is_root":false,"class":"Session","object_handle":"2","children":{}}
},
"capture":{"php":"8.2.36","threads":1,"off":0,"balanced":true,"blocks":{"blocks":9,"bytes":1000},"by_owner":[{"name":"values","blocks":9,"bytes":1000}],
"uncollected":{"objects":0,"bytes":0,"classes":null},
"heap":{"real":8388608,"cached":0,"huge":{"blocks":2,"bytes":4194304},"free_pages":1,"bins":[],
"huge_blocks":[{"address":"0x7f0000c00000","bytes":2097152,"owner":"tables"},{"address":"0x7f0000a00000","bytes":2097152,"owner":"values"}],
"chunks":[` + strings.Join(chunks, ",") + `]}}}`)
}

// chunkWith is a chunk by its number, with what keeps it.
func chunkWith(number, blocks, bytes int, keptBy string) string {
	return fmt.Sprintf(`{"address":"0x7f0000%d00000","free_pages":1,"blocks":%d,"bytes":%d,"free_slots":1,"pages":"#v","kept_by":[%s]}`, 2*number, blocks, bytes, keptBy)
}

func captured(t *testing.T, o HeapOptions) (*CapturedHeap, error) {
	t.Helper()
	g, info := dumptest.Build(t, capturedDump(
		chunkWith(0, 5, 1_000_000, ""),
		chunkWith(2, 2, 90, `{"type":"object","class":"Session","items":1,"blocks":1,"bytes":40,"id":"0x7f0000401000"},{"owner":"code","blocks":1,"bytes":50}`),
		chunkWith(1, 3, 130, `{"type":"object","class":"Session","items":2,"blocks":2,"bytes":80,"id":"0x7f0000201000"},{"owner":"code","blocks":1,"bytes":50}`),
		chunkWith(3, 0, 0, ``),
	))
	return MapCapture(g, info, o)
}

func TestMapCapture(t *testing.T) {
	h, err := captured(t, HeapOptions{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, c := range h.Order {
		order = append(order, c.Address)
	}
	if got, want := strings.Join(order, " "), "0x7f0000600000 0x7f0000400000 0x7f0000200000 0x7f0000000000"; got != want {
		t.Errorf("chunks %s, want %s", got, want)
	}
	if h.Listed != 2 || h.Hollow != 1 || h.NearlyEmpty.Chunks != 2 || h.NearlyEmpty.Bytes != 220 {
		t.Errorf("%d listed, %d hollow, nearly empty: %+v", h.Listed, h.Hollow, h.NearlyEmpty)
	}
	var keepers []string
	for _, k := range h.NearlyEmpty.Keepers {
		keepers = append(keepers, fmt.Sprintf("%d: %d %s %d %s", k.Chunks, k.Items, k.Name(), k.Bytes, k.Path))
	}
	if got, want := strings.Join(keepers, "; "), `2: 3 Session 120 $open["a"]; 2: 0 code 100 `; got != want {
		t.Errorf("kept by %s, want %s", got, want)
	}
	// The paths are those of each chunk's own; one that is not listed has none.
	if s := h.Order[1].Survivors; len(s) != 2 || s[0].Path != `$open["b"]` || s[1].Path != "" || len(h.Order[2].Survivors) > 0 {
		t.Errorf("survivors %+v, %+v", s, h.Order[2].Survivors)
	}
	if h.Huge[0].Address != "0x7f0000a00000" || h.Huge[1].Owner != "tables" || h.Mapped {
		t.Errorf("huge blocks %+v, mapped %v", h.Huge, h.Mapped)
	}
}

func TestMapCaptureMaps(t *testing.T) {
	maps, err := dump.ParseMaps(strings.NewReader("7f0000200000-7f0000a00000 rw-p 0 0 0 [anon:zend_alloc]\n7f0000a00000-7f0000c00000 rw-p 0 0 0\n"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := captured(t, HeapOptions{Maps: maps})
	if err != nil {
		t.Fatal(err)
	}
	if !h.Mapped || h.Order[0].Region != "[anon:zend_alloc]" || h.Order[3].Region != unmapped || h.Huge[0].Region != anonymous || h.Huge[1].Region != unmapped {
		t.Errorf("regions %q, %q, %q, %q", h.Order[0].Region, h.Order[3].Region, h.Huge[0].Region, h.Huge[1].Region)
	}
	other, err := dump.ParseMaps(strings.NewReader("1000-2000 rw-p\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := captured(t, HeapOptions{Maps: other}); !errors.Is(err, errOtherProcess) || !ErrMaps(err) {
		t.Errorf("maps of another process: %v", err)
	}
}
