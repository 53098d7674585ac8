package report

import (
	"memtrail/analysis/growth"
	"strings"
)

// seriesNotes are what is to be known of a whole series.
func seriesNotes(g *growth.Growth) []string {
	var list []string
	for _, text := range []string{unexplainedTrend(g), balanceWords(g), faster(g), exhaustion(g)} {
		if text != "" {
			list = append(list, text)
		}
	}
	return list
}

// balanceWords adds up where the memory went; "" if that is not known.
func balanceWords(g *growth.Growth) string {
	b := &g.Balance
	if !b.Known || g.Reported || len(g.Snapshots) < 2 {
		return ""
	}
	text := "Balance from dump " + grouped(uint64(b.From+1)) + " to " + grouped(uint64(b.To+1)) + ": memory_usage " + change(b.MemoryUsage) + " ="
	for i, part := range []struct {
		bytes int64
		name  string
	}{
		{b.Growing, "in places that grow"}, {b.Other, "elsewhere in variables"}, {b.Engine, "PHP's table of objects"},
		{b.DumpTables, "made by the dumps"}, {b.Unreachable, "unreachable"}, {b.Unexplained, "unexplained"},
	} {
		if part.bytes == 0 && (i != 0 || b.MemoryUsage != 0) && i != 5 {
			continue
		}
		text += " " + change(part.bytes) + " " + part.name + ","
	}
	return strings.TrimSuffix(text, ",") + "."
}

// tooFast is how much faster than memory_usage places may grow before it is
// said why.
const tooFast = 1.02

// faster says why places grow by more than memory_usage does, if they do.
func faster(g *growth.Growth) string {
	sum := bytesPerInterval(g.Growing)
	if !g.HasUsage || g.Reported || g.Cut > 0 || sum <= tooFast*max(0, g.UsageRate)+1024 || g.Intervals == 0 {
		return ""
	}
	text := "The places grow by " + memory(whole(sum)) + " per interval, memory_usage by " + signedBytes(g.UsageRate)
	per := func(bytes int64) string { return memory(whole(float64(-bytes) / float64(g.Intervals))) }
	var why []string
	if b := g.Balance.Other; b < 0 {
		why = append(why, per(b)+" were given back elsewhere")
	}
	if b := g.Balance.Unreachable; b < 0 {
		why = append(why, per(b)+" of unreachable items were freed")
	}
	if b := g.Balance.Unexplained; b < 0 {
		why = append(why, per(b)+" are counted too much or were held unseen before: strings that several places share are counted at each")
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
		return "memory_limit " + memory(e.Limit) + " is already exceeded: memory_usage of the last dump is " + memory(g.Snapshots[len(g.Snapshots)-1].Header.MemoryUsage) + "."
	case e.Intervals > 0:
		return "At this rate memory_usage reaches memory_limit " + memory(e.Limit) + " in about " + thousands(roundly(e.Intervals), "interval") + "."
	case !g.HasUsage:
		return "When memory_limit " + memory(e.Limit) + " is reached is not known: not all dumps have a header."
	}
	return "memory_usage does not grow towards memory_limit " + memory(e.Limit) + "."
}
