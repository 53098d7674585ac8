package report

import (
	"cmp"

	"memtrail/analysis"
	"memtrail/analysis/check"
)

type defectJSON struct {
	Count       uint64  `json:"count"`
	FirstOffset *int64  `json:"first_offset"`
	Example     *string `json:"example"`
}

type lostJSON struct {
	Class      string `json:"class"`
	Objects    uint64 `json:"objects"`
	References uint64 `json:"references"`
	Raw        bool   `json:"raw,omitempty"`
}

type boundsJSON struct {
	Low  uint64                     `json:"low"`
	High *uint64                    `json:"high"`
	Why  []string                   `json:"why"`
	By   map[string]*partBoundsJSON `json:"by_type"`
}

type partBoundsJSON struct {
	Modelled uint64   `json:"modelled"`
	Low      uint64   `json:"low"`
	High     *uint64  `json:"high"`
	Why      []string `json:"why"`
}

type balanceJSON struct {
	MemoryUsage         uint64      `json:"memory_usage"`
	MemoryUsageReal     uint64      `json:"memory_usage_real"`
	PeakMemoryUsage     uint64      `json:"peak_memory_usage"`
	PeakMemoryUsageReal uint64      `json:"peak_memory_usage_real"`
	Allocated           uint64      `json:"allocated"`
	ByKind              byKindJSON  `json:"by_kind"`
	ObjectTable         uint64      `json:"object_table"`
	Baseline            uint64      `json:"baseline"`
	Unexplained         int64       `json:"unexplained"`
	ExplainedShare      float64     `json:"explained_share"`
	Causes              []causeJSON `json:"causes"`

	// Of captures only.
	Blocks  *uint64          `json:"blocks,omitempty"`
	ByOwner map[string]int64 `json:"by_owner,omitempty"`
}

type byKindJSON struct {
	Strings    uint64 `json:"strings"`
	Arrays     uint64 `json:"arrays"`
	Keys       uint64 `json:"keys"`
	Objects    uint64 `json:"objects"`
	Tables     uint64 `json:"property_tables"`
	References uint64 `json:"references"`
}

type causeJSON struct {
	Kind check.CauseKind `json:"kind"`
	UpTo *uint64         `json:"up_to"`
}

func (c checkPage) document() document {
	defects := make(map[string]defectJSON, len(c.Flaws))
	for _, f := range c.Flaws {
		d := defectJSON{Count: f.Count, Example: orNull(f.Example, f.Example != "")}
		if f.First >= 0 {
			d.FirstOffset = &f.First
		}
		defects[f.Kind] = d
	}
	d := document{
		{"verdict", c.Verdict},
		{"producer", c.Producer},
		{"php", c.PHP},
		{"php_why", c.PHPWhy},
		{"modelled_as", c.Modelled},
		{"items", c.Items},
		{"roots", c.Roots},
		{"edges", c.Edges},
		{"weak_references", c.Weak},
		{"complete", c.Verdict == analysis.Sound},
		{"ends_at", c.EndsAt},
		{"defects", defects},
		{"lost_contents", listOf(c.Lost, encodeLost)},
		{"weak_maps", listOf(c.WeakMaps, encodeWeakMap)},
		{"balance", c.encodeBalance()},
		{"bounds", c.encodeBounds()},
		{"lost", encodeLostBlocks(&c.Blocks)},
	}
	if c.Capture != nil {
		d = append(d, member{"uncollected", c.encodeUncollected()}, member{"native", c.encodeNative()})
		if p := c.encodeProcess(); p != nil {
			d = append(d, member{"process", p})
		}
	}
	return d
}

// weakMapJSON is a WeakMap with entries that no key keeps.
type weakMapJSON struct {
	ID       string  `json:"id"`
	Path     *string `json:"path"`
	Entries  uint64  `json:"entries"`
	SelfHeld uint64  `json:"self_held"`
	Unheld   uint64  `json:"unheld"`
	Key      *string `json:"key"`
	Value    *string `json:"value"`
	Raw      bool    `json:"raw,omitempty"`
}

func encodeWeakMap(m *check.CheckedWeakMap) weakMapJSON {
	name := func(k analysis.Kind) *string {
		s := cmp.Or(k.Class, k.Type)
		return orNull(s, s != "")
	}
	d := weakMapJSON{ID: m.ID, Path: orNull(m.Path, m.Path != ""), Entries: m.Entries, SelfHeld: m.SelfHeld, Unheld: m.Unheld, Key: name(m.Key), Value: name(m.Value)}
	d.Raw = latin1(&d.ID, d.Path, d.Key, d.Value)
	return d
}

func encodeLost(l *check.LostClass) lostJSON {
	d := lostJSON{Class: l.Class, Objects: l.Objects, References: l.References}
	d.Raw = latin1(&d.Class)
	return d
}

func (c checkPage) encodeBalance() *balanceJSON {
	b := c.Balance
	if b == nil {
		return nil
	}
	d := &balanceJSON{
		MemoryUsage: b.MemoryUsage, Allocated: c.Spent.Total(), ByKind: byKindJSON(c.Spent), ObjectTable: b.ObjectTable,
		Baseline: b.Baseline, Unexplained: b.Unexplained, ExplainedShare: b.Share,
		Causes: sliceOf(b.Causes, func(cause *check.Cause) causeJSON {
			return causeJSON{cause.Kind, numberOrNull(cause.UpTo, cause.UpTo > 0)}
		}),
	}
	if c.Capture != nil {
		d.Blocks, d.ByOwner = &c.Capture.Blocks.Bytes, ownersJSON(c.Check)
	}
	if h := c.Header; h != nil {
		d.MemoryUsageReal, d.PeakMemoryUsage, d.PeakMemoryUsageReal = h.MemoryUsageReal, h.PeakMemoryUsage, h.PeakMemoryUsageReal
	}
	return d
}

func (c checkPage) encodeBounds() boundsJSON {
	b := &c.Bounds
	d := boundsJSON{Low: b.Low, High: numberOrNull(b.High, !b.Open), Why: texts(b.Why), By: map[string]*partBoundsJSON{}}
	for _, p := range b.Parts {
		d.By[p.Type] = &partBoundsJSON{p.Modelled, p.Low, numberOrNull(p.High, !p.Open), texts(p.Why)}
	}
	return d
}
