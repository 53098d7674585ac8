package report

import "memtrail/analysis/allocators"

// An allocatorJSON has null for what its profile does not have: a heap profile has
// neither blocks nor calls.
type allocatorJSON struct {
	Name            string      `json:"name"`
	Path            *[]string   `json:"path,omitempty"` // by path only
	Omitted         int         `json:"omitted_frames,omitempty"`
	File            *string     `json:"file"`
	Bytes           uint64      `json:"bytes"`
	Blocks          *uint64     `json:"blocks"`
	InclusiveBytes  *uint64     `json:"inclusive_bytes"`
	InclusiveBlocks *uint64     `json:"inclusive_blocks"`
	Calls           *uint64     `json:"calls"`
	LeftPerCall     *float64    `json:"left_per_call"`
	GrowthBytes     *int64      `json:"growth_bytes,omitempty"` // of a series only, as is what follows
	NewCalls        *int64      `json:"new_calls,omitempty"`
	LeftPerNewCall  *float64    `json:"left_per_new_call,omitempty"`
	Rises           *bool       `json:"rises,omitempty"`
	Made            *[]madeJSON `json:"made,omitempty"`
	Raw             bool        `json:"raw,omitempty"`
}

// madeJSON is what a row holds by one profile of a series.
type madeJSON struct {
	Bytes          uint64  `json:"bytes"`
	Blocks         *uint64 `json:"blocks"`
	InclusiveBytes *uint64 `json:"inclusive_bytes"`
	Calls          *uint64 `json:"calls"`
}

type profileJSON struct {
	Name       string   `json:"name"`
	Format     string   `json:"format"`
	Bytes      uint64   `json:"bytes"`
	Blocks     *uint64  `json:"blocks"`
	DumpBytes  uint64   `json:"dump_bytes"`
	DumpBlocks *uint64  `json:"dump_blocks"`
	DumpBy     []string `json:"dump_functions"`
	Raw        bool     `json:"raw,omitempty"`
}

// document has what the last profile accounts for, then what made it.
func (p allocatorsPage) document() document {
	last := encodeProfile(p.last())
	return document{
		{"bytes", last.Bytes}, {"blocks", last.Blocks},
		{"dump_bytes", last.DumpBytes}, {"dump_blocks", last.DumpBlocks},
		{"by", string(p.By)},
		{"call_paths", !p.Unnested},
		{"functions", listOf(p.Rows, p.encodeRow)},
		{"more", p.Cut},
		{"profiles", listOf(p.Profiles, encodeProfile)},
	}
}

func encodeProfile(s *allocators.Source) profileJSON {
	d := profileJSON{
		Name: s.Name, Format: string(s.Format), Bytes: s.Total.Bytes, Blocks: numberOrNull(s.Total.Blocks, s.HasBlocks),
		DumpBytes: s.Dump.Bytes, DumpBlocks: numberOrNull(s.Dump.Blocks, s.HasBlocks), DumpBy: texts(s.DumpBy),
	}
	names := []*string{&d.Name}
	for i := range d.DumpBy {
		names = append(names, &d.DumpBy[i])
	}
	d.Raw = latin1(names...)
	return d
}

func (p allocatorsPage) encodeRow(r *allocators.Row) allocatorJSON {
	m, last := r.Last(), p.last()
	left, known := m.LeftPerCall()
	d := allocatorJSON{
		Name: r.Name, File: orNull(r.File, r.File != ""), Omitted: r.Omitted,
		Bytes: m.Self.Bytes, Blocks: numberOrNull(m.Self.Blocks, last.HasBlocks),
		InclusiveBytes:  numberOrNull(m.Inclusive.Bytes, p.Nested()),
		InclusiveBlocks: numberOrNull(m.Inclusive.Blocks, p.Nested() && last.HasBlocks),
		Calls:           numberOrNull(m.Calls, last.HasCalls),
		LeftPerCall:     floatOrNull(left, known && p.Nested()),
	}
	names := []*string{&d.Name, d.File}
	if r.Path != nil {
		path := texts(r.Path)
		d.Path = &path
		for i := range path {
			names = append(names, &path[i])
		}
	}
	if p.series() {
		p.encodeSeries(r, &d)
	}
	d.Raw = latin1(names...)
	return d
}

func (p allocatorsPage) encodeSeries(r *allocators.Row, d *allocatorJSON) {
	growth, rises := r.Growth(), r.Rises()
	d.GrowthBytes, d.Rises = &growth, &rises
	if p.calls() {
		calls := r.NewCalls()
		d.NewCalls = &calls
		if left, known := r.LeftPerNewCall(); known && p.Nested() {
			d.LeftPerNewCall = &left
		}
	}
	made := make([]madeJSON, len(r.Made))
	for i := range r.Made {
		m, s := &r.Made[i], &p.Profiles[i]
		made[i] = madeJSON{
			Bytes: m.Self.Bytes, Blocks: numberOrNull(m.Self.Blocks, s.HasBlocks),
			InclusiveBytes: numberOrNull(m.Inclusive.Bytes, p.Nested()), Calls: numberOrNull(m.Calls, s.HasCalls),
		}
	}
	d.Made = &made
}
