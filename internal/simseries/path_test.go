package simseries_test

import (
	"slices"
	"strings"
	"testing"

	"memtrail/graph"
	"memtrail/internal/simseries"
)

// resolve finds what a path of the truth names: a plain reading of the
// notation, apart from the analyzer's own.
func resolve(g *graph.Graph, path string) []graph.NodeID {
	var found []graph.NodeID
	rest := ""
	for _, r := range g.Roots() {
		if end, ok := rootOf(g, r, path); ok {
			found, rest = append(found, r.Node), path[end:]
		}
	}
	if found == nil {
		return nil
	}
	return follow(g, found, rest)
}

// rootOf reports whether a path begins at a root, and where its steps begin.
func rootOf(g *graph.Graph, r graph.Root, path string) (end int, ok bool) {
	dollar := strings.Index(path, "$")
	end = dollar + 1
	for end < len(path) && path[end] != '[' && path[end] != '-' {
		end++
	}
	frame, symbol := g.Name(r.Frame), g.Name(r.Symbol)
	switch before, name := path[:dollar], path[dollar+1:end]; {
	case before == "":
		return end, frame == "<GLOBAL>" && symbol == name
	case strings.HasSuffix(before, "::"):
		if frame != "<CLASS_STATIC_MEMBER>" {
			return end, false
		}
		prefix, generated := strings.CutSuffix(before, "_*::")
		if generated {
			return end, strings.HasPrefix(symbol, prefix+"_") && strings.HasSuffix(symbol, "::"+name)
		}
		return end, symbol == before+name
	default:
		return end, frame == strings.TrimSuffix(before, " ") && symbol == name
	}
}

// follow takes the steps of a path from some nodes.
func follow(g *graph.Graph, from []graph.NodeID, steps string) []graph.NodeID {
	for steps != "" {
		var key string
		any := false
		switch {
		case strings.HasPrefix(steps, "->"):
			key, steps = steps[2:], ""
			if i := strings.IndexAny(key, "[-"); i >= 0 {
				key, steps = key[:i], key[i:]
			}
			any = key == "*"
		case strings.HasPrefix(steps, `["`):
			key, steps, _ = strings.Cut(steps[2:], `"]`)
		default:
			key, steps, _ = strings.Cut(steps[1:], "]")
			any = key == "*"
		}
		var to []graph.NodeID
		for _, n := range from {
			first, last := g.Children(n)
			for e := first; e < last; e++ {
				if any || g.Key(g.Label(e)) == key {
					to = append(to, g.Target(e))
				}
			}
		}
		from = to
	}
	return from
}

// members are what a container holds, of a chain or a tree all its objects.
func members(g *graph.Graph, c simseries.Container) []graph.NodeID {
	var found []graph.NodeID
	at := resolve(g, c.Paths[0])
	if c.Slots {
		return ofClass(g, at, c)
	}
	if c.Link == "" {
		for _, n := range at {
			first, last := g.Children(n)
			for e := first; e < last; e++ {
				found = append(found, g.Target(e))
			}
		}
		if c.ByClass {
			return ofClass(g, found, c)
		}
		return found
	}
	for len(at) > 0 {
		at = slicesOf(g, at, "object")
		found = append(found, at...)
		at = follow(g, at, c.Link)
	}
	if c.ByClass {
		return ofClass(g, found, c)
	}
	return found
}

// ofClass keeps what is of a class, or type, that a container is known for.
func ofClass(g *graph.Graph, nodes []graph.NodeID, c simseries.Container) []graph.NodeID {
	var kept []graph.NodeID
	for _, n := range nodes {
		name := g.Name(g.Kind(n).Class)
		if name == "" {
			name = g.Name(g.Kind(n).Type)
		}
		if name == c.Holds || slices.Contains(c.AlsoHolds, name) {
			kept = append(kept, n)
		}
	}
	return kept
}

func slicesOf(g *graph.Graph, nodes []graph.NodeID, typ string) []graph.NodeID {
	var kept []graph.NodeID
	for _, n := range nodes {
		if g.Name(g.Kind(n).Type) == typ {
			kept = append(kept, n)
		}
	}
	return kept
}

func count(g *graph.Graph, c simseries.Container) int {
	if strings := slicesOf(g, resolve(g, c.Paths[0]), "string"); len(strings) == 1 && !c.Slots {
		return int(g.Size(strings[0])) - 16
	}
	return len(members(g, c))
}

// holds reports whether a container has a member of the class that it claims.
func holds(g *graph.Graph, c simseries.Container) bool {
	if c.Counts[len(c.Counts)-1] == 0 {
		return true
	}
	want, generated := strings.CutSuffix(c.Holds, "*")
	for _, n := range append(members(g, c), resolve(g, c.Paths[0])...) {
		entry := append(follow(g, []graph.NodeID{n}, "->obj"), follow(g, []graph.NodeID{n}, "->value")...)
		for _, m := range append(entry, n) {
			k := g.Kind(m)
			for _, name := range []string{g.Name(k.Type), g.Name(k.Class)} {
				if name == want || generated && strings.HasPrefix(name, want) {
					return true
				}
			}
		}
	}
	return false
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		own, path string
		want      bool
	}{
		{`$a->b`, `$a->b`, true},
		{`$a->b`, `$a->b[3]`, false},
		{`$a->b`, `$a`, false},
		{`$a["x"]->b`, `$a[*]->b`, true},
		{`$a[*]->b`, `$a["c->d[0]"]->b`, true},
		{`$a[*]->b`, `$a["q\"]->b"]->b`, true},
		{`$a[*]->b`, `$a->c->b`, false},
		{`$a->*`, `$a->p_0123abcd`, true},
		{`$a->*`, `$a->{"odd name"}`, true},
		{`$a->*`, `$a[0]`, false},
		{`$a->p_01`, `$a->p_*`, true},
		{`App\Worker->run() $jobs`, `App\Worker->run() $jobs`, true},
		{`App\Worker->run() $jobs`, `App\Worker->stop() $jobs`, false},
		{`Mock_*::$x`, `Mock_12ab::$x`, true},
		{`Mock_*::$x`, `Mock_12ab::$y`, false},
		{`*::$x`, `*::$x`, true},
		{`*::$x`, `App\Foo::$x`, false},
	} {
		c := simseries.Container{Paths: []string{"$other", test.own}}
		if got := c.Names(test.path); got != test.want {
			t.Errorf("%s names %s: %v", test.own, test.path, got)
		}
	}
}
