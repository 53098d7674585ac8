package units

import (
	"slices"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/graph"
)

// runners are the namespaces of test runners, of what they consist of, and of
// what brings the marks. What only these hold is no business of a test's.
var runners = []string{
	`PHPUnit\`, `SebastianBergmann\`, `Pest\`, `ParaTest\`, `DeepCopy\`, `PhpParser\`, `PharIo\`, `TheSeer\`, `Memtrail\`,
}

// ofRunnerClass reports whether a class is a runner's.
func ofRunnerClass(class string) bool {
	class = strings.TrimPrefix(class, `\`)
	for _, r := range runners {
		if strings.HasPrefix(class, r) {
			return true
		}
	}
	return false
}

// ofRunner reports whether a root is a variable of a runner's function, a static of
// a runner's, or nothing that a program has.
func ofRunner(root *analysis.Item) bool { return ofRunnerRoot(root.Frame, root.Symbol) }

func ofRunnerRoot(frame, symbol string) bool {
	switch {
	case frame == "<ENGINE>":
		// What these alone hold is nobody's.
		return symbol == nativeStack || symbol == uncollected || symbol == codeGroup
	case frame == "<CLASS_STATIC_MEMBER>":
		return ofRunnerClass(symbol)
	case strings.HasPrefix(frame, "<STATIC_VARIABLE("):
		return ofRunnerClass(strings.TrimPrefix(frame, "<STATIC_VARIABLE("))
	}
	return ofRunnerClass(frame) || slices.Contains(exchange, frame)
}

// exchange are the functions of PHP's in which a program stands that tells the end of
// a unit: its arguments are what it tells. No other call of them is open then, as they
// call nothing themselves.
var exchange = []string{"fwrite()", "fgets()", "stream_socket_client()"}

// throughRunner reports whether a way leads through an object of a runner's.
func throughRunner(way []analysis.PathStep) bool {
	for i := range way {
		if ofRunnerClass(way[i].Item.Class) {
			return true
		}
	}
	return false
}

// throughTest reports whether a way leads through an object that is no runner's: a
// test case, or what it holds.
func throughTest(way []analysis.PathStep) bool {
	for i := range way {
		if class := way[i].Item.Class; class != "" && class != "Closure" && !ofRunnerClass(class) && !strings.HasPrefix(class, "ArrayObject") {
			return true
		}
	}
	return false
}

// waysOutside finds shortest ways from the roots that are no runner's, not through
// objects that are.
func waysOutside(g *graph.Graph) (*paths.Paths, []bool) {
	skip := make([]bool, len(g.Kinds()))
	for i, k := range g.Kinds() {
		skip[i] = ofRunnerClass(g.Name(k.Class))
	}
	via := make([]graph.EdgeID, g.Len())
	reached := make([]bool, g.Len())
	var queue []graph.NodeID
	for _, r := range g.Roots() {
		if reached[r.Node] || skip[g.KindID(r.Node)] || ofRunnerRoot(g.Name(r.Frame), g.Name(r.Symbol)) {
			continue
		}
		reached[r.Node] = true
		queue = append(queue, r.Node)
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		from, to := g.Children(n)
		for e := from; e < to; e++ {
			t := g.Target(e)
			if l := g.Label(e); l.Weak() || l.Unreliable() || reached[t] || skip[g.KindID(t)] {
				continue
			}
			reached[t] = true
			via[t] = e + 1
			queue = append(queue, t)
		}
	}
	p := paths.RootPaths(g)
	p.Via = via
	return p, reached
}
