package page

import (
	"memtrail/analysis/check"
	"memtrail/report"
)

// balance is what memory_usage was spent on, as a bar.
type balance struct {
	Usage uint64
	Parts []part
}

// part is a part of the bar, in thousandths of it.
type part struct {
	Name     string
	Size     string
	Share    string
	Ink      int     // number of its color
	X, Width float64 // of 1000
	Rest     bool    // it is what nothing explains
	Over     bool    // it is what is explained too much, and not in the bar
}

// inks is the number of colors: a part for each owner of blocks in a capture, and
// one for a block in flight.
const inks = 12

// balanceOf is nil where a dump has no header. Its parts sum to memory_usage; one
// of what is explained too much is below zero.
func balanceOf(c *check.Check, t *report.CheckText) *balance {
	b := c.Balance
	if b == nil || b.MemoryUsage == 0 {
		return nil
	}
	whole := b.MemoryUsage
	if b.Unexplained < 0 {
		whole += uint64(-b.Unexplained)
	}
	bar := &balance{Usage: b.MemoryUsage}
	x := 0.0
	for i, p := range t.Parts {
		if p.Bytes == 0 {
			continue
		}
		width := 1000 * float64(p.Bytes) / float64(whole)
		bar.Parts = append(bar.Parts, part{
			Name: p.Name, Size: report.Size(p.Bytes), Share: report.Percent(float64(p.Bytes) / float64(b.MemoryUsage)), Ink: i % inks, X: x, Width: width,
		})
		x += width
	}
	if b.Unexplained == 0 {
		return bar
	}
	rest := part{
		Name: "unexplained: in no dump", Size: report.NetSize(b.Unexplained), Share: report.Percent(float64(b.Unexplained) / float64(b.MemoryUsage)),
		X: x, Width: 1000 - x, Rest: true,
	}
	switch {
	case b.Unexplained < 0:
		rest.Name, rest.Over = "explained too much", true
	case c.Capture != nil:
		rest.Name = "unexplained: being allocated"
	}
	bar.Parts = append(bar.Parts, rest)
	return bar
}
