package report

import (
	"math"
	"slices"
	"strings"

	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/analysis/levels"
)

// growthDocument is what growth and gate have in common; of a gate it takes
// what growth does not know.
func growthDocument(g *growth.Growth, last string, gate *gate.Gate) document {
	place := func(w *growth.GrowingPlace) growingPlaceJSON { return encodeGrowingPlace(w, last) }
	d := document{
		{"verdict", g.Verdict}, {"reason", growthReason(g)}, {"intervals", g.Intervals},
		{"growing", listOf(g.Growing, place)},
		{"unexplained", encodeUnexplained(&g.Unexplained)}, {"balance", encodeBalance(g)},
		{"memory_usage_per_interval", floatOrNull(g.UsageRate, g.HasUsage)},
		{"kept_chunks", encodeKept(g.Kept)}, {"rises_outside", encodeRisesOutside(g.Outside)},
		{"ignored", listOf(gate.Ignored, place)},
		{"stale", listOf(gate.Stale, encodeEntry)},
		{"caveats", listOf(g.Caveats, func(d *growth.Caveat) caveatJSON { return encodeCaveat(g, d) })},
		{"dumps", listOf(g.Snapshots, encodeSnapshot)},
		{"warm_up", g.WarmUp}, {"sizes", sizesName(g.Reported)}, {"memory_limit", encodeExhaustion(&g.Exhaustion)},
	}
	if g.Cut > 0 {
		d = append(d, member{"more", g.Cut})
	}
	if p := g.Profile; p != nil {
		d = append(d, member{"profile", encodeProfile(&p.Source)}, member{"profile_of_another_program", p.Foreign})
	}
	return append(d, member{"complete", !slices.ContainsFunc(g.Snapshots, func(m growth.Snapshot) bool { return !sound(&m.Source) })})
}

// growthReason says why a series does not tell, or what grows unexplained; nil else.
func growthReason(g *growth.Growth) *string {
	if g.Verdict != growth.Inconclusive && g.Verdict != growth.Unexplained {
		return nil
	}
	_, text, _ := strings.Cut(growthVerdict(g).plain(), ": ")
	text = printable(upperFirst(text))
	return &text
}

type growthBalanceJSON struct {
	From        int   `json:"from"`
	To          int   `json:"to"`
	MemoryUsage int64 `json:"memory_usage"`
	Places      int64 `json:"places"`
	Growing     int64 `json:"growing"`
	Other       int64 `json:"other"`
	Engine      int64 `json:"engine"`
	DumpTables  int64 `json:"dump_tables"`
	Unreachable int64 `json:"unreachable"`
	Unexplained int64 `json:"unexplained"`
}

// encodeBalance is where the bytes are by which memory_usage changed; nil where
// not all is known.
func encodeBalance(g *growth.Growth) *growthBalanceJSON {
	b := &g.Balance
	if !b.Known || g.Reported {
		return nil
	}
	return &growthBalanceJSON{
		From: b.From + 1, To: b.To + 1, MemoryUsage: b.MemoryUsage, Places: b.Places(), Growing: b.Growing, Other: b.Other, Engine: b.Engine,
		DumpTables: b.DumpTables, Unreachable: b.Unreachable, Unexplained: b.Unexplained,
	}
}

type unexplainedJSON struct {
	Known       bool    `json:"known"`
	Bytes       []int64 `json:"bytes"`
	Grows       bool    `json:"grows"`
	PerInterval float64 `json:"bytes_per_interval"`
	Limit       *uint64 `json:"limit"`

	Hints []hintJSON `json:"hints"`
}

func encodeUnexplained(u *growth.UnexplainedGrowth) unexplainedJSON {
	return unexplainedJSON{
		Known: u.Known, Bytes: append([]int64{}, u.Bytes...), Grows: u.Grows, PerInterval: finite(u.PerInterval),
		Limit: numberOrNull(u.Limit, u.Limit < math.MaxInt64), Hints: sliceOf(u.Hints, encodeHint),
	}
}

type hintJSON struct {
	Kind     growth.HintKind `json:"kind"`
	Evidence bool            `json:"evidence"`
	Class    *string         `json:"class,omitempty"`
	Count    uint64          `json:"count,omitempty"`
	Rate     float64         `json:"per_interval,omitempty"`
	Text     string          `json:"text"`
	Raw      bool            `json:"raw,omitempty"`
}

func encodeHint(h *growth.Hint) hintJSON {
	d := hintJSON{Kind: h.Kind, Evidence: h.Evidence, Class: orNull(h.Class, h.Class != ""), Count: h.Count, Rate: finite(h.Rate), Text: printable(hint(h).plain())}
	d.Raw = latin1(d.Class)
	return d
}

type snapshotJSON struct {
	Name        string  `json:"name"`
	Producer    *string `json:"producer"`
	Items       uint64  `json:"items"`
	MemoryUsage *uint64 `json:"memory_usage"`
	Real        *uint64 `json:"memory_usage_real"`
	Peak        *uint64 `json:"peak_memory_usage"`
	RSS         *uint64 `json:"rss"`
	Explained   uint64  `json:"explained_bytes"`
	Rebuilt     uint64  `json:"rebuilt_bytes"`
	Complete    bool    `json:"complete"`
	EndsAt      *int64  `json:"ends_at,omitempty"`
	Raw         bool    `json:"raw,omitempty"`
}

func encodeSnapshot(m *growth.Snapshot) snapshotJSON {
	d := snapshotJSON{
		Name: m.Name, Producer: orNull(m.Producer, m.Producer != ""), Items: m.Items, Explained: m.Explained, Rebuilt: m.Rebuilt, Complete: sound(&m.Source),
	}
	if m.Header != nil {
		d.MemoryUsage, d.Real, d.Peak = &m.Header.MemoryUsage, &m.Header.MemoryUsageReal, &m.Header.PeakMemoryUsage
	}
	if l := levels.Of(&m.Source); l.RSS > 0 {
		d.RSS = &l.RSS
	}
	if !m.Complete {
		d.EndsAt = &m.EndsAt
	}
	d.Raw = latin1(&d.Name, d.Producer)
	return d
}

type caveatJSON struct {
	Kind growth.CaveatKind `json:"kind"`
	Dump *string           `json:"dump"`
	Why  string            `json:"why"`
	Todo string            `json:"todo"`
	Raw  bool              `json:"raw,omitempty"`
}

func encodeCaveat(g *growth.Growth, s *growth.Caveat) caveatJSON {
	words := caveatOf(g, s)
	d := caveatJSON{Kind: s.Kind, Dump: orNull(s.Name, s.Name != ""), Why: printable(words.why.sentence().plain()), Todo: printable(words.todo.plain())}
	d.Raw = latin1(d.Dump)
	return d
}

// exhaustionJSON is when the memory limit is reached, by memory_usage.
type exhaustionJSON struct {
	Bytes     uint64   `json:"bytes"`
	Exceeded  bool     `json:"exceeded"`
	Intervals *float64 `json:"reached_in_intervals"`
}

func encodeExhaustion(e *growth.Exhaustion) *exhaustionJSON {
	if e.Limit == 0 {
		return nil
	}
	return &exhaustionJSON{Bytes: e.Limit, Exceeded: e.Exceeded, Intervals: floatOrNull(e.Intervals, e.Intervals > 0)}
}
