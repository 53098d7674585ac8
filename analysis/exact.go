package analysis

import (
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
)

// exactSizes is [MeasureSizes] for a capture, whose items say what the
// allocator spent for them: there is nothing to model.
//
// What no item has is in two parts. Code, the engine's tables and the frames
// of running calls stand as Baseline: they are there whatever the program
// holds. What C code holds, and what is lost, is left unexplained.
func exactSizes(g *graph.Graph, info *dump.Info, php zend.Version, withBounds bool) *Sizes {
	s := &Sizes{Lost: map[string]uint64{}, exact: g, Why: "as the process says"}
	if php == zend.Auto && info.Capture != nil {
		php = zend.VersionOf(info.Capture.PHP)
	}
	s.Model = zend.New(php)
	s.PHP = zend.Range{From: s.Model.Version, To: s.Model.Version}
	codes := make([]typeCode, len(g.Kinds()))
	for k, kind := range g.Kinds() {
		codes[k] = typeCodeOf(g.Name(kind.Type))
	}
	var spent [numTypes]uint64
	for n := range graph.NodeID(g.Len()) {
		spent[codes[g.KindID(n)]] += g.Alloc(n)
	}
	s.ByKind = zend.Cost{
		Strings: spent[typeString], Arrays: spent[typeArray], Objects: spent[typeObject] + spent[typeResource], References: spent[typeOther],
	}
	for code, bytes := range spent {
		s.parts[code] = part{spent: bytes, bounds: zend.Exactly(bytes)}
	}
	if withBounds {
		b := zend.Exactly(s.ByKind.Total())
		s.Bounds = &b
	}
	if c := info.Capture; c != nil {
		hidden := c.Owner("native").Bytes + c.Owner("lost").Bytes + c.Owner("unknown").Bytes
		s.Baseline = over(over(c.Blocks.Bytes, hidden), s.ByKind.Total())
	}
	return s
}

// exactBalance sets the allocated blocks against what PHP counts.
func (c *Check) exactBalance(facts *dump.Capture) {
	if c.Header == nil || c.Header.MemoryUsage == 0 {
		return
	}
	c.Real = true
	c.Balance = &Balance{
		MemoryUsage: c.Header.MemoryUsage, Unexplained: -facts.Off,
		Share: float64(facts.Blocks.Bytes) / float64(c.Header.MemoryUsage),
	}
}
