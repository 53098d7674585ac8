package check

import (
	"cmp"
	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
	"slices"
	"strings"
	"sync"
)

// Need is what [Dump] takes beside a graph.
var Need = graph.Need{Node: 12}

// Dump says whether a dump is sound and how much of the memory it
// explains. php is the version that wrote it, or zend.Auto.
// Blocks of a capture that rules name count as suppressed; rules may be nil.
func Dump(g *graph.Graph, info *dump.Info, php zend.Version, rules *Suppressions) *Check {
	return Priced(g, info, func() *retain.Sizes { return retain.MeasureSizes(g, info, php, true) }, rules)
}

// Priced is Dump with sizes that others use, too. price gives them, with their
// bounds; it runs beside the search for flaws.
func Priced(g *graph.Graph, info *dump.Info, price func() *retain.Sizes, rules *Suppressions) *Check {
	c := &Check{Source: analysis.GraphSource(g, info), Producer: analysis.ProducerOf(g, info),
		Edges: uint64(g.Edges()) - g.Counts().Entries, Weak: g.Counts().Weak}
	c.Verdict = c.Source.Verdict()
	var wg sync.WaitGroup
	references := map[string]uint64{}
	wg.Go(func() {
		for _, d := range c.Defects {
			c.Flaws = append(c.Flaws, Flaw{d, exampleOf(g, info, d.Kind)})
		}
		if g.Counts().Unreliable > 0 {
			for e := range unreliable(g) {
				references[holder(g, e)]++
			}
		}
	})
	sizes := price()
	wg.Wait()

	c.PHP, c.PHPWhy, c.Modelled = sizes.PHP.String(), sizes.Why, sizes.Model.Version.String()
	c.Real = sizes.Model.Real
	c.WeakMaps = checkWeakMaps(g)
	c.Lost = lostClasses(sizes.Lost, references)
	c.Spent = Spent(sizes.ByKind)
	if info.Capture != nil {
		c.PHP, c.Modelled = info.Capture.PHP, info.Capture.PHP
		c.exactBalance(info.Capture)
	}
	c.Blocks = lostBlocks(&c.Source, g, info, sizes.Of, rules)
	if h := c.Header; info.Capture == nil && h != nil && h.MemoryUsage > 0 {
		c.Balance = &Balance{
			MemoryUsage: h.MemoryUsage, ObjectTable: sizes.ObjectTable, Baseline: sizes.Baseline,
			Unexplained: analysis.Signed(h.MemoryUsage) - analysis.Signed(sizes.Explained()),
			Share:       float64(sizes.Explained()) / float64(h.MemoryUsage),
		}
	}
	if c.Verdict == analysis.Sound && (len(c.Lost) > 0 || c.Balance != nil && c.Balance.Unexplained < 0) {
		c.Verdict = analysis.Doubtful
	}
	c.bound(sizes)
	if c.Balance != nil && info.Capture == nil {
		c.explain(sizes)
	}
	return c
}

// checkWeakMaps lists the WeakMaps of which not all entries are kept by their
// keys.
func checkWeakMaps(g *graph.Graph) []CheckedWeakMap {
	var list []CheckedWeakMap
	var ways *paths.Paths
	for _, use := range paths.WeakMaps(g) {
		if use.SelfHeld+use.Unheld == 0 {
			continue
		}
		if ways == nil {
			ways = paths.RootPaths(g)
		}
		list = append(list, CheckedWeakMap{use, g.ID(use.Map), paths.Writer{Graph: g, Paths: ways}.Expression(use.Map)})
	}
	return list
}

// exampleOf describes one occurrence of a flaw, "" if nothing is known of any.
func exampleOf(g *graph.Graph, info *dump.Info, kind string) string {
	if text := exampleInGraph(g, kind); text != "" {
		return text
	}
	for _, d := range info.Defects.List() {
		if x := info.Defects.Example(d.Kind); x != nil && d.Kind.String() == kind {
			return exampleText(d.Kind, x)
		}
	}
	return ""
}

