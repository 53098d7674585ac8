package report

import (
	"memtrail/analysis"
	"memtrail/analysis/growth"
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
	MadeBy      []madeByJSON        `json:"made_by,omitempty"` // with a profile
	Survives    []survivalJSON      `json:"survives,omitempty"`
	Makers      []makerJSON         `json:"makers,omitempty"`
	Code        *changesJSON        `json:"code,omitempty"`
	Source      *declaredJSON       `json:"source,omitempty"`
	Cycle       string              `json:"cycle,omitempty"`
	Collector   *analysis.Collector `json:"collector,omitempty"`
	Shapes      []string            `json:"shapes,omitempty"`
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

func encodeGrowingPlace(w *growth.GrowingPlace, last string) growingPlaceJSON {
	d := growingPlaceJSON{
		Fingerprint: w.Fingerprint, Status: orNull(string(w.Status), w.Status != ""), Path: w.Path, Type: w.Type, Class: orNull(w.Class, w.Class != ""),
		Holds: encodeKind(&w.Holds), Also: sliceOf(w.Also, encodeAlso), Places: w.Places,
		Counts: append([]uint64{}, w.Counts...), Bytes: append([]uint64{}, w.Bytes...),
		PerInterval: rateJSON{finite(w.PerInterval.Count), finite(w.PerInterval.Bytes)}, GrewIn: w.GrewIn, Confidence: w.Confidence,
		Evidence: growthEvidenceJSON{Robust: w.Evidence.Robust, Tau: finite(w.Evidence.Tau), P: finite(w.Evidence.P), Kept: w.Evidence.Kept},
		PerClass: sliceOf(w.PerClass, encodeClassGrowth), Frame: orNull(w.Frame, w.Frame != ""), Frames: w.Frames, KeyBytes: w.KeyBytes,
		MadeBy: sliceOf(w.MadeBy, encodeMadeBy), Survives: sliceOf(w.Survives, encodeSurvival),
		Makers: sliceOf(w.Makers, encodeMaker), Code: encodeChanges(w.Changes), Source: encodeDeclared(w.Declared), Cycle: w.Cycle, Collector: w.Collector, Shapes: w.Shapes,
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
	d.Raw = latin1(&d.Fingerprint, &d.Path, &d.Type, d.Class, d.Frame, &d.Cycle)
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
