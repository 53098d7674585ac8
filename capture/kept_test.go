package capture_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"memtrail/capture"
	"memtrail/capture/zendmm"
	"memtrail/dump"
)

// What keeps nearly empty chunks is named, to the byte; and the chunks that
// have nothing in use are those that PHP gives back when it is asked to.
func TestKeptChunks(t *testing.T) {
	for _, p := range builds(t) {
		t.Run(p.name, func(t *testing.T) {
			prog := start(t, p.path, "-d", "memory_limit=-1", "testdata/pinned.php")
			var said struct{ Sessions, Real, Freed uint64 }
			if err := json.Unmarshal([]byte(prog.Line(t)), &said); err != nil {
				t.Fatal(err)
			}
			prog.waiting(t)
			x := read(t, prog.capture(t, capture.Options{}))
			checkBalance(t, &x.info)
			h := &x.info.Capture.Heap
			hollow, pinned := uint64(0), map[string]uint64{}
			for _, c := range h.Chunks {
				checkChunkUse(t, &c)
				if c.Blocks == 0 {
					hollow++
				}
				for _, k := range c.KeptBy {
					pinned[k.Class+k.Owner] += k.Items
				}
			}
			if 2*pinned["Session"] < said.Sessions || pinned["Session"] > said.Sessions {
				t.Errorf("%d sessions keep nearly empty chunks, %d there are", pinned["Session"], said.Sessions)
			}
			if len(h.HugeList) != 1 || h.HugeList[0].Bytes != h.Huge.Bytes || h.HugeList[0].Owner != "values" {
				t.Errorf("huge blocks %+v, want $text", h.HugeList)
			}
			fmt.Fprintln(prog.In)
			if err := json.Unmarshal([]byte(prog.Line(t)), &said); err != nil {
				t.Fatal(err)
			}
			if most := hollow * zendmm.ChunkSize; hollow < 3 || said.Freed != most {
				t.Errorf("%d chunks (%d bytes) have nothing in use, gc_mem_caches() frees %d bytes", hollow, most, said.Freed)
			}
		})
	}
}

// checkChunkUse holds the parts of a chunk against each other.
func checkChunkUse(t *testing.T, c *dump.ChunkUse) {
	t.Helper()
	if len(c.Pages) != zendmm.ChunkPages || c.Pages[0] != '#' {
		t.Errorf("chunk %s: pages %q", c.Address, c.Pages)
	}
	free := uint64(0)
	for _, letter := range c.Pages {
		if letter == '.' {
			free++
		}
	}
	if free != c.FreePages {
		t.Errorf("chunk %s: %d pages are drawn free, %d are", c.Address, free, c.FreePages)
	}
	const most = 4 // kinds that are named
	sum := dump.Amount{}
	for _, k := range c.KeptBy {
		sum.Blocks += k.Blocks
		sum.Bytes += k.Bytes
		if (k.Owner == "") != (k.Items > 0) || (k.Owner == "") != (k.Type != "") || (k.Owner == "") != (k.ID != "") {
			t.Errorf("chunk %s: kept by %+v", c.Address, k)
		}
		if a, err := strconv.ParseUint(k.ID, 0, 64); k.Owner == "" && (err != nil || a == 0) {
			t.Errorf("chunk %s: id %q", c.Address, k.ID)
		}
	}
	full := dump.Amount{Blocks: c.Blocks, Bytes: c.Bytes}
	if len(c.KeptBy) > 0 && len(c.KeptBy) < most && sum != full || sum.Bytes > full.Bytes || sum.Blocks > full.Blocks {
		t.Errorf("chunk %s has %+v, what keeps it %+v: %+v", c.Address, full, sum, c.KeptBy)
	}
	if nearly := c.Bytes < (zendmm.ChunkSize-zendmm.PageSize)/4; !nearly && len(c.KeptBy) > 0 {
		t.Errorf("chunk %s is not nearly empty, and has %+v", c.Address, c.KeptBy)
	}
}
