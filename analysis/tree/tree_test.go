package tree

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

// everything leaves out nothing but what costs nothing.
var everything = Options{}

// treeOf gives the tree of a dump.
func treeOf(t testing.TB, r *retain.Retention, o Options) *Tree {
	t.Helper()
	tree, err := Build(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// drawn writes a tree as text: a line a node, two blanks a level.
func drawn(tree *Tree) string {
	var b strings.Builder
	tree.All(func(depth int, n *TreeNode) bool {
		indent := strings.Repeat("  ", depth)
		fmt.Fprintf(&b, "%s%s", indent, n.Label)
		if name := n.Class + n.Type; name != "" {
			if n.Class != "" {
				name = n.Class
			}
			b.WriteString(" " + name)
		}
		if n.Count > 1 {
			fmt.Fprintf(&b, " x%d", n.Count)
		}
		b.WriteByte('\n')
		if n.HiddenBytes > 0 {
			fmt.Fprintf(&b, "%s  + %d\n", indent, n.Hidden)
		}
		return true
	})
	return b.String()
}

func TestTree(t *testing.T) {
	user := func(int) *dumpbuild.Node {
		return dumptest.Object(`App\User`, dumptest.To("name", dumptest.Text(20)), dumptest.To("id", dumptest.Scalar("int")))
	}
	link := func(depth int) *dumpbuild.Node {
		head := dumptest.Object("Link", dumptest.To("data", dumptest.Text(30)))
		for range depth {
			head = dumptest.Object("Link", dumptest.To("data", dumptest.Text(30)), dumptest.To("next", head))
		}
		return head
	}
	var category func(depth int) *dumpbuild.Node
	category = func(depth int) *dumpbuild.Node {
		c := dumptest.Object("Category", dumptest.To("name", dumptest.Text(9)))
		if depth > 0 {
			c.Add("children", dumptest.ListOf(2, func(int) *dumpbuild.Node { return category(depth - 1) }))
		}
		return c
	}
	for _, tt := range []struct {
		name string
		dump func(b *dumpbuild.Builder)
		o    Options
		want string
	}{
		{"variables, largest first", func(b *dumpbuild.Builder) {
			b.Global("small", dumptest.Text(10)).Frame("Job->run()", "job", dumptest.Text(1000)).Static(`App\Reg::all`, dumptest.Array(dumptest.To("a", dumptest.Text(100))))
		}, everything, `
(all roots)
  Job->run() $job string
  App\Reg::$all array
    ["a"] string
  $small string
`},
		{"members of a list are one", func(b *dumpbuild.Builder) { b.Global("users", dumptest.ListOf(50, user)) }, everything, `
(all roots)
  $users array
    [*] App\User x50
      ->name string x50
`},
		{"of two classes, two", func(b *dumpbuild.Builder) {
			b.Global("mixed", dumptest.ListOf(20, func(i int) *dumpbuild.Node {
				if i%2 == 0 {
					return dumptest.Text(30)
				}
				return user(i)
			}))
		}, everything, `
(all roots)
  $mixed array
    [*] App\User x10
      ->name string x10
    [*] string x10
`},
		{"one stands out", func(b *dumpbuild.Builder) {
			b.Global("users", dumptest.ListOf(50, user).Add("777", dumptest.Object(`App\User`, dumptest.To("name", dumptest.Text(9000)))))
		}, Options{MinShare: -1}, `
(all roots)
  $users array
    [*] App\User x50
      ->name string x50
    [777] App\User
      ->name string
`},
		{"it has to be shown for that", func(b *dumpbuild.Builder) {
			b.Global("users", dumptest.ListOf(50, user).Add("777", dumptest.Object(`App\User`, dumptest.To("name", dumptest.Text(9000))))).Global("big", dumptest.Text(1<<24))
		}, Options{MinShare: -1}, `
(all roots)
  + 1
  $big string
`},
		{"properties and fields of records are told apart", func(b *dumpbuild.Builder) {
			b.Global("rows", dumptest.ListOf(9, func(int) *dumpbuild.Node {
				return dumptest.Array(dumptest.To("title", dumptest.Text(90)), dumptest.To("body", dumptest.Text(900)))
			}))
			b.Global("pair", dumptest.Object("Pair", dumptest.To("left", dumptest.Text(40)), dumptest.To("right", dumptest.Text(50))))
		}, everything, `
(all roots)
  $rows array
    [*] array x9
      ["body"] string x9
      ["title"] string x9
  $pair Pair
    ->left string
    ->right string
`},
		{"the keys of a map are not", func(b *dumpbuild.Builder) {
			words := dumptest.Array()
			for i := range 40 {
				words.Add("word"+string(rune('A'+i)), dumptest.Text(30))
			}
			b.Global("words", words)
		}, everything, `
(all roots)
  $words array
    ["*"] string x40
`},
		{"properties that are data", func(b *dumpbuild.Builder) {
			json := dumptest.Object("stdClass")
			for i := range maxProperties + 1 {
				json.Add(strconv.Itoa(i), dumptest.Text(30))
			}
			b.Global("json", json)
		}, everything, `
(all roots)
  $json stdClass
    ->* string x129
`},
		{"numbered keys", func(b *dumpbuild.Builder) {
			b.Global("cache", dumptest.Array(dumptest.To("user_1", dumptest.Text(30)), dumptest.To("user_22", dumptest.Text(30)), dumptest.To("conf_1", dumptest.Text(90)),
				dumptest.To("a1b2c3d4", dumptest.Text(50)), dumptest.To("b2c3d4e5", dumptest.Text(60)), dumptest.To("-5", dumptest.Text(20)), dumptest.To("99999999999", dumptest.Text(20))))
		}, everything, `
(all roots)
  $cache array
    ["*"] string x2
    ["conf_1"] string
    ["user_*"] string x2
    [*] string x2
`},
		{"a list of links", func(b *dumpbuild.Builder) { b.Global("list", dumptest.Object("Ring", dumptest.To("head", link(10)))) }, everything, `
(all roots)
  $list Ring
    ->head Link
      ->next… Link x10
        ->data string x10
      ->data string
`},
		{"too few links", func(b *dumpbuild.Builder) { b.Global("list", link(3)) }, everything, `
(all roots)
  $list Link
    ->next Link
      ->next Link
        ->next Link
          ->data string
        ->data string
      ->data string
    ->data string
`},
		{"many lists", func(b *dumpbuild.Builder) {
			b.Global("lists", dumptest.ListOf(5, func(int) *dumpbuild.Node { return link(6) }))
		}, everything, `
(all roots)
  $lists array
    [*] Link x5
      ->next… Link x30
        ->data string x30
      ->data string x5
`},
		{"a list of arrays", func(b *dumpbuild.Builder) {
			list := dumptest.Array(dumptest.To("value", dumptest.Text(30)))
			for range 6 {
				list = dumptest.Array(dumptest.To("value", dumptest.Text(30)), dumptest.To("next", list))
			}
			b.Global("list", list)
		}, everything, `
(all roots)
  $list array
    ["next"]… array x6
      ["value"] string x6
    ["value"] string
`},
		{"a tree in arrays", func(b *dumpbuild.Builder) { b.Global("menu", category(5)) }, everything, `
(all roots)
  $menu Category
    ->children array
      [*]… Category x62
        ->children array x30
        ->name string x62
    ->name string
`},
		{"lists that hold two ways", func(b *dumpbuild.Builder) {
			first, last := dumptest.Object("Node"), dumptest.Object("Node")
			before := first
			for range 8 {
				n := dumptest.Object("Node", dumptest.To("prev", before))
				before.Add("next", n)
				before = n
			}
			before.Add("next", last)
			last.Add("prev", before)
			b.Global("list", dumptest.Object("Both", dumptest.To("first", first), dumptest.To("last", last)))
		}, everything, `
(all roots)
  $list Both
    … Node x8
    ->first Node
    ->last Node
`},
		{"shared", func(b *dumpbuild.Builder) {
			config, users := dumptest.Object("Config", dumptest.To("text", dumptest.Text(300))), dumptest.ListOf(30, user)
			b.Global("a", dumptest.Array(dumptest.To("config", config), dumptest.To("users", users)))
			b.Global("b", dumptest.Object("B", dumptest.To("config", config), dumptest.To("users", users)))
		}, everything, `
(all roots)
  (shared) array
    [*] App\User x30
      ->name string x30
  (shared) Config
    ->text string
  $b B
  $a array
`},
		{"held by no single one", func(b *dumpbuild.Builder) {
			users := dumptest.ListOf(30, user)
			b.Global("app", dumptest.Object("App", dumptest.To("a", dumptest.Array(dumptest.To("u", users))), dumptest.To("b", dumptest.Array(dumptest.To("u", users)))))
		}, everything, `
(all roots)
  $app App
    …["u"] array
      [*] App\User x30
        ->name string x30
    ->a array
`},
		{"unreachable", func(b *dumpbuild.Builder) {
			b.Global("x", dumptest.Text(10))
			at := uint64(0x7f1000000000)
			for range 6 {
				b.Item(at, "object").Class("Garbage").Child("me", at+0x100)
				b.Item(at+0x100, "object").Class("Garbage").Child("you", at).Child("text", at+0x200)
				b.Item(at+0x200, "string").Size(1000)
				at += 0x1000
			}
			b.Item(at, "object").Class("Other").Child("text", at+0x100)
			b.Item(at+0x100, "string").Size(900)
		}, everything, `
(all roots)
  (unreachable)
    … Garbage x6
      ->me Garbage x6
        ->text string x6
    0x7f1000006000 Other
      ->text string
  $x string
`},
		{"one variable in many frames", func(b *dumpbuild.Builder) {
			for range 9 {
				b.Frame("fib()", "node", user(0))
			}
		}, everything, `
(all roots)
  fib() $node App\User x9
    ->name string x9
`},
		{"odd names", func(b *dumpbuild.Builder) {
			b.Global("a b", dumptest.Object("O\xff", dumptest.To("", dumptest.Text(99)), dumptest.To("x y", dumptest.Text(88)), dumptest.To("\x00\xfe", dumptest.Text(77))))
			b.Frame("f\x1b()", "", dumptest.Array(dumptest.To("a\nb", dumptest.Text(66)), dumptest.To("$", dumptest.Text(55)), dumptest.To("", dumptest.Text(44))))
		}, everything, `
(all roots)
  ${"a b"} O` + "\xff" + `
    ->{""} string
    ->{"x y"} string
    ->{"\x00\xFE"} string
  f\e() array
    ["a\nb"] string
    ["\$"] string
    [""] string
`},
		{"none has a hundredth", func(b *dumpbuild.Builder) {
			for i := range 200 {
				b.Frame(fmt.Sprintf("f%d()", i), "x", dumptest.Text(50+uint64(i)))
			}
		}, Options{MinShare: -1, Children: 2}, `
(all roots)
  + 198
  f182() $x string
  f183() $x string
`},
		{"depth", func(b *dumpbuild.Builder) { b.Global("users", dumptest.ListOf(50, user)) }, Options{Depth: 2}, `
(all roots)
  $users array
    [*] App\User x50
      + 100
`},
		{"children", func(b *dumpbuild.Builder) {
			b.Global("a", dumptest.Text(500)).Global("b", dumptest.Text(400)).Global("c", dumptest.Text(300)).Global("d", dumptest.Text(200))
		}, Options{Children: 2}, `
(all roots)
  + 2
  $a string
  $b string
`},
		{"nodes", func(b *dumpbuild.Builder) {
			b.Global("users", dumptest.ListOf(50, user)).Global("text", dumptest.Text(700)).Global("other", dumptest.Text(600))
		}, Options{Nodes: 4}, `
(all roots)
  + 1
  $users array
    [*] App\User x50
      ->name string x50
  $text string
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := dumpbuild.New()
			tt.dump(b)
			tree := treeOf(t, retaintest.Measured(t, b.Dump().PrintUsual()), tt.o)
			if got, want := drawn(tree), tt.want[1:]; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			checkTree(t, tree)
		})
	}
}

func TestTreeFrom(t *testing.T) {
	r := retaintest.Measured(t, retaintest.SharedCache())
	for _, from := range []string{"$service->cache", "0x7F0000004028"} {
		tree := treeOf(t, r, Options{From: from})
		want := "$service->cache array\n  [*] App\\User x2\n    ->name string x2\n"
		if got := drawn(tree); got != want || tree.Elsewhere != 1 {
			t.Errorf("from %s: %d elsewhere, got\n%s\nwant\n%s", from, tree.Elsewhere, got, want)
		}
		checkTree(t, tree)
	}
	if tree := treeOf(t, r, Options{From: "$service->cache[2]"}); tree.Root.Path != "$admins[0]" || tree.Root.Retained != 112 || tree.Elsewhere != 0 {
		t.Errorf("from the shared user: %+v", tree.Root)
	}
	_, err := Build(r, Options{From: "0x123456"})
	if _, ok := errors.AsType[*paths.NoItemError](err); !ok {
		t.Errorf("from nowhere: %v", err)
	}
	if tree := treeOf(t, r, everything); tree.Elsewhere != 0 || tree.Root.ID != "" {
		t.Errorf("from the roots: %+v", tree)
	}
}

func TestTreeDoubt(t *testing.T) {
	g, info := dumptest.Build(t, dumptest.Load(t, "phpunit.json.gz"))
	allocated := retain.Retain(g, info, retain.RetentionOptions{Retained: true})
	tree := treeOf(t, allocated, everything)
	if tree.Explained != allocated.Sizes.Explained() || tree.Unreliable != g.Counts().Unreliable || tree.Unreliable == 0 || tree.Reported {
		t.Errorf("%+v", tree.Caveats)
	}
	if want := float64(tree.Root.Retained) / float64(tree.Explained); tree.Root.Share != want {
		t.Errorf("share %v, want %v", tree.Root.Share, want)
	}
	reported := treeOf(t, retain.Retain(g, info, retain.RetentionOptions{Retained: true, Reported: true}), everything)
	var sum uint64
	for n := range graph.NodeID(g.Len()) {
		sum += g.Size(n)
	}
	if reported.Explained != sum || reported.Root.Retained != sum || !reported.Reported {
		t.Errorf("reported: %+v, want %d", reported.Caveats, sum)
	}
}