// exampleInGraph describes a flaw that the graph shows.
func exampleInGraph(g *graph.Graph, kind string) string {
	switch kind {
	case "dangling_child":
		// The missing are numbered in the order of the edges to them.
		first := graph.NodeID(g.Items())
		for e := range graph.EdgeID(g.Edges()) {
			if g.Target(e) == first {
				return edgeText(g, e)
			}
		}
	case "orphan_item":
		if _, n := g.Orphans(); n != graph.None {
			return nodeText(g, n)
		}
	case "duplicate_id":
		if n, ok := duplicated(g); ok {
			return nodeText(g, n)
		}
	case "address_reuse":
		for e := range unreliable(g) {
			return edgeText(g, e)
		}
	}
	return ""
}

// exampleText describes a flaw that was met while the dump was read.
func exampleText(kind dump.DefectKind, x *dump.Example) string {
	item := itemText(x.ID, x.Type, x.Class)
	switch {
	case kind == dump.OddType:
		return "type " + paths.Quote(x.Type) + " of " + paths.PlainText(x.ID)
	case kind == dump.DuplicateKey && x.Name != "":
		return "key " + paths.Quote(x.Name) + " of " + item
	case x.Name != "":
		return paths.Quote(x.Name) + " in " + item
	}
	return item
}

// unreliable goes through the edges that address reuse made up.
func unreliable(g *graph.Graph) func(yield func(graph.EdgeID) bool) {
	return func(yield func(graph.EdgeID) bool) {
		for e := range graph.EdgeID(g.Edges()) {
			if g.Label(e).Unreliable() && !yield(e) {
				return
			}
		}
	}
}

// holder is the class of an edge's source, "array" where it has none.
func holder(g *graph.Graph, e graph.EdgeID) string {
	k := g.Kind(g.Source(e))
	return cmp.Or(g.Name(k.Class), g.Name(k.Type))
}

// duplicated finds an item whose address another has too.
func duplicated(g *graph.Graph) (graph.NodeID, bool) {
	all := make([]dump.Address, g.Items())
	for n := range all {
		all[n] = g.Address(graph.NodeID(n))
	}
	slices.Sort(all)
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] {
			for n := range graph.NodeID(g.Items()) {
				if g.Address(n) == all[i] {
					return n, true
				}
			}
		}
	}
	return graph.None, false
}

func itemText(id, typ, class string) string {
	if what := cmp.Or(class, typ); what != "" {
		return paths.PlainText(what) + " " + paths.PlainText(id)
	}
	return paths.PlainText(id)
}

func nodeText(g *graph.Graph, n graph.NodeID) string {
	k := g.Kind(n)
	return itemText(g.ID(n), g.Name(k.Type), g.Name(k.Class))
}

func edgeText(g *graph.Graph, e graph.EdgeID) string {
	var b strings.Builder
	l, from := g.Label(e), g.Source(e)
	b.WriteString(nodeText(g, from))
	paths.AppendStep(&b, g.IsObject(from), g.Key(l), !l.Unreliable())
	b.WriteString(" leads to " + paths.PlainText(g.ID(g.Target(e))))
	return b.String()
}

func lostClasses(lost, references map[string]uint64) []LostClass {
	var classes []LostClass
	for class, n := range lost {
		classes = append(classes, LostClass{class, n, references[class]})
	}
	for class, n := range references {
		if _, ok := lost[class]; !ok {
			classes = append(classes, LostClass{Class: class, References: n})
		}
	}
	slices.SortFunc(classes, func(x, y LostClass) int {
		return cmp.Or(cmp.Compare(y.Objects, x.Objects), cmp.Compare(y.References, x.References), cmp.Compare(x.Class, y.Class))
	})
	return classes
}

// Which reasons may make a cost lower, which higher.
const (
	lowering = zend.SharedStrings | zend.GuessedKeys | zend.SharedArrays | zend.HiddenState
	raising  = zend.RoomyStrings | zend.ShrunkArrays | zend.GuessedKeys | zend.LostTables | zend.HiddenState | zend.PropertyTables
)

