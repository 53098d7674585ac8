package dumptest

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/dumpbuild"
)

// Empty is what is known of a dump that was not read.
var Empty = &dump.Info{}

// Direct builds a graph of items that no file holds.
func Direct(t testing.TB, fill func(add func(*dump.Item))) *graph.Graph {
	t.Helper()
	in, err := dump.FromReader("test", strings.NewReader("none"))
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(in)
	p := b.Part()
	fill(p.Item)
	if err := b.Join(p); err != nil {
		t.Fatal(err)
	}
	g, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// List is the graph of a linked list that the global $head starts.
func List(t testing.TB, nodes int) *graph.Graph {
	t.Helper()
	id := func(n int) []byte { return strconv.AppendInt([]byte("0x"), int64(0x7f0000000000+0x40*n), 16) }
	it := &dump.Item{Type: []byte("object"), Class: []byte("Node"), Fields: dump.HasType | dump.HasClass | dump.HasChildren}
	return Direct(t, func(add func(*dump.Item)) {
		for n := range nodes {
			it.ID, it.Children = id(n), it.Children[:0]
			it.IsRoot, it.Symbol = n == 0, []byte("head")
			if n+1 < nodes {
				it.Children = append(it.Children, dump.Child{Key: []byte("next"), ID: id(n + 1)})
			}
			add(it)
		}
	})
}

// LoadGraph reads a dump of testdata.
func LoadGraph(t testing.TB, folder, name string) (*graph.Graph, *dump.Info) {
	t.Helper()
	paths, err := filepath.Glob(Path(folder, name+".json.*"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%s: %v, %v", name, paths, err)
	}
	in, err := dump.Open(paths[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	g, info, err := graph.Build(in, 1)
	if err != nil {
		t.Fatal(err)
	}
	return g, &info
}

// The programs below are written with these.
var (
	Object = dumpbuild.NewObject
	Array  = dumpbuild.NewArray
	To     = dumpbuild.To
	Text   = dumpbuild.NewString
	Scalar = dumpbuild.NewScalar
)

// ListOf is an array of n members that make makes.
func ListOf(n int, make func(i int) *dumpbuild.Node) *dumpbuild.Node {
	return Keyed(n, strconv.Itoa, make)
}

// Keyed is an array of n members under keys.
func Keyed(n int, key func(i int) string, make func(i int) *dumpbuild.Node) *dumpbuild.Node {
	a := Array()
	for i := range n {
		a.Add(key(i), make(i))
	}
	return a
}

func User(int) *dumpbuild.Node {
	return Object(`App\User`, To("name", Text(40)), To("mail", Text(60)))
}

// Users makes objects that several containers may hold.
func Users(n int) []*dumpbuild.Node {
	all := make([]*dumpbuild.Node, n)
	for i := range all {
		all[i] = User(i)
	}
	return all
}

func At(all []*dumpbuild.Node) func(i int) *dumpbuild.Node {
	return func(i int) *dumpbuild.Node { return all[i] }
}

func Numbered(pattern string) func(i int) string {
	return func(i int) string { return fmt.Sprintf(pattern, i) }
}

// ClassNames are as people write them, without numbers.
func ClassNames(i int) string {
	letters := strings.Map(func(r rune) rune { return 'a' + r - '0' }, strconv.Itoa(i))
	return `App\Entity\` + strings.ToUpper(letters[:1]) + letters[1:] + "Entity"
}

// NoteObject is an object with a text of 600 bytes.
func NoteObject(held ...dumpbuild.Edge) *dumpbuild.Node {
	return Object("Note", append([]dumpbuild.Edge{To("body", Text(600))}, held...)...)
}

// NotesOfUsers is a program whose users, in a list, are the keys of notes.
func NotesOfUsers(b *dumpbuild.Builder, n int) {
	notes := dumpbuild.NewWeakMap()
	b.Global("users", ListOf(n, func(i int) *dumpbuild.Node {
		u := User(i)
		notes.Put(u, NoteObject())
		return u
	}))
	b.Static("Notes::ofUser", notes)
}

// LoopsOfDrivers is one whose entries are held by their own values.
func LoopsOfDrivers(b *dumpbuild.Builder, n int) {
	loops := dumpbuild.NewWeakMap()
	for i := range n {
		driver := Object("Driver", To("timers", ListOf(2, User)), To("id", Scalar("int")))
		if i%10 == 0 {
			loops.Put(driver, driver)
		} else {
			loops.Put(driver, Object("ReactLoop", To("driver", driver), To("label", Text(600))))
		}
	}
	b.Static("Adapter::loops", loops)
}

func WeakCase(fill func(b *dumpbuild.Builder)) []byte {
	b := dumpbuild.New()
	fill(b)
	return b.Dump().PrintUsual()
}

// Held gives the nodes that an expression may stand for: those that edges with
// the keys of a path lead to, from any root of the same name. named gives the
// name of a root by its frame and symbol.
func Held(g *graph.Graph, root graph.NodeID, edges []graph.EdgeID, named func(frame, symbol string) string) map[graph.NodeID]bool {
	name := func(n graph.NodeID) string {
		r, _ := g.Root(n)
		return named(g.Name(r.Frame), g.Name(r.Symbol))
	}
	at := map[graph.NodeID]bool{}
	for _, r := range g.Roots() {
		if name(r.Node) == name(root) {
			at[r.Node] = true
		}
	}
	for _, e := range edges {
		next := map[graph.NodeID]bool{}
		for n := range at {
			from, to := g.Held(n)
			for f := from; f < to; f++ {
				if g.Key(g.Label(f)) == g.Key(g.Label(e)) && g.IsObject(n) == g.IsObject(g.Source(e)) {
					next[g.Target(f)] = true
				}
			}
		}
		at = next
	}
	return at
}
