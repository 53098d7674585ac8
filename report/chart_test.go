package report

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"memtrail/internal/cases"
)

// chartOf makes a chart of spans of a second, from their least and most in KiB.
func chartOf(n int, span func(i int) (least, most uint64), marks ...time.Duration) Chart {
	c := Chart{Span: time.Second}
	for i := range n {
		least, most := span(i)
		c.Spans = append(c.Spans, ChartSpan{Min: least << 10, Max: most << 10, Known: true})
		if most<<10 > c.Peak {
			c.Peak, c.PeakAt = most<<10, time.Duration(i)*time.Second
		}
	}
	for i, at := range marks {
		c.Marks = append(c.Marks, ChartMark{At: at, Number: i + 1})
	}
	return c
}

func steady(value func(i int) uint64) func(int) (uint64, uint64) {
	return func(i int) (uint64, uint64) { return value(i), value(i) }
}

// charts are shapes that memory has.
func charts() map[string]Chart {
	minute := func(n ...int) (all []time.Duration) {
		for _, m := range n {
			all = append(all, time.Duration(m)*time.Minute)
		}
		return all
	}
	gap := chartOf(120, steady(func(i int) uint64 { return 500 + uint64(i) }))
	for i := 30; i < 90; i++ {
		gap.Spans[i] = ChartSpan{}
	}
	late := chartOf(120, steady(func(int) uint64 { return 4000 }))
	for i := range 40 {
		late.Spans[i] = ChartSpan{}
	}
	return map[string]Chart{
		"growing":   chartOf(360, steady(func(i int) uint64 { return 1024 + uint64(i)*20 }), minute(1, 2, 3, 4, 5)...),
		"shrinking": chartOf(360, steady(func(i int) uint64 { return 9000 - uint64(i)*20 })),
		"plateau": chartOf(360, steady(func(i int) uint64 {
			return min(uint64(i)*100, 10000)
		}), minute(1, 3, 5)...),
		"saw-tooth": chartOf(360, func(i int) (uint64, uint64) { return 2000, 4000 + uint64(i%60)*100 }, minute(1, 2)...),
		// Faster than a column: what each column went through.
		"fast saw-tooth": chartOf(360, steady(func(i int) uint64 { return 1000 + uint64(i%4)*3000 })),
		"bursts": chartOf(360, func(i int) (uint64, uint64) {
			if i%90 == 45 {
				return 1000, 20000
			}
			return 1000, 1000
		}),
		"one reading":  chartOf(1, steady(func(int) uint64 { return 400 })),
		"nothing used": chartOf(60, steady(func(int) uint64 { return 0 })),
		"a gap":        gap,
		"late":         late,
		"many marks": chartOf(120, steady(func(int) uint64 { return 100 }), func() (all []time.Duration) {
			for i := range 40 {
				all = append(all, time.Duration(i)*3*time.Second)
			}
			return all
		}()...),
		"days": {Span: time.Hour, Spans: chartOf(100, steady(func(i int) uint64 { return uint64(i) << 20 })).Spans, Peak: 99 << 30, PeakAt: 99 * time.Hour},
	}
}

func TestChart(t *testing.T) {
	all := charts()
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			for _, ascii := range []bool{true, false} {
				lines := c.lines(80, ascii)
				for _, line := range lines {
					if w := textWidth(line); w > 80 {
						t.Errorf("%d columns: %s", w, line)
					}
					if ascii && strings.Trim(line, " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") != "" {
						t.Errorf("not ASCII: %s", line)
					}
					fmt.Fprintln(&out, line)
				}
				if len(lines) > 20 {
					t.Errorf("%d lines leave no room on a screen of 24", len(lines))
				}
			}
			golden(t, "chart-"+strings.ReplaceAll(name, " ", "-"), out.Bytes())
		})
	}
	if lines := (&Chart{}).lines(80, true); lines != nil {
		t.Errorf("of nothing: %q", lines)
	}
}

// Whatever the values, the numbers and the columns are below each other.
func TestChartOfAnyValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range cases.Number(1_500, 20_000) {
		top := random.Uint64() >> random.IntN(64)
		c := chartOf(1+random.IntN(4), func(int) (uint64, uint64) { return 0, 0 }, time.Duration(random.Int64N(int64(5*time.Second))))
		for i := range c.Spans {
			a, b := random.Uint64N(top|1), random.Uint64N(top|1)
			c.Spans[i] = ChartSpan{Min: min(a, b), Max: max(a, b), Known: random.IntN(5) > 0}
		}
		c.PeakAt, c.Peak = time.Duration(random.Int64N(int64(6*time.Second))), top
		width := 1 + random.IntN(120)
		lines := c.lines(width, true)
		axis := strings.Index(lines[chartRows+1], "+")
		for _, line := range lines[1 : chartRows+1] {
			if mark := line[axis]; mark != '|' && mark != '+' {
				t.Fatalf("values up to %d: %q stands beside the axis, column %d", top, line, axis)
			}
		}
	}
}

// Of any shape and width the filled part of each column ends where its value
// is, to a row, and the chart has the width that it may have.
func TestChartHeights(t *testing.T) {
	for name, c := range charts() {
		for _, width := range []int{20, 40, 80, 100, 200} {
			lines := c.lines(width, true)
			p := plot{chart: &c, glyphs: &asciiGlyphs, top: 1, rows: chartRows}
			for _, s := range c.Spans {
				p.top = max(p.top, s.Max)
			}
			left := strings.Index(lines[chartRows+1], "+") + 1
			p.fold(len(lines[chartRows+1]) - left)
			for x, column := range p.columns {
				filled := 0
				for y := range chartRows {
					if line := lines[chartRows-y]; left+x < len(line) && line[left+x] != ' ' {
						filled = y + 1
					}
				}
				want := float64(column.Max) / float64(p.top) * chartRows
				if diff := float64(filled) - want; diff < -0.8 || diff > 1.01 {
					t.Errorf("%s, %d columns: column %d is %d rows high, its value is %.2f", name, width, x, filled, want)
				}
			}
		}
	}
}
