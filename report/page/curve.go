package page

import (
	"fmt"
	"math"
	"strings"
	"time"

	g "maragu.dev/gomponents"

	"memtrail/analysis/levels"
	"memtrail/report"
)

// curveView is the curve of a recording.
type curveView struct {
	report.RecordingText
	Full, Wide, Narrow g.Node // nil where there is nothing to be drawn
	// The same of all figures of the process; nil where only memory_usage is known.
	FullLevels, WideLevels, NarrowLevels g.Node
	Last                                 levels.Level
}

func curveOf(r *report.Recording) *curveView {
	v := &curveView{RecordingText: report.RecordingWords(r)}
	c := &r.Chart
	if c.Span > 0 && len(c.Spans) > 0 {
		v.Full, v.Wide, v.Narrow = drawCurve(c, 1084, 250), drawCurve(c, 640, 230), drawCurve(c, 310, 200)
		v.FullLevels, v.WideLevels, v.NarrowLevels = drawLevels(c, 1084, 190), drawLevels(c, 640, 190), drawLevels(c, 310, 170)
		v.Last = r.Last
	}
	return v
}

// A plot is where a time and a number of bytes are in a drawing.
type plot struct {
	width, height float64
	length        time.Duration
	top           float64 // bytes at the upper edge
}

const headroom = 34.0 // above the plot, for the numbers of dumps and the label of the peak

func (p *plot) x(at time.Duration) float64 {
	return left + (p.width-left-right)*float64(at)/float64(max(p.length, 1))
}

func (p *plot) y(bytes float64) float64 {
	return p.height - bottom - (p.height-headroom-bottom)*bytes/p.top
}

// drawCurve draws usage over time: what was in use all of a moment is filled
// dark, what was at times light, and the highest is a line. Dumps are marked below
// it, the peak above. All of its text is written here.
func drawCurve(c *report.Chart, width, height float64) g.Node {
	p := &plot{width: width, height: height, length: c.Span * time.Duration(len(c.Spans))}
	most := float64(c.Peak)
	for _, s := range c.Spans {
		most = max(most, float64(s.Max))
	}
	step := tick(max(most, 1) / 4)
	p.top = step * math.Ceil(max(most, 1)/step)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" width="%g" height="%g" aria-hidden="true" focusable="false">`, width, height, width, height)
	for v := 0.0; v <= p.top+step/2; v += step {
		fmt.Fprintf(&b, `<path class="grid" d="M%g %.1fH%g"/><text x="%g" y="%.1f" text-anchor="end">%s</text>`,
			left, p.y(v), width-right, left-8, p.y(v)+4, sizeOf(v))
	}
	p.times(&b)
	p.usage(&b, c)
	p.dumps(&b, c)
	x, y := p.x(c.PeakAt), p.y(float64(c.Peak))
	anchor, at := "start", x+7
	if x > width*0.6 {
		anchor, at = "end", x-7
	}
	fmt.Fprintf(&b, `<circle class="peak" cx="%.1f" cy="%.1f" r="4"/><text class="peak" x="%.1f" y="%.1f" text-anchor="%s">peak %s</text></svg>`,
		x, y, at, max(y-6, headroom-6), anchor, report.Size(c.Peak))
	return g.Raw(b.String())
}

// usage draws what was in use. Where nothing was seen the last value holds.
func (p *plot) usage(b *strings.Builder, c *report.Chart) {
	columns := p.fold(c)
	if len(columns) == 0 {
		return
	}
	span := p.length / time.Duration(len(columns))
	area := func(class string, of func(report.ChartSpan) uint64) {
		begun := false
		for i, s := range columns {
			if !s.Known {
				continue
			}
			if !begun {
				fmt.Fprintf(b, `<path class="%s" d="M%.1f %.1f`, class, p.x(span*time.Duration(i)), p.y(0))
				begun = true
			}
			fmt.Fprintf(b, "V%.1fH%.1f", p.y(float64(of(s))), p.x(span*time.Duration(i+1)))
		}
		if begun {
			fmt.Fprintf(b, `V%.1fZ"/>`, p.y(0))
		}
	}
	area("band", func(s report.ChartSpan) uint64 { return s.Max })
	area("usage", func(s report.ChartSpan) uint64 { return s.Min })
}

// fold makes columns of about two pixels of the spans: the page does not grow
// with the recording.
func (p *plot) fold(c *report.Chart) []report.ChartSpan {
	n := min(len(c.Spans), int(p.width-left-right)/2)
	columns := make([]report.ChartSpan, n)
	last := report.ChartSpan{}
	for x := range columns {
		col := &columns[x]
		for _, s := range c.Spans[x*len(c.Spans)/n : (x+1)*len(c.Spans)/n] {
			switch {
			case !s.Known:
			case !col.Known:
				*col = s
			default:
				col.Min, col.Max, col.Last = min(col.Min, s.Min), max(col.Max, s.Max), s.Last
			}
		}
		if !col.Known {
			*col = last
		}
		last = *col
	}
	return columns
}

// dumps marks the dumps by their numbers, below the axis as far as there is room.
func (p *plot) dumps(b *strings.Builder, c *report.Chart) {
	free := 0.0
	for _, m := range c.Marks {
		x := p.x(m.At)
		fmt.Fprintf(b, `<path class="mark" d="M%.1f %.1fV%g"/>`, x, 16.0, p.height-bottom)
		if x < free {
			continue
		}
		label := fmt.Sprintf("#%d", m.Number)
		fmt.Fprintf(b, `<text class="mark" x="%.1f" y="%g" text-anchor="middle">%s</text>`, x, 12.0, label)
		free = x + 8 + 8*float64(len(label))
	}
}

// roundTimes are the steps of a time axis.
var roundTimes = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// times labels the axis of time.
func (p *plot) times(b *strings.Builder) {
	room := min(84, p.width/6)
	step := roundTimes[0]
	for i := 0; p.x(step)-left < room && step < p.length; {
		if i++; i < len(roundTimes) {
			step = roundTimes[i]
		} else {
			step *= 2
		}
	}
	for at := time.Duration(0); at <= p.length; at += step {
		anchor := "middle"
		if at == 0 {
			anchor = "start"
		} else if p.x(at) > p.width-right-30 {
			anchor = "end"
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%g" text-anchor="%s">%s</text>`, p.x(at), p.height-6, anchor, axisTime(at))
	}
}

// axisTime writes a multiple of a round time: 30 s, 5 min, 2 h, 3 d.
func axisTime(at time.Duration) string {
	switch {
	case at == 0:
		return "0"
	case at%(24*time.Hour) == 0:
		return fmt.Sprintf("%d d", at/(24*time.Hour))
	case at%time.Hour == 0:
		return fmt.Sprintf("%d h", at/time.Hour)
	case at >= time.Hour:
		return fmt.Sprintf("%d:%02d h", at/time.Hour, at/time.Minute%60)
	case at%time.Minute == 0:
		return fmt.Sprintf("%d min", at/time.Minute)
	case at >= time.Minute:
		return fmt.Sprintf("%d:%02d min", at/time.Minute, at/time.Second%60)
	}
	return fmt.Sprintf("%d s", at/time.Second)
}
