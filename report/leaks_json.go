package report

import (
	"memtrail/analysis"
	"memtrail/analysis/leaks"
)

type suspectJSON struct {
	Fingerprint       string              `json:"fingerprint"`
	Kind              string              `json:"kind"`
	AccumulationPoint placeJSON           `json:"accumulation_point"`
	Also              []placeJSON         `json:"also"`
	Holds             holdingJSON         `json:"holds"`
	Member            *memberJSON         `json:"member"`
	RetainedBytes     uint64              `json:"retained_bytes"`
	Share             float64             `json:"share"`
	ShareOfExplained  float64             `json:"share_of_explained"`
	Confidence        analysis.Confidence `json:"confidence"`
	Reasons           []string            `json:"reasons"`
	Evidence          []evidenceJSON      `json:"evidence"`
	Innocent          *string             `json:"innocent"`
	InnocentAs        *string             `json:"innocent_as"`
	Unreliable        uint64              `json:"unreliable_references"`
	Frame             *string             `json:"frame"`
	MadeBy            []madeByJSON        `json:"made_by,omitempty"` // with a profile
	Survives          []survivalJSON      `json:"survives,omitempty"`
	Makers            []makerJSON         `json:"makers,omitempty"`
	Code              *changesJSON        `json:"code,omitempty"`
	Source            *declaredJSON       `json:"source,omitempty"`
	Path              []pathStepJSON      `json:"path"`
	Next              string              `json:"next"`
}

type holdingJSON struct {
	Type         *string   `json:"type"`
	Class        *string   `json:"class"`
	Count        uint64    `json:"count"`
	Bytes        uint64    `json:"bytes"`
	AverageBytes uint64    `json:"average_bytes"`
	TableBytes   uint64    `json:"table_bytes"`
	Keys         *keysJSON `json:"keys"`
	Others       uint64    `json:"others"`
	Classes      uint64    `json:"classes,omitempty"`
	Lost         uint64    `json:"lost,omitempty"`
	Shape        *string   `json:"shape"`
	Through      *string   `json:"through"`
	Raw          bool      `json:"raw,omitempty"`
}

type keysJSON struct {
	Kind    leaks.KeyKind `json:"kind"`
	First   string        `json:"first"`
	Last    string        `json:"last"`
	Pattern *string       `json:"pattern"`
	Raw     bool          `json:"raw,omitempty"`
}

type memberJSON struct {
	placeJSON
	Content []contentJSON `json:"content"`
}

type contentJSON struct {
	Type  string  `json:"type"`
	Class *string `json:"class"`
	Count uint64  `json:"count"`
	Bytes uint64  `json:"bytes"`
	Raw   bool    `json:"raw,omitempty"`
}

type evidenceJSON struct {
	Kind    leaks.ReasonKind `json:"kind"`
	Against bool             `json:"against"`
	Count   uint64           `json:"count"`
	Of      uint64           `json:"of,omitempty"`
	Bytes   uint64           `json:"bytes"`
	Share   float64          `json:"share"`
}

func (l leaksAnswer) document() document {
	d := document{
		{"suspects", listOf(l.Suspects, l.encodeSuspect)},
		{"explained_bytes", l.Explained},
		{"threshold_bytes", l.Threshold},
		{"sizes", sizesName(l.Reported)},
		{"unreachable_bytes", l.Unreachable},
		{"lost", encodeLostAmounts(&l.Lost)},
		{"unreliable_references", l.Unreliable},
		{"header", (*headerJSON)(l.Header)},
	}
	if l.Cut > 0 {
		d = append(d, member{"more", l.Cut})
	}
	if p := l.Profile; p != nil {
		_, of := l.Memory()
		d = append(d, member{"profile", encodeProfile(&p.Source)}, member{"profile_of_another_program", p.Foreign}, member{"share_of", string(of)})
	}
	return append(d, completeness(&l.Source)...)
}

func (l leaksAnswer) encodeSuspect(s *leaks.Suspect) suspectJSON {
	d := suspectJSON{
		Fingerprint: s.Fingerprint, Kind: string(s.Kind), AccumulationPoint: encodePlace(&s.At), Also: sliceOf(s.Also, encodePlace),
		Holds: encodeHolding(&s.Holds), RetainedBytes: s.Retained, Share: s.Share, ShareOfExplained: s.OfExplained, Confidence: s.Confidence,
		Reasons: sentences(s), Innocent: orNull(innocent(s.Innocent), s.Innocent != ""),
		InnocentAs: orNull(string(s.Innocent), s.Innocent != ""), Unreliable: s.Unreliable,
		Frame: orNull(printable(s.Frame), s.Frame != ""), Makers: sliceOf(s.Makers, encodeMaker), Code: encodeChanges(s.Changes), Source: encodeDeclared(s.Declared),
		Evidence: sliceOf(s.Reasons, func(r *leaks.Reason) evidenceJSON {
			return evidenceJSON{r.Kind, r.Against, r.Count, r.Of, r.Bytes, r.Share}
		}),
		MadeBy: sliceOf(s.MadeBy, encodeMadeBy), Survives: sliceOf(s.Survives, encodeSurvival),
		Path: sliceOf(s.Path, encodePathStep), Next: printable(l.next(s)),
	}
	if m := s.Member; m != nil {
		d.Member = &memberJSON{encodePlace(&m.Place), sliceOf(m.Content, encodeContent)}
	}
	return d
}

// sentences are all reasons, those against a suspect marked as such.
func sentences(s *leaks.Suspect) []string {
	list := make([]string, len(s.Reasons))
	for i := range s.Reasons {
		r := &s.Reasons[i]
		p := reason(s, r)
		if r.Against {
			p = words("but ", p)
		}
		list[i] = printable(p.sentence().plain())
	}
	return list
}

func encodeHolding(h *leaks.Holding) holdingJSON {
	d := holdingJSON{
		Type: orNull(h.Type, h.Type != ""), Class: orNull(h.Class, h.Class != ""), Count: h.Count, Bytes: h.Bytes,
		AverageBytes: h.Average(), TableBytes: h.Table, Others: h.Others, Classes: h.Classes, Lost: h.Lost, Shape: orNull(h.Shape, h.Shape != ""), Through: orNull(h.Through, h.Through != ""),
	}
	if k := &h.Keys; k.Kind != leaks.NoKeys {
		d.Keys = &keysJSON{Kind: k.Kind, First: k.First, Last: k.Last, Pattern: orNull(k.Pattern, k.Pattern != "")}
		d.Keys.Raw = latin1(&d.Keys.First, &d.Keys.Last, d.Keys.Pattern)
	}
	d.Raw = latin1(d.Type, d.Class, d.Shape, d.Through)
	return d
}

func encodeContent(c *leaks.Content) contentJSON {
	d := contentJSON{Type: c.Type, Class: orNull(c.Class, c.Class != ""), Count: c.Count, Bytes: c.Bytes}
	d.Raw = latin1(&d.Type, d.Class)
	return d
}
