package page

import (
	"memtrail/analysis/growth"
	"memtrail/report"
)

// growthView is what grows over a series.
type growthView struct {
	report.GrowthText
	Bad    bool
	Usage  *chart // memory_usage and what is explained of it; nil where not all dumps have a header
	Levels *chart // the process by dump; nil where dumps do not tell
	Places []placeView
	number map[string]int // of the places, by fingerprint, from 1
}

type placeView struct {
	report.PlaceText
	Number      int
	Fingerprint string
	Chart       *chart
	Lines       []report.RemarkText // the code that adds and removes
	Node        int                 // of the tree; -1: none
	Status      string              // to a gate; "" where there is none
}

// mostPlaces are the places that have a chart.
const mostPlaces = 12

func growthOf(g *growth.Growth, last string) *growthView {
	v := &growthView{
		GrowthText: report.GrowthWords(g, last), number: map[string]int{},
		Bad: g.Verdict == growth.Leaking || g.Verdict == growth.Unexplained,
	}
	v.Usage, v.Levels = usageChart(g), levelsChart(g)
	for i, text := range v.GrowthText.Places[:min(len(v.GrowthText.Places), mostPlaces)] {
		w := &g.Growing[i]
		v.number[w.Fingerprint] = i + 1
		place := placeView{PlaceText: text, Number: i + 1, Fingerprint: report.Printable(w.Fingerprint), Chart: placeChart(w, g), Node: -1}
		place.Lines, place.Remarks = codeLines(place.Remarks)
		v.Places = append(v.Places, place)
	}
	return v
}

// usageChart sets what the dumps explain against memory_usage.
func usageChart(g *growth.Growth) *chart {
	if g.Reported || len(g.Snapshots) < 2 {
		return nil
	}
	used, explained := line{Name: "memory_usage", Ink: "used"}, line{Name: "explained", Ink: "explained"}
	for i := range g.Snapshots {
		s := &g.Snapshots[i]
		if s.Header == nil {
			return nil
		}
		used.Values = append(used.Values, float64(s.Header.MemoryUsage))
		explained.Values = append(explained.Values, float64(s.Explained))
	}
	return newChart("memory_usage, and what the dumps explain of it", []line{used, explained}, g.WarmUp)
}

// placeChart draws the bytes of a place that grows.
func placeChart(w *growth.GrowingPlace, g *growth.Growth) *chart {
	l := line{Name: "bytes", Ink: "grows"}
	for _, b := range w.Bytes {
		l.Values = append(l.Values, float64(b))
	}
	if len(l.Values) < 2 {
		return nil
	}
	return newChart("Bytes held at "+report.Shorten(w.Path, 60)+", by dump", []line{l}, g.WarmUp)
}