// bound states what the items cost at least and at most. A reason matters if
// it can shift the whole by a twentieth.
func (c *Check) bound(s *retain.Sizes) {
	b := s.Bounds
	c.Bounds = Bounds{Low: b.Low, High: b.High, Open: b.Open, Why: b.Reasons.Why()}
	whole := c.Spent.Total()
	if c.Balance != nil {
		whole = c.Balance.MemoryUsage
	}
	for _, t := range []struct {
		name string
		code retain.TypeCode
	}{{"strings", retain.TypeString}, {"arrays", retain.TypeArray}, {"objects", retain.TypeObject}} {
		p := &s.Parts[t.code]
		if p.Spent == 0 && p.Bounds == (zend.Bounds{}) {
			continue
		}
		var matter zend.Reason
		if analysis.Over(p.Spent, p.Bounds.Low) > whole/20 {
			matter |= p.Bounds.Reasons & lowering
		}
		if analysis.Over(p.Bounds.High, p.Spent) > whole/20 || p.Bounds.Open {
			matter |= p.Bounds.Reasons & raising
		}
		c.Bounds.Parts = append(c.Bounds.Parts, PartBounds{t.name, p.Spent, p.Bounds.Low, p.Bounds.High, p.Bounds.Open, matter.Why()})
	}
}

// evenWithin is how far a balance may be off without a word: the baseline
// differs by that much between builds.
const evenWithin = 64 << 10

// explain lists what may be the cause of a balance that does not come out even.
func (c *Check) explain(s *retain.Sizes) {
	b := c.Balance
	off := uint64(max(b.Unexplained, -b.Unexplained))
	switch {
	case off <= max(evenWithin, b.MemoryUsage/20):
	case b.Unexplained < 0:
		b.Causes = c.causesOfSurplus(s, off/10)
	default:
		b.Causes = c.causesOfLack(s, off/10)
	}
}

// causesOfSurplus lists why the items may be said to cost more than there is. least
// is what a cause must be able to make, in bytes: a tenth of what is looked for.
func (c *Check) causesOfSurplus(s *retain.Sizes, least uint64) (causes []Cause) {
	text, array := &s.Parts[retain.TypeString], &s.Parts[retain.TypeArray]
	if n := analysis.Over(text.Spent, text.Bounds.Low); n >= least {
		causes = append(causes, Cause{SharedStrings, n})
	}
	if c.Spent.Keys >= least {
		causes = append(causes, Cause{LiteralKeys, c.Spent.Keys})
	}
	if n := analysis.Over(array.Spent, array.Bounds.Low+c.Spent.Keys); array.Bounds.Reasons&zend.SharedArrays != 0 && n >= least {
		causes = append(causes, Cause{SharedArrays, n})
	}
	if s.PHP.From < zend.PHP82 && s.PHP.To >= zend.PHP82 {
		causes = append(causes, Cause{OtherVersion, 0})
	}
	return causes
}

// causesOfLack lists why the items may cost less than there is; least as for
// causesOfSurplus.
func (c *Check) causesOfLack(s *retain.Sizes, least uint64) (causes []Cause) {
	array, object := &s.Parts[retain.TypeArray], &s.Parts[retain.TypeObject]
	reasons := s.Bounds.Reasons
	if !c.Verdict.Readable() {
		causes = append(causes, Cause{CutOff, 0})
	}
	if len(s.Lost) > 0 {
		causes = append(causes, Cause{LostTables, 0})
	}
	if n := analysis.Over(array.Bounds.High, array.Spent); array.Bounds.Reasons&zend.ShrunkArrays != 0 && n >= least {
		causes = append(causes, Cause{ShrunkArrays, n})
	}
	if reasons&zend.HiddenState != 0 {
		causes = append(causes, Cause{HiddenState, 0})
	}
	causes = append(causes, Cause{CompiledCode, 0})
	if n := analysis.Over(object.Bounds.High, object.Spent); reasons&zend.PropertyTables != 0 && n >= least {
		causes = append(causes, Cause{PropertyTables, n})
	}
	return append(causes, Cause{Cycles, 0}, Cause{HiddenRoots, 0}, Cause{Extensions, 0})
}
