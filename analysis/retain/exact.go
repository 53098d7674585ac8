package retain

import (
	"memtrail/analysis"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
)

// exactSizes is [MeasureSizes] for a capture, whose items say what the
// allocator spent for them: there is nothing to model.
//
// What no item has stands as Baseline: the engine's tables and the frames of
// running calls, which are there whatever the program holds.
func exactSizes(g *graph.Graph, info *dump.Info, php zend.Version, withBounds bool) *Sizes {
	s := &Sizes{Lost: map[string]uint64{}, exact: g, Why: "as the process says"}
	if php == zend.Auto && info.Capture != nil {
		php = zend.VersionOf(info.Capture.PHP)
	}
	s.Model = zend.New(php)
	s.PHP = zend.Range{From: s.Model.Version, To: s.Model.Version}
	codes := make([]TypeCode, len(g.Kinds()))
	for k, kind := range g.Kinds() {
		codes[k] = TypeCodeOf(g.Name(kind.Type))
	}
	var spent [numTypes]uint64
	for n := range graph.NodeID(g.Len()) {
		spent[codes[g.KindID(n)]] += g.Alloc(n)
	}
	s.ByKind = zend.Cost{
		Strings: spent[TypeString], Arrays: spent[TypeArray], Objects: spent[TypeObject] + spent[TypeResource], References: spent[TypeOther],
	}
	s.NoValues = spent[TypeNone]
	for code, bytes := range spent {
		s.Parts[code] = part{Spent: bytes, Bounds: zend.Exactly(bytes)}
	}
	if withBounds {
		b := zend.Exactly(s.ByKind.Total())
		s.Bounds = &b
	}
	if c := info.Capture; c != nil {
		s.Baseline = analysis.Over(c.Blocks.Bytes, s.ByKind.Total()+s.NoValues)
	}
	return s
}
