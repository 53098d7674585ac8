package report

import "memtrail/analysis/growth"

type amountJSON struct {
	Count uint64 `json:"count"`
	Bytes uint64 `json:"bytes"`
}

type deltaJSON struct {
	Count int64 `json:"count"`
	Bytes int64 `json:"bytes"`
}

type classChangeJSON struct {
	Type   string     `json:"type"`
	Class  *string    `json:"class"`
	Before amountJSON `json:"before"`
	After  amountJSON `json:"after"`
	Delta  deltaJSON  `json:"delta"`
	Raw    bool       `json:"raw,omitempty"`
}

type pathChangeJSON struct {
	Path        string     `json:"path"`
	Fingerprint string     `json:"fingerprint"`
	Holds       kindJSON   `json:"holds"`
	Before      amountJSON `json:"before"`
	After       amountJSON `json:"after"`
	Delta       deltaJSON  `json:"delta"`
	Raw         bool       `json:"raw,omitempty"`
}

func (d diff) document() document {
	doc := document{
		{"before", encodeSnapshot(&d.Before)}, {"after", encodeSnapshot(&d.After)},
		{"classes", listOf(d.Classes, encodeClassChange)}, {"paths", listOf(d.Paths, encodePathChange)},
		{"sizes", sizesName(d.Reported)},
	}
	if d.CutClasses > 0 {
		doc = append(doc, member{"more_classes", d.CutClasses})
	}
	if d.CutPaths > 0 {
		doc = append(doc, member{"more_paths", d.CutPaths})
	}
	return append(doc, member{"complete", sound(&d.Before.Source) && sound(&d.After.Source)})
}

func amounts(c *growth.Change) (before, after amountJSON, change deltaJSON) {
	return amountJSON(c.Before), amountJSON(c.After), deltaJSON{delta(c.Before.Count, c.After.Count), delta(c.Before.Bytes, c.After.Bytes)}
}

func encodeClassChange(c *growth.Change) classChangeJSON {
	d := classChangeJSON{Type: c.Type, Class: orNull(c.Class, c.Class != "")}
	d.Before, d.After, d.Delta = amounts(c)
	d.Raw = latin1(&d.Type, d.Class)
	return d
}

func encodePathChange(c *growth.Change) pathChangeJSON {
	d := pathChangeJSON{Path: c.Path, Fingerprint: c.Fingerprint, Holds: encodeKind(&c.Kind)}
	d.Before, d.After, d.Delta = amounts(c)
	d.Raw = latin1(&d.Path, &d.Fingerprint)
	return d
}
