package code

import (
	"cmp"
	"slices"

	"memtrail/capture/layout"
	"memtrail/capture/memory"
	"memtrail/dump"
)

// Types knows the classes of the program. Class names are as PHP shows them; ""
// is a class that is not known.
type Types interface {
	// PropertyClass is the class that a property is declared to be of, "" where
	// it is declared to be of none, or of several.
	PropertyClass(class, property string) string
	// Declarer is the class that declares a property which objects of a class
	// have, "" where none does.
	Declarer(class, property string) (declarer string, private bool)
	// Parent is the parent class, "" for none.
	Parent(class string) string
	// Internal is the address of PHP's own function of a name in lower case, 0
	// for none.
	Internal(name string) uint64
	// UserMethod reports whether a method, in lower case, of a class is one of
	// the program's.
	UserMethod(class, method string) bool
}

// maxSites bounds the sites of one variable and one effect: more are no help.
const maxSites = 12

// gatherer collects sites by variable.
type gatherer struct {
	r         *reader
	types     Types
	functions map[uint64]*Function // by address
	variables map[variableName]*variable
	members   map[memberName]property            // by class and name as the code has them
	byName    map[string]*Function               // that are no methods, by name in lower case
	byMethod  map[methodName]*Function           // methods, by name in lower case
	classes   map[string]*class                  // by name as the code has it
	byClass   map[string]*class                  // the first of each name in lower case
	owned     map[*Function]map[string]*variable // what the variables of parents are tied to
	aliases   map[*variable][]value              // by parameter: what calls give it by reference
	budget    int                                // instructions that may still be looked at

	constructor name   // that new calls
	noCall      called // of a call by no constant name
}

// property is a property, static or not, with the class that it is declared to
// be of.
type property struct {
	variable *variable
	class    *class // nil for none
}

// Variables reads the functions and gives the variables that something can add
// to, in order.
func Variables(m *memory.Image, t *layout.Table, functions []Function, types Types) []dump.Variable {
	g := &gatherer{
		r: newReader(m, t, len(functions)), types: types, functions: make(map[uint64]*Function, len(functions)), variables: make(map[variableName]*variable, len(functions)/4),
		members: make(map[memberName]property, len(functions)/4), byName: map[string]*Function{}, byMethod: make(map[methodName]*Function, len(functions)),
		classes: map[string]*class{}, byClass: map[string]*class{}, owned: map[*Function]map[string]*variable{}, aliases: map[*variable][]value{}, budget: maxAllOps,
		constructor: name{text: "__construct"},
	}
	for i := range functions {
		f := &functions[i]
		g.functions[f.Address] = f
		if n := g.r.functionName(f.Address).lower(); f.Class == "" {
			g.byName[n] = f
		} else {
			g.byMethod[methodName{g.class(f.Class).same, n}] = f
		}
	}
	if t.Version < 80100 {
		g.adopt(functions)
	}
	for i := range functions {
		if p := g.functions[functions[i].Parent]; p != nil {
			p.encloses = true
		}
	}
	s := &scan{r: g.r, g: g}
	for i := range functions {
		g.scanOnce(s, &functions[i], 0)
	}
	g.follow()
	var all []dump.Variable
	for _, v := range g.variables {
		if v.sites != nil && worthKnowing(v.sites) {
			all = append(all, *v.sites)
		}
	}
	slices.SortFunc(all, func(a, b dump.Variable) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Of, b.Of), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// worthKnowing reports whether something may accumulate in a variable: things
// are added, or a property gets another value, which may hold the one before.
func worthKnowing(v *dump.Variable) bool {
	property := v.Kind == dump.PropertyVariable || v.Kind == dump.StaticProperty
	return v.Kind != parameter && (len(v.Adds) > 0 || property && len(v.Other) > 0)
}

// scanOnce scans a function behind the one that it is declared in.
func (g *gatherer) scanOnce(s *scan, f *Function, depth int) {
	const maxDepth = 64
	if f.scanned {
		return
	}
	f.scanned = true
	if p := g.functions[f.Parent]; p != nil && depth < maxDepth {
		g.scanOnce(s, p, depth+1)
	}
	s.function(f)
}

// qualified is a function's name with its class.
func (f *Function) qualified(name string) string {
	if f.Class != "" {
		return f.Class + "::" + name
	}
	return name
}

// follow gives what calls handed over by reference the sites of the parameter
// that got it.
func (g *gatherer) follow() {
	const rounds = 4 // a reference that is handed on and on
	for range rounds {
		for p, values := range g.aliases {
			v := p.sites
			if v == nil {
				continue
			}
			for _, to := range values {
				for _, list := range []struct {
					sites  []dump.Site
					effect effect
				}{{v.Adds, adds}, {v.Removes, removes}, {v.Other, unknown}} {
					for _, site := range list.sites {
						site.Depth += int(to.depth)
						site.Self = ""
						g.note(to.of, list.effect, site)
					}
				}
			}
		}
	}
}

// adopt finds out in which function a closure is declared: before 8.1 by the
// key that the declaring instruction names.
func (g *gatherer) adopt(functions []Function) {
	byKey := map[string]*Function{}
	for i := range functions {
		if functions[i].Key != "" {
			byKey[functions[i].Key] = &functions[i]
		}
	}
	for i := range functions {
		for _, in := range g.r.instructions(functions[i].Address, nil) {
			if in.code != opDeclareLambda {
				continue
			}
			if c := byKey[g.r.constantText(&in, in.op1, in.type1)]; c != nil {
				c.Parent, c.Class = functions[i].Address, functions[i].Class
			}
		}
	}
}

// note adds a site to a variable, once.
func (g *gatherer) note(of *variable, e effect, site dump.Site) {
	if of.sites == nil {
		of.sites = &dump.Variable{Kind: of.name.kind, Of: of.name.of, Name: of.name.name}
		if of.name.kind == dump.PropertyVariable || of.name.kind == dump.StaticProperty {
			_, of.sites.Private = g.types.Declarer(of.name.of, of.name.name)
		}
	}
	list := &of.sites.Other
	switch e {
	case adds:
		list = &of.sites.Adds
	case removes:
		list = &of.sites.Removes
	}
	if len(*list) < maxSites && !slices.Contains(*list, site) {
		*list = append(*list, site)
	}
}

// variable gives the one value for a name.
func (g *gatherer) variable(kind dump.VariableKind, of, name string) *variable {
	key := variableName{kind, of, name}
	v := g.variables[key]
	if v == nil {
		v = &variable{name: key}
		g.variables[key] = v
	}
	return v
}

// member is a property, or a static one, of a class; it is the class's that
// declares it.
func (g *gatherer) member(c *class, n *name, static bool) property {
	key := memberName{c, n, static}
	p, ok := g.members[key]
	if !ok {
		kind := dump.PropertyVariable
		if static {
			kind = dump.StaticProperty
		}
		class := c.text()
		p.class = g.class(g.types.PropertyClass(class, n.text))
		if declarer, _ := g.types.Declarer(class, n.text); declarer != "" {
			class = declarer
		}
		p.variable = g.variable(kind, class, n.text)
		g.members[key] = p
	}
	return p
}
