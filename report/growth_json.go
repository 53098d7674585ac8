package report

import (
	"cmp"
	"math"
	"memtrail/analysis"
	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/analysis/leaks"
	"slices"
	"strconv"
	"strings"
)

type growingPlaceJSON struct {
	Fingerprint string              `json:"fingerprint"`
	Status      *string             `json:"status"`
	Path        string              `json:"path"`
	Type        string              `json:"type"`
	Class       *string             `json:"class"`
	Holds       kindJSON            `json:"holds"`
	Also        []growthPathJSON    `json:"also"`
	Places      uint64              `json:"places"`
	Counts      []uint64            `json:"counts"`
	Bytes       []uint64            `json:"bytes"`
	PerInterval rateJSON            `json:"per_interval"`
	GrewIn      int                 `json:"grew_in"`
	Confidence  analysis.Confidence `json:"confidence"`
	Evidence    growthEvidenceJSON  `json:"evidence"`
	PerClass    []classGrowthJSON   `json:"per_class"`
	Frame       *string             `json:"frame"`
	Frames      []uint64            `json:"frames,omitempty"`
	KeyBytes    []uint64            `json:"key_bytes,omitempty"`
	SelfHeld    *selfHeldJSON       `json:"self_held,omitempty"`
	Makers      []makerJSON         `json:"makers,omitempty"`
	Reason      *string             `json:"reason"`
	Example     *growthStepJSON     `json:"example"`
	Trace       []growthStepJSON    `json:"trace"`
	Next        string              `json:"next"`
	Raw         bool                `json:"raw,omitempty"`
}

type classGrowthJSON struct {
	Type        string   `json:"type"`
	Class       *string  `json:"class"`
	Counts      []uint64 `json:"counts"`
	Bytes       []uint64 `json:"bytes"`
	PerInterval rateJSON `json:"per_interval"`
	Raw         bool     `json:"raw,omitempty"`
}

// selfHeldJSON is about the entries of a WeakMap whose values hold their own keys.
type selfHeldJSON struct {
	Entries uint64 `json:"entries"`
	Of      uint64 `json:"of"`
}

