package report

import "memtrail/analysis/gate"

type entryJSON struct {
	Fingerprint      string  `json:"fingerprint"`
	Path             string  `json:"path"`
	Holds            *string `json:"holds"`
	CountPerInterval float64 `json:"count_per_interval"`
	BytesPerInterval float64 `json:"bytes_per_interval"`
	Reason           string  `json:"reason"`
	Expires          *string `json:"expires"`
	Raw              bool    `json:"raw,omitempty"`
}

func (g gatePage) document() document {
	d := growthDocument(&g.Growth, g.last, g.Gate)
	return append(d, document{
		{"failed", g.Failed}, {"strict", g.Strict}, {"baseline", encodeBaselineName(g.Baseline)},
		{"expired", listOf(g.Expired, encodeEntry)},
	}...)
}

// encodeBaselineName is a file's name for people.
func encodeBaselineName(name string) *string { return orNull(printable(name), name != "") }

func encodeEntry(e *gate.BaselineEntry) entryJSON {
	d := entryJSON{
		Fingerprint: e.Fingerprint, Path: e.Path, Holds: orNull(e.Holds, e.Holds != ""),
		CountPerInterval: finite(e.Count), BytesPerInterval: finite(e.Bytes), Reason: printable(e.Reason), Expires: orNull(e.Expires, e.Expires != ""),
	}
	d.Raw = latin1(&d.Fingerprint, &d.Path, d.Holds, d.Expires)
	return d
}
