package analysis

import (
	"memtrail/dump"
	"memtrail/graph"
	"testing"
	"time"
)

func TestZZ(t *testing.T) {
	for range 3 {
		t0 := time.Now()
		in, err := dump.Open("/tmp/d/big.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		g, info, err := graph.Build(in, 0)
		if err != nil {
			t.Fatal(err)
		}
		t1 := time.Now()
		s := MeasureSizes(g, &info, 0, false)
		t2 := time.Now()
		t.Log(t1.Sub(t0), t2.Sub(t1), g.Len(), g.Edges(), s.ByKind, s.PHP, info.Header)
		in.Close()
	}
}
