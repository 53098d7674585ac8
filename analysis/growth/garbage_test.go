package growth

import (
	"testing"

	"memtrail/dump"
)

func TestCollectedSoon(t *testing.T) {
	for _, c := range []struct {
		name      string
		bytes     uint64
		collector *dump.Collector
		want      bool
	}{
		{"small objects, a tenth of the way", 1 << 20, &dump.Collector{Enabled: true, Roots: 1000, Threshold: 10_000}, true},
		{"large objects", 8 << 20, &dump.Collector{Enabled: true, Roots: 1000, Threshold: 10_000}, false},
		{"large objects, nearly there", 8 << 20, &dump.Collector{Enabled: true, Roots: 9000, Threshold: 10_000}, true},
		{"no roots: nothing leads the collector there", 1 << 20, &dump.Collector{Enabled: true, Threshold: 10_000}, false},
		{"switched off", 1 << 20, &dump.Collector{Roots: 1000, Threshold: 10_000}, false},
		{"protected", 1 << 20, &dump.Collector{Enabled: true, Protected: true, Roots: 1000, Threshold: 10_000}, false},
		{"full", 1 << 20, &dump.Collector{Enabled: true, Full: true, Roots: 1000, Threshold: 10_000}, false},
		{"not found", 1 << 20, nil, false},
	} {
		got := collectedSoon(&dump.Capture{Uncollected: dump.Uncollected{Bytes: c.bytes}, Collector: c.collector})
		if got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
