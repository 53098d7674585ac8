package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"memtrail/analysis/levels"
)

// Chart is the course of memory_usage: time to the right, bytes from zero
// upwards.
type Chart struct {
	Span  time.Duration // how long each of Spans is
	Spans []ChartSpan
	// PeakAt is when usage was at its highest, Peak bytes.
	PeakAt time.Duration
	Peak   uint64
	Marks  []ChartMark // in the order of time
}

// ChartSpan is the least and the most of memory_usage that was seen within a time, in
// bytes.
type ChartSpan struct {
	Min, Max uint64
	Last     levels.Level // at the end of the time
	Known    bool         // false where nothing was seen
}

// ChartMark is a dump on the time axis.
type ChartMark struct {
	At     time.Duration
	Number int
}

// length is the time that the chart covers.
func (c *Chart) length() time.Duration { return c.Span * time.Duration(len(c.Spans)) }

// glyphs are what a chart is drawn with.
type glyphs struct {
	steps    []string // of a cell, from the least that is filled to all
	between  string   // what usage went through, up and down, within a column
	peak     string
	up       string // to a mark
	side     string
	corner   string
	floor    string
	sideMark string // at a number
}

var (
	blockGlyphs = glyphs{
		steps: []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}, between: "░",
		peak: "▼", up: "▲", side: "│", corner: "└", floor: "─", sideMark: "┤",
	}
	asciiGlyphs = glyphs{
		steps: []string{".", "#"}, between: ":",
		peak: "v", up: "^", side: "|", corner: "+", floor: "-", sideMark: "+",
	}
)

// Rows of a chart, besides the line of the peak and those below the axis.
const chartRows = 14

// lines draws the chart within a width, in 18 lines. nil where nothing was
// seen.
func (c *Chart) lines(width int, ascii bool) []string {
	top := uint64(0)
	for _, s := range c.Spans {
		top = max(top, s.Max)
	}
	if c.length() <= 0 {
		return nil
	}
	p := plot{chart: c, glyphs: &blockGlyphs, top: max(top, 1), rows: chartRows}
	if ascii {
		p.glyphs = &asciiGlyphs
	}
	p.margin = 1
	for y := range p.rows {
		p.margin = max(p.margin, textWidth(p.tick(y)))
	}
	p.margin++
	p.fold(max(width-p.margin-1, 16))
	out := []string{p.peakLine()}
	for row := p.rows - 1; row >= 0; row-- {
		out = append(out, p.row(row))
	}
	out = append(out, p.axis())
	out = append(out, p.marks()...)
	for i := range out {
		out[i] = strings.TrimRight(out[i], " ")
	}
	return out
}

// plot is a chart on its way to lines.
type plot struct {
	chart   *Chart
	glyphs  *glyphs
	top     uint64 // bytes at the upper edge
	rows    int
	margin  int // columns of the numbers at the left
	columns []ChartSpan
	perCell time.Duration
}

// tick is the number at a row, its upper edge; "" for most rows.
func (p *plot) tick(y int) string {
	const ticks = 4
	if (y+1)*ticks%p.rows >= ticks || p.top <= 1 {
		return ""
	}
	return Size(uint64(math.Round(float64(y+1) / float64(p.rows) * float64(p.top))))
}

// fold makes as many columns of the spans as there is room for. Of a time
// without readings, a value holds until the next.
func (p *plot) fold(width int) {
	length := p.chart.length()
	p.columns = make([]ChartSpan, width)
	p.perCell = length / time.Duration(width)
	n := len(p.chart.Spans)
	for x := range p.columns {
		from, to := x*n/width, max((x+1)*n/width, x*n/width+1)
		for _, s := range p.chart.Spans[from:min(to, n)] {
			switch col := &p.columns[x]; {
			case !s.Known:
			case !col.Known:
				*col = s
			default:
				col.Min, col.Max = min(col.Min, s.Min), max(col.Max, s.Max)
			}
		}
		if !p.columns[x].Known && x > 0 && p.columns[x-1].Known {
			p.columns[x] = p.columns[x-1]
		}
	}
}

// row draws a row of the plot, from 0 at the axis.
func (p *plot) row(y int) string {
	var b strings.Builder
	label := p.tick(y)
	b.WriteString(strings.Repeat(" ", p.margin-1-textWidth(label)) + label)
	if label != "" {
		b.WriteString(p.glyphs.sideMark)
	} else {
		b.WriteString(p.glyphs.side)
	}
	for i := range p.columns {
		b.WriteString(p.cell(&p.columns[i], y))
	}
	return b.String()
}

// cell draws what of a column lies in a row.
func (p *plot) cell(c *ChartSpan, y int) string {
	if !c.Known || c.Max == 0 {
		return " "
	}
	least := p.fill(c.Min, y)
	most := p.fill(c.Max, y)
	full := len(p.glyphs.steps)
	switch {
	case least == full:
		return p.glyphs.steps[full-1]
	case most > least && (2*most >= full || most > 0 && least == 0 && y == 0):
		return p.glyphs.between
	case least > 0:
		return p.glyphs.steps[least-1]
	case most > 0 && c.Max == c.Min:
		return p.glyphs.steps[most-1]
	}
	return " "
}

// fill is how many steps of a row a value fills. What is there at all fills one
// of the first row.
func (p *plot) fill(value uint64, y int) int {
	steps := len(p.glyphs.steps)
	n := int(math.Round(float64(value)/float64(p.top)*float64(p.rows*steps))) - y*steps
	if y == 0 && value > 0 {
		n = max(n, 1)
	}
	return min(max(n, 0), steps)
}

// column is where a moment is.
func (p *plot) column(at time.Duration) int {
	if p.perCell <= 0 {
		return 0
	}
	return min(max(int(at/p.perCell), 0), len(p.columns)-1)
}

// peakLine points at the peak.
func (p *plot) peakLine() string {
	x := p.column(p.chart.PeakAt)
	text := "peak " + Size(p.chart.Peak)
	if room := len(p.columns) - x - 2; textWidth(text) <= room {
		return strings.Repeat(" ", p.margin+x) + p.glyphs.peak + " " + text
	}
	return strings.Repeat(" ", max(p.margin+x-textWidth(text)-1, 0)) + text + " " + p.glyphs.peak
}

// axis is the line of zero.
func (p *plot) axis() string {
	return strings.Repeat(" ", p.margin-2) + "0" + p.glyphs.corner + strings.Repeat(p.glyphs.floor, len(p.columns))
}

// marks are the lines below the axis: arrows to the dumps, their numbers as far
// as there is room, and times.
func (p *plot) marks() []string {
	arrows := []rune(strings.Repeat(" ", len(p.columns)))
	numbers := []rune(strings.Repeat(" ", len(p.columns)+4))
	free := 0
	for _, m := range p.chart.Marks {
		x := p.column(m.At)
		arrows[x] = []rune(p.glyphs.up)[0]
		text := []rune(fmt.Sprintf("#%d", m.Number))
		if x >= free && x+len(text) <= len(p.columns) {
			copy(numbers[x:], text)
			free = x + len(text) + 1
		}
	}
	indent := strings.Repeat(" ", p.margin)
	end := seconds(p.chart.length())
	times := indent + "0 s" + strings.Repeat(" ", max(len(p.columns)-len("0 s")-textWidth(end), 1)) + end
	if len(p.chart.Marks) == 0 {
		return []string{times}
	}
	return []string{indent + string(arrows), indent + string(numbers), times}
}

// seconds writes a time to a precision that fits it.
func seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}
