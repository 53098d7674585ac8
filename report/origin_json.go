package report

import "memtrail/analysis/origin"

type madeByJSON struct {
	Function  string  `json:"function"`
	Caller    *string `json:"caller"`
	PerMember uint64  `json:"blocks_per_member"`
	Blocks    uint64  `json:"blocks"`
	Rest      int64   `json:"rest"`
	Bytes     uint64  `json:"bytes"`
	Raw       bool    `json:"raw,omitempty"`
}

type survivalJSON struct {
	Class       string `json:"class"`
	Alive       uint64 `json:"alive"`
	Made        uint64 `json:"made"`
	MadeAtLeast uint64 `json:"made_at_least"`
	Raw         bool   `json:"raw,omitempty"`
}

func encodeMadeBy(m *origin.MadeBy) madeByJSON {
	d := madeByJSON{
		Function: m.Function, Caller: orNull(m.Caller, m.Caller != ""), PerMember: m.PerMember, Blocks: m.Blocks, Rest: m.Rest, Bytes: m.Bytes,
	}
	d.Raw = latin1(&d.Function, d.Caller)
	return d
}

func encodeSurvival(s *origin.Survival) survivalJSON {
	d := survivalJSON{Class: s.Class, Alive: s.Alive, Made: s.Made, MadeAtLeast: s.MadeAtLeast}
	d.Raw = latin1(&d.Class)
	return d
}
