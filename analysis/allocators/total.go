package allocators

import "memtrail/profile"

// Frame is what a function holds by one profile, dumps left out.
type Frame struct {
	Function string
	// Caller is the function that called it, where this is about one of several; ""
	// for all calls of the function together.
	Caller string
	Made   Made
}

// NeedOfFrames is what Frames takes: a row and a frame for each function, and for
// each node a call, if it is the only one of its function and its caller.
var NeedOfFrames = profile.Need{Function: sumNeed.Function + 310 + 162, Node: sumNeed.Node + 24 + 162}

// Frames are the functions of a profile, and below each caller of a function with
// several, what it holds for that caller. In no order.
func Frames(p *profile.Profile) (functions, called []Frame) {
	t := &table{by: ByFunction, ids: map[rowKey]rowID{}}
	t.sum(p, 0, 1)
	for _, r := range t.rows {
		functions = append(functions, Frame{Function: r.name, Made: r.made[0]})
	}
	type callKey struct{ function, caller profile.FunctionID }
	at := map[callKey]int{}
	for i := 1; i < len(p.Nodes) && p.Paths; i++ {
		n := &p.Nodes[i]
		k := callKey{n.Function, p.Nodes[n.Parent].Function}
		j, known := at[k]
		if !known {
			j = len(called)
			at[k] = j
			called = append(called, Frame{Function: p.Functions[k.function].Name, Caller: p.Functions[k.caller].Name})
		}
		called[j].Made.Self.Add(n.Self)
		called[j].Made.Calls += n.Calls
	}
	return functions, called
}

// SourceOf is what a profile accounts for, as the source of an answer.
func SourceOf(name string, p *profile.Profile) Source {
	s := Source{Name: name, Format: p.Format, Total: p.Total(), HasBlocks: p.HasBlocks, HasCalls: p.HasCalls}
	withoutDumps(p, &s)
	return s
}
