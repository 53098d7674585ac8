package allocators

import (
	"slices"
	"strings"

	"memtrail/profile"
)

// table has the rows of all profiles. A call path is known by that of its caller:
// so a key stays short, however deep a program calls itself.
type table struct {
	by    Grouping
	files bool // functions of one name in two files are two
	ids   map[rowKey]rowID
	rows  []row
}

type rowID int32

// none is of what belongs to a dump, and the caller of what was called by none.
const none rowID = -1

type rowKey struct {
	caller     rowID // none where callers do not matter
	name, file string
}

type row struct {
	rowKey
	made []Made // by each profile
}

func (t *table) id(k rowKey, profiles int) rowID {
	id, known := t.ids[k]
	if !known {
		id = rowID(len(t.rows))
		t.ids[k] = id
		t.rows = append(t.rows, row{k, make([]Made, profiles)})
	}
	return id
}

// Names of what has no class or no file.
const (
	NoClass    = "(functions)"
	FilesClass = "(files)" // what a file does outside of functions
	NoFile     = "(not in the profile)"
)

// RootName is how memprof calls what was allocated outside of all calls.
const RootName = "root"

// ClassOf is the class that declares a function, or what stands for it.
func ClassOf(function string) string {
	if class, _, ok := strings.Cut(function, "::"); ok {
		return class
	}
	if included(function) != "" {
		return FilesClass
	}
	if function == RootName {
		return RootName
	}
	return NoClass
}

// included is the file that a frame includes; "" if it is a function.
func included(function string) string {
	for _, verb := range []string{"require ", "require_once ", "include ", "include_once "} {
		if file, ok := strings.CutPrefix(function, verb); ok {
			return file
		}
	}
	return ""
}

// sum adds up one profile, the i-th of n.
func (t *table) sum(p *profile.Profile, i, n int) Source {
	s := Source{Format: p.Format, Total: p.Total(), HasBlocks: p.HasBlocks, HasCalls: p.HasCalls}
	of := t.rowsOf(p, n)
	inclusive := withoutDumps(p, &s)
	open := make([]int32, len(t.rows)) // how many frames of a row are on the way to a node
	walk(p, func(n profile.NodeID) {
		id := of[n]
		if id == none {
			return
		}
		m := &t.rows[id].made[i]
		m.Self.Add(p.Nodes[n].Self)
		m.Calls += p.Nodes[n].Calls
		if open[id] == 0 {
			m.Inclusive.Add(inclusive[n])
		}
		open[id]++
	}, func(n profile.NodeID) {
		if of[n] != none {
			open[of[n]]--
		}
	})
	return s
}

// withoutDumps is what each node and all below it hold, but for what dumps hold,
// which it adds to the source. Of a profile without paths nobody knows who called
// the dump.
func withoutDumps(p *profile.Profile, s *Source) []profile.Amount {
	inDump := make([]bool, len(p.Nodes))
	held := make([]profile.Amount, len(p.Nodes)) // by dumps, at or below a node
	for i := range p.Nodes {
		n := &p.Nodes[i]
		name := p.Functions[n.Function].Name
		within := i > 0 && inDump[n.Parent]
		if inDump[i] = within || IsDump(name); !inDump[i] || within {
			continue
		}
		held[i] = n.Inclusive
		if n.Inclusive.Bytes > 0 && !slices.Contains(s.DumpBy, name) {
			s.DumpBy = append(s.DumpBy, name)
		}
	}
	inclusive := make([]profile.Amount, len(p.Nodes))
	for i := len(p.Nodes) - 1; i >= 0; i-- {
		n := &p.Nodes[i]
		if i > 0 {
			held[n.Parent].Add(held[i])
		}
		if inclusive[i] = n.Inclusive; p.Paths || i == 0 {
			inclusive[i].Sub(held[i])
		}
	}
	s.Dump = held[profile.Root]
	return inclusive
}

// walk visits the nodes of a profile depth first, without recursion: a program
// may call itself a million times.
func walk(p *profile.Profile, enter, leave func(profile.NodeID)) {
	first := make([]profile.NodeID, len(p.Nodes)) // 0 for none: no node has the root as a child
	next := make([]profile.NodeID, len(p.Nodes))
	for i := len(p.Nodes) - 1; i > 0; i-- {
		parent := p.Nodes[i].Parent
		next[i], first[parent] = first[parent], profile.NodeID(i)
	}
	enter(profile.Root)
	for at := profile.Root; ; {
		if first[at] != 0 {
			child := first[at]
			first[at] = next[child]
			at = child
			enter(at)
			continue
		}
		leave(at)
		if at == profile.Root {
			return
		}
		at = p.Nodes[at].Parent
	}
}

// rowsOf finds the row of each node.
func (t *table) rowsOf(p *profile.Profile, profiles int) []rowID {
	of := make([]rowID, len(p.Nodes))
	for i := range p.Nodes {
		n := &p.Nodes[i]
		f := &p.Functions[n.Function]
		if IsDump(f.Name) || i > 0 && of[n.Parent] == none {
			of[i] = none
			continue
		}
		k := rowKey{caller: none, name: f.Name}
		if t.files {
			k.file = f.File
		}
		switch t.by {
		case ByPath:
			if i > 0 {
				k.caller = of[n.Parent]
			}
		case ByClass:
			k.name, k.file = ClassOf(f.Name), ""
		case ByFile:
			k.name, k.file = fileOf(f), ""
		}
		of[i] = t.id(k, profiles)
	}
	return of
}

// fileOf is the file that a function is declared in, as far as the profile tells.
func fileOf(f *profile.Function) string {
	switch file := included(f.Name); {
	case f.Name == RootName && f.File == "":
		return RootName
	case f.File != "":
		return f.File
	case file != "":
		return file
	}
	return NoFile
}
