package retaintest

import (
	"testing"

	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/zend"
)

// retain builds a graph and computes its sizes.
func Measured(t testing.TB, text []byte) *retain.Retention {
	t.Helper()
	g, info := dumptest.Build(t, text)
	return retain.Retain(g, info, retain.RetentionOptions{PHP: zend.PHP82, Retained: true})
}

// Of computes the sizes of a graph that no dump was read for.
func Of(g *graph.Graph) *retain.Retention {
	return retain.Retain(g, dumptest.Empty, retain.RetentionOptions{PHP: zend.PHP82, Retained: true})
}

// NaiveRetained is what would be freed if a node were gone: what is reached
// from the roots with it, but not without it.
func NaiveRetained(g *graph.Graph, weight func(graph.NodeID) uint64, without graph.NodeID) uint64 {
	reach := func(skip graph.NodeID) map[graph.NodeID]bool {
		seen := map[graph.NodeID]bool{}
		var visit func(n graph.NodeID)
		visit = func(n graph.NodeID) {
			if n == skip || seen[n] {
				return
			}
			seen[n] = true
			from, to := g.Held(n)
			for e := from; e < to; e++ {
				if l := g.Label(e); !l.Weak() && !l.Unreliable() {
					visit(g.Target(e))
				}
			}
		}
		for _, r := range g.Roots() {
			visit(r.Node)
		}
		return seen
	}
	all, rest := reach(graph.None), reach(without)
	var sum uint64
	for n := range all {
		if !rest[n] {
			sum += weight(n)
		}
	}
	return sum
}

// A cache holds three users, of which a second list holds one too. Properties
// lie where declared ones do, 40 bytes into their object.
func SharedCache() []byte {
	user := func(at, length uint64) *dumpbuild.Node {
		return dumpbuild.NewObject(`App\User`, dumpbuild.To("name", dumpbuild.NewString(length).At(at+40))).At(at)
	}
	both := user(0x7f0000003000, 30)
	cache := dumpbuild.NewArray(
		dumpbuild.To("0", user(0x7f0000001000, 10)), dumpbuild.To("1", user(0x7f0000002000, 20)), dumpbuild.To("2", both))
	service := dumpbuild.NewObject("Service", dumpbuild.To("cache", cache.At(0x7f0000004028))).At(0x7f0000004000)
	return dumpbuild.New().Global("service", service).Global("admins", dumpbuild.NewArray(dumpbuild.To("0", both))).
		Static("Registry::all", dumpbuild.NewArray()).Dump().PrintUsual()
}
