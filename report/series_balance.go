package report

import (
	"slices"
	"strings"

	"memtrail/analysis/growth"
)

// seriesNotes are sentences on a whole series: unexplained memory, the balance,
// and the memory limit.
func seriesNotes(g *growth.Growth) []string {
	var list []string
	for _, text := range []string{unexplainedTrend(g), balanceWords(g), faster(g), keptText(g.Kept), outsideBeside(g), exhaustion(g)} {
		if text != "" {
			list = append(list, text)
		}
	}
	return list
}

// beside reports whether a place grows beside memory_usage, which does not have it.
func beside(w *growth.GrowingPlace) bool {
	return w.Path == growth.OutsidePlace || w.Path == growth.PinnedPlace
}

// outsideBeside says that memory rises outside PHP's allocator, unless that is a
// finding.
func outsideBeside(g *growth.Growth) string {
	if slices.ContainsFunc(g.Growing, func(w growth.GrowingPlace) bool { return w.Path == growth.OutsidePlace }) {
		return ""
	}
	return outsideText(g.Outside)
}

// balanceWords adds up where the memory went; "" if that is not known.
func balanceWords(g *growth.Growth) string {
	b := &g.Balance
	if !b.Known || g.Reported || len(g.Snapshots) < 2 {
		return ""
	}
	text := "Balance from dump " + grouped(uint64(b.From+1)) + " to " + grouped(uint64(b.To+1)) + ": memory_usage " + changed(b.MemoryUsage, Size) + " ="
	for i, part := range []struct {
		bytes int64
		name  string
	}{
		{b.Growing, "in places that grow"}, {b.Other, "in other variables"}, {b.Engine, "in PHP's table of objects"},
		{b.DumpTables, "in property tables made by the dumps"}, {b.Unreachable, "unreachable"}, {b.Unexplained, "unexplained"},
	} {
		if part.bytes == 0 && (i != 0 || b.MemoryUsage != 0) && i != 5 {
			continue
		}
		text += " " + changed(part.bytes, Size) + " " + part.name + ","
	}
	return strings.TrimSuffix(text, ",") + "."
}

// tooFast is how much faster than memory_usage places may grow before it is
// said why.
const tooFast = 1.02

// faster says why places grow by more than memory_usage does, if they do.
func faster(g *growth.Growth) string {
	var counted []growth.GrowingPlace
	for _, w := range g.Growing {
		if !beside(&w) {
			counted = append(counted, w)
		}
	}
	sum := bytesPerInterval(counted)
	if !g.HasUsage || g.Reported || g.Cut > 0 || sum <= tooFast*max(0, g.UsageRate)+1024 || g.Intervals == 0 {
		return ""
	}
	text := "The places grow by " + Size(whole(sum)) + " per interval, but memory_usage by " + signedBytes(g.UsageRate)
	per := func(bytes int64) string { return Size(whole(float64(-bytes) / float64(g.Intervals))) }
	var why []string
	if b := g.Balance.Other; b < 0 {
		why = append(why, per(b)+" were freed elsewhere")
	}
	if b := g.Balance.Unreachable; b < 0 {
		why = append(why, per(b)+" of unreachable items were freed")
	}
	if b := g.Balance.Unexplained; b < 0 {
		why = append(why, per(b)+" were unexplained before or are counted twice: a string that several places share is counted at each of them")
	}
	if len(why) > 0 {
		text += ": " + strings.Join(why, ", ")
	}
	return text + "."
}

// exhaustion says when memory_usage reaches the memory limit; "" if there is none
// to reach.
func exhaustion(g *growth.Growth) string {
	e := &g.Exhaustion
	switch {
	case e.Limit == 0:
		return ""
	case e.Exceeded:
		return "memory_limit " + Size(e.Limit) + " is already exceeded: memory_usage of the last dump is " + Size(g.Snapshots[len(g.Snapshots)-1].Header.MemoryUsage) + "."
	case e.Intervals > 0:
		return "At this rate memory_usage reaches memory_limit " + Size(e.Limit) + " in about " + Count(twoDigits(e.Intervals), "interval") + "."
	case !g.HasUsage:
		return "Whether memory_limit " + Size(e.Limit) + " will be reached is not known: not all dumps have a header."
	}
	return "memory_usage does not approach memory_limit " + Size(e.Limit) + "."
}
