package page

import (
	"fmt"
	"math"
	"strings"

	g "maragu.dev/gomponents"

	"memtrail/report"
)

// line is a line of a chart: a value a dump, in bytes.
type line struct {
	Name, Ink string
	Values    []float64
}

// chart is a drawing by dump, from zero on, in two widths: SVG does not flow, and
// what is scaled down has text that is too small.
type chart struct {
	Title        string
	Lines        []line
	Last         []string // values of the last dump, by line
	Wide, Narrow g.Node
}

func newChart(title string, lines []line, warmUp int) *chart {
	c := &chart{Title: title, Lines: lines}
	for _, l := range lines {
		c.Last = append(c.Last, sizeOf(l.Values[len(l.Values)-1]))
	}
	c.Wide, c.Narrow = c.draw(560, 230, warmUp), c.draw(300, 190, warmUp)
	return c
}

func sizeOf(bytes float64) string { return report.Size(uint64(max(bytes, 0))) }

// Room beside the plot, for the labels of its axes.
const (
	left, right, top, bottom = 66.0, 14.0, 10.0, 24.0
	labelEvery               = 34.0 // the least distance of labels on the axis of dumps
)

// draw writes the chart as SVG of a width and a height. All of its text is
// written here: numbers and units, no name from a heap.
func (c *chart) draw(width, height float64, warmUp int) g.Node {
	var b strings.Builder
	n, most := len(c.Lines[0].Values), 1.0
	for _, l := range c.Lines {
		for _, v := range l.Values {
			most = max(most, v)
		}
	}
	step := tick(most / 4)
	most = step * math.Ceil(most/step)
	x := func(i int) float64 { return left + (width-left-right)*float64(i)/float64(max(n-1, 1)) }
	y := func(v float64) float64 { return height - bottom - (height-top-bottom)*v/most }
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" width="%g" height="%g" aria-hidden="true" focusable="false">`, width, height, width, height)
	if warmUp > 0 && warmUp < n {
		fmt.Fprintf(&b, `<rect class="warm" x="%.1f" y="%g" width="%.1f" height="%g"/>`, x(0), top, x(warmUp)-x(0), height-top-bottom)
	}
	for v := 0.0; v <= most+step/2; v += step {
		fmt.Fprintf(&b, `<path class="grid" d="M%g %.1fH%g"/><text x="%g" y="%.1f" text-anchor="end">%s</text>`,
			left, y(v), width-right, left-8, y(v)+4, sizeOf(v))
	}
	every := 1
	for float64(every)*(width-left-right)/float64(max(n-1, 1)) < labelEvery {
		every++
	}
	for i := 0; i < n; i += every {
		fmt.Fprintf(&b, `<text x="%.1f" y="%g" text-anchor="middle">%d</text>`, x(i), height-6, i+1)
	}
	for _, l := range c.Lines {
		var points strings.Builder
		for i, v := range l.Values {
			fmt.Fprintf(&points, "%.1f,%.1f ", x(i), y(v))
		}
		fmt.Fprintf(&b, `<polyline class="line %s" points="%s"/>`, l.Ink, strings.TrimSpace(points.String()))
		if n > 60 {
			continue
		}
		for i, v := range l.Values {
			fmt.Fprintf(&b, `<circle class="dot %s" cx="%.1f" cy="%.1f" r="3"/>`, l.Ink, x(i), y(v))
		}
	}
	b.WriteString("</svg>")
	return g.Raw(b.String())
}

// tick is the power of two that is not less than a number of bytes: sizes are
// written in units of 1024, in which these are round.
func tick(least float64) float64 {
	n := 1.0
	for n < least {
		n *= 2
	}
	return n
}
