package code

import "strings"

// name is a text that the code has: of a function, a method, a property. Code names
// the same things over and over, so what is asked of a name is found once.
type name struct {
	text   string
	small  string // in lower case; "" until it is asked for
	called *called
	class  *class // of that name, once it is asked for
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

// class is a class of the program, or one that its code names, by one spelling.
type class struct {
	name   string
	same   *class // stands for all spellings
	parent *class // nil for none, or as long as nobody asked
	asked  bool
}

// text is the name of a class; "" for none.
func (c *class) text() string {
	if c == nil {
		return ""
	}
	return c.name
}

// class gives the class of a name; nil for none.
func (g *gatherer) class(name string) *class {
	if name == "" {
		return nil
	}
	c := g.classes[name]
	if c == nil {
		c = &class{name: name}
		g.classes[name] = c
		lower := strings.ToLower(name)
		if c.same = g.byClass[lower]; c.same == nil {
			c.same = c
			g.byClass[lower] = c
		}
	}
	return c
}

// named gives the class that a name names; nil for none.
func (g *gatherer) named(n *name) *class {
	if n.class == nil && n.text != "" {
		n.class = g.class(n.text)
	}
	return n.class
}

// parent gives the parent of a class; nil for none.
func (g *gatherer) parent(c *class) *class {
	if c == nil {
		return nil
	}
	if !c.asked {
		c.parent, c.asked = g.class(g.types.Parent(c.name)), true
	}
	return c.parent
}

// methodName is a method, by its name in lower case.
type methodName struct {
	class *class // that stands for all spellings
	name  string
}

// method finds the function that a call of a method runs; nil if it is none of
// the program's.
func (g *gatherer) method(c *class, n *name) *Function {
	const maxParents = 64
	for i := 0; c != nil && i < maxParents; c, i = g.parent(c), i+1 {
		if f := g.byMethod[methodName{c.same, n.lower()}]; f != nil {
			return f
		}
	}
	return nil
}

// memberName is a property as code names it.
type memberName struct {
	class  *class
	name   *name
	static bool
}
