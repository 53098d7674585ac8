package growth

import (
	"testing"

	"memtrail/dump"
)

// Equal dumps of a process that worked show that nothing stays; of one that
// slept, or of several, they show nothing.
func TestWorked(t *testing.T) {
	// cpu is what the process had spent before each dump; the dump itself costs it 10.
	series := func(pid func(i int) int, cpu ...uint64) *Series {
		s := &Series{}
		for i, spent := range cpu {
			p := &profile{}
			p.Capture = &dump.Capture{Run: &dump.Run{PID: pid(i), Started: 7, CPU: spent, CPUAfter: spent + 10}}
			s.dumps = append(s.dumps, p)
		}
		return s
	}
	one := func(int) int { return 42 }
	unknown := series(one, 0, work+10, 2*work+20)
	unknown.dumps[1].Capture = nil
	tests := []struct {
		name string
		s    *Series
		want bool
	}{
		{"in all intervals", series(one, 0, work+10, 2*work+20), true},
		{"in two of four", series(one, 0, 10, work+20, work+30, 2*work+40), true},
		{"in one of two", series(one, 0, 10, work+20), false},
		{"in one, which is all", series(one, 0, work+10), true},
		{"in none", series(one, 0, 10, 20, 30), false},
		{"of two processes", series(func(i int) int { return i }, 0, work+10, 2*work+20), false},
		{"one of which is unknown", unknown, false},
	}
	for _, tt := range tests {
		if got := tt.s.worked(); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.name, got, tt.want)
		}
	}
}