type makerJSON struct {
	This     *string  `json:"this"`
	Captures []string `json:"captures"`
	Share    float64  `json:"share"`
	Raw      bool     `json:"raw,omitempty"`
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

type hintJSON struct {
	Kind     growth.HintKind `json:"kind"`
	Evidence bool            `json:"evidence"`
	Class    *string         `json:"class,omitempty"`
	Count    uint64          `json:"count,omitempty"`
	Rate     float64         `json:"per_interval,omitempty"`
	Text     string          `json:"text"`
	Raw      bool            `json:"raw,omitempty"`
}

type kindJSON struct {
	Type  string  `json:"type"`
	Class *string `json:"class"`
	Raw   bool    `json:"raw,omitempty"`
}

type growthPathJSON struct {
	Path string `json:"path"`
	Raw  bool   `json:"raw,omitempty"`
}

type rateJSON struct {
	Count float64 `json:"count"`
	Bytes float64 `json:"bytes"`
}

type growthEvidenceJSON struct {
	Robust bool      `json:"robust"`
	Tau    float64   `json:"tau"`
	P      float64   `json:"p"`
	Kept   []float64 `json:"kept"`
}

// In a growthStepJSON, an example has a path and a step has a label.
type growthStepJSON struct {
	Path     *string `json:"path,omitempty"`
	Label    *string `json:"label,omitempty"`
	ID       *string `json:"id"`
	Type     *string `json:"type"`
	Class    *string `json:"class"`
	Children uint64  `json:"children"`
	Raw      bool    `json:"raw,omitempty"`
}

type unexplainedJSON struct {
	Known       bool    `json:"known"`
	Bytes       []int64 `json:"bytes"`
	Grows       bool    `json:"grows"`
	PerInterval float64 `json:"bytes_per_interval"`
	Limit       *uint64 `json:"limit"`

	Hints []hintJSON `json:"hints"`
}

type momentJSON struct {
	Name        string  `json:"name"`
	Producer    *string `json:"producer"`
	Items       uint64  `json:"items"`
	MemoryUsage *uint64 `json:"memory_usage"`
	Explained   uint64  `json:"explained_bytes"`
	Rebuilt     uint64  `json:"rebuilt_bytes"`
	Complete    bool    `json:"complete"`
	EndsAt      *int64  `json:"ends_at,omitempty"`
	Raw         bool    `json:"raw,omitempty"`
}

type caveatJSON struct {
	Kind growth.CaveatKind `json:"kind"`
	Dump *string           `json:"dump"`
	Why  string            `json:"why"`
	Todo string            `json:"todo"`
	Raw  bool              `json:"raw,omitempty"`
}

func (g growthPage) document() document {
	return growthDocument(g.Growth, g.last, &gate.Gate{})
}

// growthDocument is what growth and gate have in common; of a gate it takes
// what growth does not know.
func growthDocument(g *growth.Growth, last string, gate *gate.Gate) document {
	place := func(w *growth.GrowingPlace) growingPlaceJSON { return encodeGrowingPlace(w, last) }
	d := document{
		{"verdict", g.Verdict}, {"reason", growthReason(g)}, {"intervals", g.Intervals},
		{"growing", listOf(g.Growing, place)},
		{"unexplained", encodeUnseen(&g.Unexplained)}, {"balance", encodeBalance(g)},
		{"memory_usage_per_interval", floatOrNull(g.UsageRate, g.HasUsage)},
		{"ignored", listOf(gate.Ignored, place)},
		{"stale", listOf(gate.Stale, encodeEntry)},
		{"caveats", listOf(g.Caveats, func(d *growth.Caveat) caveatJSON { return encodeDoubt(g, d) })},
		{"dumps", listOf(g.Snapshots, encodeMoment)},
		{"warm_up", g.WarmUp}, {"sizes", sizesName(g.Reported)}, {"memory_limit", encodeExhaustion(&g.Exhaustion)},
	}
	if g.Cut > 0 {
		d = append(d, member{"more", g.Cut})
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

func encodeGrowingPlace(w *growth.GrowingPlace, last string) growingPlaceJSON {
	d := growingPlaceJSON{
		Fingerprint: w.Fingerprint, Status: orNull(string(w.Status), w.Status != ""), Path: w.Path, Type: w.Type, Class: orNull(w.Class, w.Class != ""),
		Holds: encodeKind(&w.Holds), Also: sliceOf(w.Also, encodeAlso), Places: w.Places,
		Counts: append([]uint64{}, w.Counts...), Bytes: append([]uint64{}, w.Bytes...),
		PerInterval: rateJSON{finite(w.PerInterval.Count), finite(w.PerInterval.Bytes)}, GrewIn: w.GrewIn, Confidence: w.Confidence,
		Evidence: growthEvidenceJSON{Robust: w.Evidence.Robust, Tau: finite(w.Evidence.Tau), P: finite(w.Evidence.P), Kept: w.Evidence.Kept},
		PerClass: sliceOf(w.PerClass, encodeClassGrowth), Frame: orNull(w.Frame, w.Frame != ""), Frames: w.Frames, KeyBytes: w.KeyBytes,
		Makers: sliceOf(w.Makers, encodeMaker),
		Trace: sliceOf(w.Trace, func(s *analysis.PathStep) growthStepJSON {
			return encodeGrowthStep(&s.Item, nil, &s.Label)
		}),
		Reason: orNull(printable(w.Reason), w.Reason != ""), Next: printable(growthNext(w, last)),
	}
	if u := w.WeakMap; u != nil {
		d.SelfHeld = &selfHeldJSON{u.SelfHeld, u.Entries}
	}
	if e := &w.Example; e.Item.ID != "" {
		step := encodeGrowthStep(&e.Item, &e.Path, nil)
		d.Example = &step
	}
	d.Raw = latin1(&d.Fingerprint, &d.Path, &d.Type, d.Class, d.Frame)
	return d
}

func encodeClassGrowth(c *growth.ClassGrowth) classGrowthJSON {
	d := classGrowthJSON{
		Type: c.Type, Class: orNull(c.Class, c.Class != ""), Counts: c.Counts, Bytes: c.Bytes,
		PerInterval: rateJSON{finite(c.PerInterval.Count), finite(c.PerInterval.Bytes)},
	}
	d.Raw = latin1(&d.Type, d.Class)
	return d
}

func encodeMaker(m *leaks.Maker) makerJSON {
	d := makerJSON{This: orNull(m.This, m.This != ""), Captures: append([]string{}, m.Captures...), Share: m.Share}
	texts := []*string{d.This}
	for i := range d.Captures {
		texts = append(texts, &d.Captures[i])
	}
	d.Raw = latin1(texts...)
	return d
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

func encodeHint(h *growth.Hint) hintJSON {
	d := hintJSON{Kind: h.Kind, Evidence: h.Evidence, Class: orNull(h.Class, h.Class != ""), Count: h.Count, Rate: finite(h.Rate), Text: printable(hint(h).plain())}
	d.Raw = latin1(d.Class)
	return d
}

// floatOrNull is a number if it is known.
func floatOrNull(x float64, known bool) *float64 {
	if !known {
		return nil
	}
	x = finite(x)
	return &x
}

// finite is a number that JSON has.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

func encodeKind(k *analysis.Kind) kindJSON {
	d := kindJSON{Type: k.Type, Class: orNull(k.Class, k.Class != "")}
	d.Raw = latin1(&d.Type, d.Class)
	return d
}

func encodeAlso(path *string) growthPathJSON {
	d := growthPathJSON{Path: *path}
	d.Raw = latin1(&d.Path)
	return d
}

func encodeGrowthStep(it *analysis.Item, path, label *string) growthStepJSON {
	d := growthStepJSON{
		ID: orNull(it.ID, it.ID != ""), Type: orNull(it.Type, it.ID != ""), Class: orNull(it.Class, it.HasClass || it.Class != ""),
		Children: it.ChildrenCount,
	}
	if path != nil {
		d.Path = orNull(*path, true)
	}
	if label != nil {
		d.Label = orNull(*label, true)
	}
	d.Raw = latin1(d.Path, d.Label, d.ID, d.Type, d.Class)
	return d
}

func encodeUnseen(u *growth.UnexplainedGrowth) unexplainedJSON {
	return unexplainedJSON{
		Known: u.Known, Bytes: append([]int64{}, u.Bytes...), Grows: u.Grows, PerInterval: finite(u.PerInterval),
		Limit: numberOrNull(u.Limit, u.Limit < math.MaxInt64), Hints: sliceOf(u.Hints, encodeHint),
	}
}

func encodeMoment(m *growth.Snapshot) momentJSON {
	d := momentJSON{
		Name: m.Name, Producer: orNull(m.Producer, m.Producer != ""), Items: m.Items, Explained: m.Explained, Rebuilt: m.Rebuilt, Complete: sound(&m.Source),
	}
	if m.Header != nil {
		d.MemoryUsage = &m.Header.MemoryUsage
	}
	if !m.Complete {
		d.EndsAt = &m.EndsAt
	}
	d.Raw = latin1(&d.Name, d.Producer)
	return d
}

func encodeDoubt(g *growth.Growth, s *growth.Caveat) caveatJSON {
	words := caveatOf(g, s)
	d := caveatJSON{Kind: s.Kind, Dump: orNull(s.Name, s.Name != ""), Why: printable(words.why.sentence().plain()), Todo: printable(words.todo.plain())}
	d.Raw = latin1(d.Dump)
	return d
}

// records has a row for each place that grows, and one for unexplained
// growth.
func (g growthPage) records(Options) grid {
	titles := columns("rank", "finding", "fingerprint", "path", "type", "class", "holds_type", "holds_class", "places", "also", "counts", "bytes",
		"count_per_interval", "bytes_per_interval", "grew_in", "intervals", "confidence", "robust", "tau", "p", "kept", "id", "next")
	rows := rowsOf(g.Growing, func(i int, w *growth.GrowingPlace) []cell {
		e := &w.Evidence
		kept := ""
		if len(e.Kept) > 0 {
			kept = decimal(slices.Min(e.Kept))
		}
		return []cell{{strconv.Itoa(i + 1)}, {"leak"}, {w.Fingerprint}, {w.Path}, {w.Type}, {w.Class}, {w.Holds.Type}, {w.Holds.Class}, {count(w.Places)},
			{strings.Join(w.Also, " ")}, {spaced(w.Counts)}, {spaced(w.Bytes)}, {decimal(w.PerInterval.Count)}, {decimal(w.PerInterval.Bytes)},
			{strconv.Itoa(w.GrewIn)}, {strconv.Itoa(g.Intervals)}, {string(w.Confidence)}, {strconv.FormatBool(e.Robust)}, {decimal(e.Tau)}, {decimal(e.P)},
			{kept}, {w.Example.Item.ID}, {growthNext(w, g.last)}}
	})
	return grid{columns: titles, rows: func(yield func([]cell) bool) {
		for row := range rows {
			if !yield(row) {
				return
			}
		}
		if !g.Unexplained.Grows {
			return
		}
		row := make([]cell, len(titles))
		for i := range row {
			text := map[string]string{
				"rank": strconv.Itoa(len(g.Growing) + 1), "finding": "unexplained", "bytes": spaced(g.Unexplained.Bytes), "next": unexplainedNext(g.last),
				"bytes_per_interval": decimal(g.Unexplained.PerInterval), "grew_in": strconv.Itoa(g.Intervals), "intervals": strconv.Itoa(g.Intervals),
			}[titles[i].title]
			row[i] = cell{text}
		}
		yield(row)
	}}
}

// decimal writes a number with the digits that it takes.
func decimal(x float64) string { return strconv.FormatFloat(cmp.Or(x, 0), 'f', -1, 64) }

// spaced writes numbers with blanks between them.
func spaced[T uint64 | int64](values []T) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = strconv.FormatInt(int64(v), 10)
		if v > 0 {
			list[i] = count(uint64(v))
		}
	}
	return strings.Join(list, " ")
}
