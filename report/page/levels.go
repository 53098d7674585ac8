package page

import (
	"fmt"
	"math"
	"strings"
	"time"

	g "maragu.dev/gomponents"

	"memtrail/analysis/growth"
	"memtrail/analysis/levels"
	"memtrail/report"
)

// levelInks are the looks of the figures of a process, by their names.
var levelInks = map[string]string{"usage": "used", "real": "real", "peak": "high", "RSS": "rss"}

// levelsChart draws what the system gave to a process beside what PHP used, dump by
// dump; nil where dumps do not have more than memory_usage.
func levelsChart(of *growth.Growth) *chart {
	var lines []line
	for _, l := range report.LevelLines(of) {
		lines = append(lines, line{Name: l.Words, Ink: levelInks[l.Name], Values: floatsOf(l.Values)})
	}
	if len(lines) < 2 {
		return nil
	}
	return newChart("The process as PHP and the system count it", lines, of.WarmUp)
}

func floatsOf(values []uint64) []float64 {
	list := make([]float64, len(values))
	for i, v := range values {
		list[i] = float64(v)
	}
	return list
}

// recordedLine is a figure of a recorded process over time.
type recordedLine struct {
	name, ink string
	value     func(*levels.Level) uint64
}

var recordedLines = []recordedLine{
	{"memory_usage", "used", func(l *levels.Level) uint64 { return l.Usage }},
	{"taken from the system", "real", func(l *levels.Level) uint64 { return l.Real }},
	{"peak", "high", func(l *levels.Level) uint64 { return l.Peak }},
	{"RSS", "rss", func(l *levels.Level) uint64 { return l.RSS }},
}

// drawLevels draws the figures of a recorded process over time, as lines from zero
// on; nil where nothing but usage is known.
func drawLevels(c *report.Chart, width, height float64) g.Node {
	p := &plot{width: width, height: height, length: c.Span * time.Duration(len(c.Spans))}
	columns := p.fold(c)
	most, beside := uint64(1), false
	for _, s := range columns {
		for _, of := range recordedLines {
			most = max(most, of.value(&s.Last))
		}
		beside = beside || s.Last.Real+s.Last.RSS > 0
	}
	if !beside {
		return nil
	}
	step := tick(float64(most) / 4)
	p.top = step * math.Ceil(float64(most)/step)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" width="%g" height="%g" aria-hidden="true" focusable="false">`, width, height, width, height)
	for v := 0.0; v <= p.top+step/2; v += step {
		fmt.Fprintf(&b, `<path class="grid" d="M%g %.1fH%g"/><text x="%g" y="%.1f" text-anchor="end">%s</text>`,
			left, p.y(v), width-right, left-8, p.y(v)+4, sizeOf(v))
	}
	p.times(&b)
	span := p.length / time.Duration(max(len(columns), 1))
	for _, of := range recordedLines {
		fmt.Fprintf(&b, `<path class="line %s" d="`, of.ink)
		begun, at, end := false, 0.0, 0.0
		for i := range columns {
			v := of.value(&columns[i].Last)
			if v == 0 {
				continue // what ends has no values any more
			}
			switch x, y := p.x(span*time.Duration(i)), p.y(float64(v)); {
			case !begun:
				fmt.Fprintf(&b, "M%.1f %.1f", x, y)
				begun, at = true, y
			case y != at: // a line goes on where nothing changes
				fmt.Fprintf(&b, "H%.1fV%.1f", x, y)
				at = y
			}
			end = p.x(span * time.Duration(i+1))
		}
		if begun {
			fmt.Fprintf(&b, "H%.1f", end)
		}
		b.WriteString(`"/>`)
	}
	b.WriteString("</svg>")
	return g.Raw(b.String())
}

// levelNames say which line is which.
func levelNames(last *levels.Level) g.Node {
	var names g.Group
	for _, of := range recordedLines {
		if v := of.value(last); v > 0 {
			names = append(names, el("li", class(of.ink), text(of.name+": "), el("b", text(report.Size(v))), text(" at the end")))
		}
	}
	return el("ul", class("lines"), names)
}
