package code

import "strings"

// name is a text that the code has: of a function, a method, a property. Code names
// the same things over and over, so what is asked of a name is found once.
type name struct {
	text   string
	small  string // in lower case; "" until it is asked for
	called *called
}

// lower gives the name in lower case.
func (n *name) lower() string {
	if n.small == "" && n.text != "" {
		n.small = strings.ToLower(n.text)
	}
	return n.small
}

// called is what is known of the functions that calls by a name run.
type called struct {
	name     string    // in lower case, without its namespace
	function *Function // nil for none of the program's
	internal uint64    // the address of PHP's own, 0 for none

	byReference effect // on the first argument
	listed      bool   // by reference, in the table of those that are known
	byValue     effect
	list        string // of the engine's that a call changes, "" for none
	effect      effect // on the list
}

// function gives what a call by a name runs.
func (g *gatherer) function(n *name) *called {
	if n.text == "" {
		return &g.noCall
	}
	if n.called == nil {
		full := n.lower()
		c := &called{name: full[strings.LastIndexByte(full, '\\')+1:], function: g.byName[full]}
		if c.function == nil {
			c.function = g.byName[c.name]
		}
		c.internal = g.types.Internal(c.name)
		c.byReference, c.listed = byReference[c.name]
		c.byValue = byValue[c.name]
		c.list, c.effect = engineCalls[c.name].list, engineCalls[c.name].effect
		n.called = c
	}
	return n.called
}

// methodName is a method as code calls it.
type methodName struct {
	class string
	name  *name
}

// method finds the function that a call of a method runs; nil if it is none of
// the program's.
func (g *gatherer) method(class string, n *name) *Function {
	if class == "" {
		return nil
	}
	key := methodName{class, n}
	f, known := g.methods[key]
	if known {
		return f
	}
	const maxParents = 64
	for i := 0; class != "" && i < maxParents && f == nil; class, i = g.types.Parent(class), i+1 {
		f = g.byName[strings.ToLower(class)+"::"+n.lower()]
	}
	g.methods[key] = f
	return f
}

// memberName is a property as code names it.
type memberName struct {
	class  string
	name   *name
	static bool
}
