package leaks

import (
	"fmt"
	"strconv"
	"strings"

	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// leakCase is a program, and what its first suspects are.
type leakCase struct {
	name  string
	build func(b *dumpbuild.Builder)
	want  []string // of each suspect that is wanted, in order: kind, count × class or type, path; see suspectLine
	more  bool     // others may follow
}

var leakCases = []leakCase{
	{
		name: "a cache in a service",
		build: func(b *dumpbuild.Builder) {
			cache := dumptest.Object("ArrayCache", dumptest.To("cache", dumptest.ListOf(3000, dumptest.User)))
			b.Global("svc", dumptest.Object("Service", dumptest.To("cache", cache), dumptest.To("db", dumptest.Object("PDO"))))
		},
		want: []string{`single 3000×App\User $svc->cache->cache`},
	},
	{
		name: "the code of files",
		build: func(b *dumpbuild.Builder) {
			code(b, 20, append(origins("of /app/%d.php", 20), "of eval() in /app/c.php(3)")...)
		},
		want: []string{`single 21×file (code) (code)`},
	},
	{
		name:  "the functions and classes of one file",
		build: func(b *dumpbuild.Builder) { code(b, 300, "of /app/a.php") },
		want:  []string{`single 300×function code of /app/a.php (code)`},
	},
	{
		name:  "the code of eval()",
		build: func(b *dumpbuild.Builder) { code(b, 300, "of eval() in /app/a.php(3)", "of /app/b.php") },
		want:  []string{`single 300×function code of eval() in /app/a.php(3)`, `single 300×function code of /app/b.php (code)`},
	},
	{
		name: "the code of many calls of eval()",
		build: func(b *dumpbuild.Builder) {
			code(b, 20, append(origins("of eval() in /app/a.php(%d)", 20), "of /app/c.php")...)
		},
		want: []string{`single 21×file (code)`},
	},
	{
		name:  "closures of a file that is included again and again",
		build: func(b *dumpbuild.Builder) { closures(b) },
		want:  []string{`single 900×function code of /app/a.php`},
	},
	{
		name: "two containers that hold the same members",
		build: func(b *dumpbuild.Builder) {
			all := dumptest.Users(3000)
			app := dumptest.Object("App",
				dumptest.To("repo", dumptest.Object("Repository", dumptest.To("byId", dumptest.Keyed(3000, strconv.Itoa, dumptest.At(all))))),
				dumptest.To("index", dumptest.Object("Index", dumptest.To("byName", dumptest.Keyed(3000, dumptest.Numbered("name-%d"), dumptest.At(all))))))
			b.Global("app", app)
		},
		want: []string{`group 3000×App\User $app->repo->byId = $app->index->byName`},
	},
	{
		name: "the same, from two variables",
		build: func(b *dumpbuild.Builder) {
			all := dumptest.Users(3000)
			b.Global("list", dumptest.ListOf(3000, dumptest.At(all)))
			b.Static("Index::byName", dumptest.Keyed(3000, dumptest.Numbered("name-%d"), dumptest.At(all)))
		},
		want: []string{`group 3000×App\User $list = Index::$byName`},
	},
	{
		name: "an identity map with companions of as many entries",
		build: func(b *dumpbuild.Builder) {
			oid := dumptest.Numbered("%032x")
			work := dumptest.Object("UnitOfWork",
				dumptest.To("identityMap", dumptest.Array(dumptest.To(`App\User`, dumptest.Keyed(3000, dumptest.Numbered("u-%d"), dumptest.User)))),
				dumptest.To("states", dumptest.Keyed(3000, oid, func(int) *dumpbuild.Node { return dumptest.Scalar("int") })),
				dumptest.To("originalData", dumptest.Keyed(3000, oid, func(int) *dumpbuild.Node {
					return dumptest.Array(dumptest.To("id", dumptest.Scalar("int")), dumptest.To("name", dumptest.Text(40)), dumptest.To("mail", dumptest.Text(60)))
				})),
				dumptest.To("names", dumptest.ListOf(20, func(int) *dumpbuild.Node { return dumptest.Text(10) })))
			b.Global("em", dumptest.Object("EntityManager", dumptest.To("work", work)))
		},
		want: []string{`single 3000×App\User $em->work->identityMap["App\\User"] = $em->work->states = $em->work->originalData`},
	},
	{
		name: "a list",
		build: func(b *dumpbuild.Builder) {
			head := dumptest.Object("Node", dumptest.To("value", dumptest.Text(30)), dumptest.To("next", dumptest.Scalar("null")))
			for range 4000 {
				head = dumptest.Object("Node", dumptest.To("value", dumptest.Text(30)), dumptest.To("next", head))
			}
			b.Frame("main()", "queue", dumptest.Object("Queue", dumptest.To("head", head)))
		},
		want: []string{`chain 4001×Node main() $queue->head`},
	},
	{
		name: "a list whose links stand in arrays",
		build: func(b *dumpbuild.Builder) {
			head := dumptest.Object("Node", dumptest.To("value", dumptest.Text(30)))
			for range 3000 {
				head = dumptest.Object("Node", dumptest.To("value", dumptest.Text(30)), dumptest.To("kids", dumptest.Array(dumptest.To("0", head))))
			}
			b.Global("tree", head)
		},
		want: []string{`chain 3001×Node $tree`},
	},
	{
		name: "a list with a pointer to either end",
		build: func(b *dumpbuild.Builder) {
			nodes := make([]*dumpbuild.Node, 3000)
			for i := range nodes {
				nodes[i] = dumptest.Object("Node", dumptest.To("value", dumptest.Text(60)))
				if i > 0 {
					nodes[i].Add("prev", nodes[i-1])
					nodes[i-1].Add("next", nodes[i])
				}
			}
			b.Global("history", dumptest.Object("History", dumptest.To("head", nodes[0]), dumptest.To("tail", nodes[len(nodes)-1])))
		},
		want: []string{`chain 3000×Node $history`},
	},
	{
		name: "a tree is no chain",
		build: func(b *dumpbuild.Builder) {
			var grow func(depth int) *dumpbuild.Node
			grow = func(depth int) *dumpbuild.Node {
				n := dumptest.Object("Leaf", dumptest.To("value", dumptest.Text(30)))
				if depth > 0 {
					n.Add("left", grow(depth-1)).Add("right", grow(depth-1))
				}
				return n
			}
			b.Global("tree", grow(12))
		},
		want: []string{`single 8191×Leaf $tree`},
	},
	{
		name: "one huge string",
		build: func(b *dumpbuild.Builder) {
			b.Global("log", dumptest.Object("Logger", dumptest.To("buffer", dumptest.Text(5_000_000)), dumptest.To("level", dumptest.Scalar("int"))))
		},
		want: []string{`single 1×string $log->buffer`},
	},
	{
		name: "one array of numbers",
		build: func(b *dumpbuild.Builder) {
			b.Global("samples", dumptest.ListOf(20_000, func(int) *dumpbuild.Node { return dumptest.Scalar("float") }))
		},
		want: []string{`single 20000×float $samples`},
	},
	{
		name: "variables without end",
		build: func(b *dumpbuild.Builder) {
			for i := range 3000 {
				b.Global("v"+strconv.Itoa(i), dumptest.User(i))
			}
		},
		want: []string{`group 3000×App\User $v#`},
	},
	{
		name: "variables of all names",
		build: func(b *dumpbuild.Builder) {
			for i := range 3000 {
				name := strings.Map(func(r rune) rune { return 'a' + r - '0' }, strconv.Itoa(i))
				b.Frame("boot()", name, dumptest.User(i))
			}
		},
		want: []string{`group 3000×App\User boot()`},
	},
	{
		name: "statics of many classes that each hold some",
		build: func(b *dumpbuild.Builder) {
			for i := range 60 {
				b.Static(fmt.Sprintf(`Gen\Proxy_%06x::listeners`, i*7919+1<<20), dumptest.ListOf(40, dumptest.User))
			}
		},
		want: []string{`group 60×array Gen\Proxy_#::$listeners`},
		more: true,
	},
	{
		name: "objects of one class in classes that differ",
		build: func(b *dumpbuild.Builder) {
			for i := range 60 {
				name := string(rune('A'+i/26)) + string(rune('a'+i%26))
				b.Static(name+"::it", dumptest.Object(name, dumptest.To("listeners", dumptest.ListOf(40, dumptest.User))))
			}
		},
		want: []string{`group 2400×App\User `},
		more: true,
	},
	{
		name: "many containers that each hold some",
		build: func(b *dumpbuild.Builder) {
			b.Global("server", dumptest.Object("Server", dumptest.To("conns", dumptest.Keyed(100, dumptest.Numbered("c%d"), func(int) *dumpbuild.Node {
				return dumptest.Object("Conn", dumptest.To("onClose", dumptest.ListOf(30, dumptest.User)))
			}))))
		},
		want: []string{`single 100×Conn $server->conns`},
	},
	{
		name: "an object storage",
		build: func(b *dumpbuild.Builder) {
			entry := func(i int) *dumpbuild.Node {
				return dumptest.Array(dumptest.To("obj", dumptest.User(i)), dumptest.To("inf", dumptest.Scalar("null")))
			}
			b.Global("bus", dumptest.Object("Bus", dumptest.To("observers", dumptest.Object("SplObjectStorage", dumptest.To("storage", dumptest.ListOf(3000, entry))))))
		},
		want: []string{`single 3000×App\User $bus->observers`},
	},
	{
		name: "a queue of the SPL",
		build: func(b *dumpbuild.Builder) {
			b.Global("jobs", dumptest.Object("SplQueue", dumptest.To("flags", dumptest.Scalar("int")), dumptest.To("dllist", dumptest.ListOf(3000, dumptest.User))))
		},
		want: []string{`single 3000×App\User $jobs`},
	},
	{
		name: "two leaks in one object",
		build: func(b *dumpbuild.Builder) {
			b.Global("rt", dumptest.Object("Runtime",
				dumptest.To("store", dumptest.Object("Store", dumptest.To("sessions", dumptest.Keyed(2000, dumptest.Numbered("sess%d"), dumptest.User)))),
				dumptest.To("samples", dumptest.Array(dumptest.To("latency", dumptest.ListOf(2500, func(int) *dumpbuild.Node {
					return dumptest.Array(dumptest.To("t", dumptest.Scalar("float")), dumptest.To("ms", dumptest.Scalar("float")))
				}))))))
		},
		want: []string{`single 2000×App\User $rt->store->sessions`, `single 2500×array $rt->samples["latency"]`},
	},
	{
		name: "some members are much larger than others",
		build: func(b *dumpbuild.Builder) {
			b.Global("trees", dumptest.Keyed(40, dumptest.Numbered("/src/%d.php"), func(i int) *dumpbuild.Node {
				n := 40
				if i%20 == 0 {
					n = 1500
				}
				return dumptest.Array(dumptest.To("nodes", dumptest.ListOf(n, dumptest.User)))
			}))
		},
		want: []string{`single 40×array $trees`},
	},
	{
		name: "tables that a program loads once",
		build: func(b *dumpbuild.Builder) {
			handler := func(int) *dumpbuild.Node {
				return dumptest.Array(dumptest.To("_controller", dumptest.Text(40)), dumptest.To("methods", dumptest.Text(6)))
			}
			b.Global("router", dumptest.Object("Router", dumptest.To("table", dumptest.Keyed(900, dumptest.Numbered("/shop/{id}/part-%d"), handler))))
			b.Static("Loader::known", dumptest.Keyed(4000, dumptest.ClassNames, func(int) *dumpbuild.Node { return dumptest.Text(80) }))
			b.Global("translations", dumptest.Keyed(3000, dumptest.Numbered("message.key%d"), func(int) *dumpbuild.Node { return dumptest.Text(70) }))
			b.Global("jobs", dumptest.ListOf(700, dumptest.User))
		},
		want: []string{
			`single 700×App\User $jobs`, `single 3000×string $translations (translations)`,
			`single 900×array $router->table (routes)`, `single 4000×string Loader::$known (class_map)`,
		},
	},
	{
		name: "what grows under a table's name is no table",
		build: func(b *dumpbuild.Builder) {
			b.Global("routes", dumptest.ListOf(3000, dumptest.User))
		},
		want: []string{`single 3000×App\User $routes`},
	},
	{
		name: "an identity map of many classes, with companions",
		build: func(b *dumpbuild.Builder) {
			byClass := dumptest.Array()
			for i := range 12 {
				byClass.Add("App\\Entity\\"+string(rune('A'+i))+"Entity", dumptest.Keyed(250, dumptest.Numbered("u-%d"), dumptest.User))
			}
			b.Global("em", dumptest.Object("EntityManager", dumptest.To("work", dumptest.Object("UnitOfWork",
				dumptest.To("identityMap", byClass),
				dumptest.To("originalData", dumptest.Keyed(3000, dumptest.Numbered("%032x"), func(int) *dumpbuild.Node {
					return dumptest.Array(dumptest.To("id", dumptest.Scalar("int")), dumptest.To("name", dumptest.Text(40)), dumptest.To("mail", dumptest.Text(60)))
				}))))))
		},
		want: []string{`single 3000×array $em->work->originalData = $em->work->identityMap`},
		more: true,
	},
	{
		name: "what URLs were asked for is no table of routes",
		build: func(b *dumpbuild.Builder) {
			b.Global("router", dumptest.Object("Router", dumptest.To("resolved", dumptest.Keyed(3000, dumptest.Numbered("/search?q=%d"), func(int) *dumpbuild.Node {
				return dumptest.Array(dumptest.To("_controller", dumptest.Text(40)), dumptest.To("parameters", dumptest.Text(60)))
			}))))
		},
		want: []string{`single 3000×array $router->resolved`},
	},
	{
		name: "what is appended under the name of settings is none",
		build: func(b *dumpbuild.Builder) {
			b.Global("db", dumptest.Object("Connection", dumptest.To("parameters", dumptest.ListOf(3000, func(int) *dumpbuild.Node {
				return dumptest.Array(dumptest.To("name", dumptest.Text(40)), dumptest.To("value", dumptest.Text(60)))
			}))))
		},
		want: []string{`single 3000×array $db->parameters`},
	},
	{
		name: "a container of services is none, what is in one of them is",
		build: func(b *dumpbuild.Builder) {
			services := dumptest.Array()
			for i := range 200 {
				name := strings.TrimPrefix(dumptest.ClassNames(i), `App\Entity\`)
				services.Add("app."+strings.ToLower(name), dumptest.Object(name, dumptest.To("a", dumptest.Text(300)), dumptest.To("b", dumptest.ListOf(4, dumptest.User))))
			}
			services.Add("app.files", dumptest.Object("Files", dumptest.To("open", dumptest.ListOf(6, func(int) *dumpbuild.Node { return dumptest.Text(200_000) }))))
			b.Global("kernel", dumptest.Object("Kernel", dumptest.To("services", services)))
		},
		want: []string{`single 6×string $kernel->services["app.files"]->open`, `single 200×object $kernel->services (services)`},
	},
	{
		name: "events of many classes",
		build: func(b *dumpbuild.Builder) {
			b.Global("bus", dumptest.Object("Bus", dumptest.To("recorded", dumptest.ListOf(4000, func(i int) *dumpbuild.Node {
				return dumptest.Object("Event"+string(rune('A'+i%20)), dumptest.To("at", dumptest.Scalar("int")), dumptest.To("text", dumptest.Text(60)))
			}))))
		},
		want: []string{`single 4000×object $bus->recorded`},
	},
	{
		name: "records in two containers are no chain",
		build: func(b *dumpbuild.Builder) {
			records := make([]*dumpbuild.Node, 3000)
			for i := range records {
				records[i] = dumptest.Array(dumptest.To("message", dumptest.Text(60)), dumptest.To("context", dumptest.Array(dumptest.To("id", dumptest.Scalar("int")))), dumptest.To("extra", dumptest.Array(dumptest.To("at", dumptest.Text(20)))))
			}
			b.Global("log", dumptest.Object("TestHandler", dumptest.To("records", dumptest.ListOf(3000, dumptest.At(records))),
				dumptest.To("byLevel", dumptest.Array(dumptest.To("400", dumptest.ListOf(3000, dumptest.At(records)))))))
		},
		want: []string{`group 3000×array $log->records = $log->byLevel[400]`},
	},
	{
		name: "a list of which every link has another beside it",
		build: func(b *dumpbuild.Builder) {
			tail := dumptest.Object("Promise", dumptest.To("value", dumptest.Text(30)))
			for range 2000 {
				tail = dumptest.Object("Promise", dumptest.To("value", dumptest.Text(30)), dumptest.To("waits", tail), dumptest.To("result", dumptest.Object("Promise", dumptest.To("value", dumptest.Text(30)))))
			}
			b.Global("tail", tail)
		},
		want: []string{`chain 2001×Promise $tail`},
	},
	{
		name: "what no root leads to",
		build: func(b *dumpbuild.Builder) {
			for i := range 3000 {
				b.Item(uint64(0x7f0000000000+i*0x40), "object").Class(`App\User`)
			}
		},
		want: nil,
		more: true,
	},
	{
		name: "three parts, none of which weighs much",
		build: func(b *dumpbuild.Builder) {
			b.Global("big", dumptest.Text(3_000_000))
			app := dumptest.Object("App")
			for _, name := range []string{"a", "b", "c"} {
				app.Add(name, dumptest.ListOf(750, dumptest.User))
			}
			b.Global("app", app)
		},
		want: []string{`single 1×string $big`, `single 3×array $app`},
	},
	{
		name: "far down in a list",
		build: func(b *dumpbuild.Builder) {
			head := dumptest.Object("Node", dumptest.To("value", dumptest.ListOf(3000, dumptest.User)))
			for range 500 {
				head = dumptest.Object("Node", dumptest.To("next", head))
			}
			b.Global("head", head)
		},
		want: []string{"single 3000×App\\User $head" + strings.Repeat("->next", 100) + "…" + strings.Repeat("->next", 99) + "->value"},
	},
	{name: "nothing", build: func(*dumpbuild.Builder) {}},
	{name: "hardly anything", build: func(b *dumpbuild.Builder) { b.Global("argv", dumptest.ListOf(3, dumptest.User)) }},
}

func origins(format string, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf(format, i))
	}
	return list
}

// code is the code of a capture: of each origin so many functions with names of a program.
func code(b *dumpbuild.Builder, functions int, origins ...string) {
	root := b.Item(0x7f0000000000, "group").Size(0).Root("<ENGINE>", "(code)")
	at := uint64(0x7f0000100000)
	for _, origin := range origins {
		root.Child(origin, at)
		file := b.Item(at, "file").Size(0)
		at += 64
		for i := range functions {
			file.Child("handle"+strings.Repeat(string(rune('a'+i%26)), 1+i/26), at)
			b.Item(at, "function").Size(600).Field("alloc", dumpbuild.Bare("600"))
			at += 1024
		}
	}
}

// closures is the code of a file that has been included 900 times.
func closures(b *dumpbuild.Builder) {
	const file = 0x7f0000100000
	b.Item(0x7f0000000000, "group").Size(0).Root("<ENGINE>", "(code)").Child("of /app/a.php", file)
	list := b.Item(file, "file").Size(0)
	for i := range uint64(900) {
		list.Child(fmt.Sprintf("{closure:1} #%d", i+2), file+1024*(i+1))
		b.Item(file+1024*(i+1), "function").Size(600).Field("alloc", dumpbuild.Bare("600"))
	}
}
