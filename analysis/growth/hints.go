package growth

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/analysis/leaks"
	"memtrail/analysis/paths"
	"memtrail/analysis/trend"
)

// hiddenState are classes that keep values which a dump does not show: their
// debug information leaves them out (ext/spl/spl_iterators.c and
// ext/spl/spl_directory.c have no get_properties of their own; generators and
// fibers keep their locals in frames that php-meminfo does not walk).
var hiddenState = []string{
	"CachingIterator", "RecursiveCachingIterator", "AppendIterator", "IteratorIterator", "LimitIterator", "InfiniteIterator",
	"NoRewindIterator", "CallbackFilterIterator", "RecursiveIteratorIterator", "RegexIterator", "MultipleIterator",
	"Generator", "Fiber", "WeakReference", "PDO", "PDOStatement", "DOMDocument", "SimpleXMLElement", "XMLWriter", "XMLReader",
	"CurlHandle", "CurlMultiHandle", "GdImage", "FFI\\CData", "SplFileObject", "SplTempFileObject",
}

// hints ranks what may be the cause of growth that the dumps do not explain: by
// what they show of it. Compiled code of files is not among them: each file is
// compiled once.
func (s *Series) hints(u *UnexplainedGrowth, warmUp int) {
	last := s.dumps[len(s.dumps)-1]
	var list []Hint
	if rate := s.unseenObjects(warmUp); rate >= 1 {
		list = append(list, Hint{Kind: HintObjects, Evidence: true, Rate: rate})
	}
	generated := map[string]uint64{}
	var hidden []Hint
	for i := range s.shapes.All.Len() {
		k := s.shapes.All.At(i)
		a := last.ofKind(i)
		if k.Type != "object" || a.Count == 0 {
			continue
		}
		if slices.Contains(hiddenState, strings.TrimPrefix(k.Class, `\`)) {
			hidden = append(hidden, Hint{Kind: HintHidden, Evidence: true, Class: k.Class, Count: a.Count})
		}
		if folded := paths.Fold(k.Class); folded != k.Class && leaks.HoldsHash(k.Class) {
			generated[folded]++
		}
	}
	for class := range last.bare {
		if slices.Contains(hiddenState, class) {
			continue
		}
		hidden = append(hidden, Hint{Kind: HintBare, Evidence: true, Class: class, Count: last.ofKind(s.shapes.All.Number("object", class)).Count})
	}
	slices.SortFunc(hidden, func(a, b Hint) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Class, b.Class)) })
	list = append(list, hidden[:min(len(hidden), maxHidden)]...)
	var code []Hint
	for class, n := range generated {
		if n >= leaks.FewMembers {
			code = append(code, Hint{Kind: HintGenerated, Evidence: true, Class: class, Count: n})
		}
	}
	slices.SortFunc(code, func(a, b Hint) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Class, b.Class)) })
	list = append(list, code...)
	if n := last.lostClosures; n > 0 {
		list = append(list, Hint{Kind: HintClosures, Evidence: true, Count: n})
	}
	for _, k := range []HintKind{HintCallbacks, HintStatics, HintCycles, HintExtensions} {
		list = append(list, Hint{Kind: k})
	}
	u.Hints = list
}

// maxHidden is how many classes with hidden state are named.
const maxHidden = 3

// unseenObjects is how many objects more are alive per interval than the dumps
// show. PHP gives a handle again before it makes a new one, so handles that rise
// while the objects in the dumps do not are those of objects that no dump
// reaches. It is 0 if that is not so in every interval.
func (s *Series) unseenObjects(warmUp int) float64 {
	x := make([]float64, 0, len(s.dumps))
	for _, d := range s.dumps[warmUp:] {
		x = append(x, float64(d.highestHandle)-float64(d.objects))
	}
	if len(x) < 2 {
		return 0
	}
	for i := 1; i < len(x); i++ {
		if x[i] <= x[i-1] {
			return 0
		}
	}
	return trend.Of(x).Slope
}
