package analysis

import (
	"fmt"
	"strconv"
	"strings"

	"memtrail/internal/dumpbuild"
)

// The programs below are written with these.
var (
	object = dumpbuild.NewObject
	array  = dumpbuild.NewArray
	to     = dumpbuild.To
	text   = dumpbuild.NewString
	scalar = dumpbuild.NewScalar
)

// listOf is an array of n members that make makes.
func listOf(n int, make func(i int) *dumpbuild.Node) *dumpbuild.Node {
	return keyed(n, strconv.Itoa, make)
}

// keyed is an array of n members under keys.
func keyed(n int, key func(i int) string, make func(i int) *dumpbuild.Node) *dumpbuild.Node {
	a := array()
	for i := range n {
		a.Add(key(i), make(i))
	}
	return a
}

func user(int) *dumpbuild.Node {
	return object(`App\User`, to("name", text(40)), to("mail", text(60)))
}

// users makes objects that several containers may hold.
func users(n int) []*dumpbuild.Node {
	all := make([]*dumpbuild.Node, n)
	for i := range all {
		all[i] = user(i)
	}
	return all
}

func at(all []*dumpbuild.Node) func(i int) *dumpbuild.Node {
	return func(i int) *dumpbuild.Node { return all[i] }
}

func numbered(pattern string) func(i int) string {
	return func(i int) string { return fmt.Sprintf(pattern, i) }
}

// classNames are as people write them, without numbers.
func classNames(i int) string {
	letters := strings.Map(func(r rune) rune { return 'a' + r - '0' }, strconv.Itoa(i))
	return `App\Entity\` + strings.ToUpper(letters[:1]) + letters[1:] + "Entity"
}

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
			cache := object("ArrayCache", to("cache", listOf(3000, user)))
			b.Global("svc", object("Service", to("cache", cache), to("db", object("PDO"))))
		},
		want: []string{`single 3000×App\User $svc->cache->cache`},
	},
	{
		name: "two containers that hold the same members",
		build: func(b *dumpbuild.Builder) {
			all := users(3000)
			app := object("App",
				to("repo", object("Repository", to("byId", keyed(3000, strconv.Itoa, at(all))))),
				to("index", object("Index", to("byName", keyed(3000, numbered("name-%d"), at(all))))))
			b.Global("app", app)
		},
		want: []string{`group 3000×App\User $app->repo->byId = $app->index->byName`},
	},
	{
		name: "the same, from two variables",
		build: func(b *dumpbuild.Builder) {
			all := users(3000)
			b.Global("list", listOf(3000, at(all)))
			b.Static("Index::byName", keyed(3000, numbered("name-%d"), at(all)))
		},
		want: []string{`group 3000×App\User $list = Index::$byName`},
	},
	{
		name: "an identity map with companions of as many entries",
		build: func(b *dumpbuild.Builder) {
			oid := numbered("%032x")
			work := object("UnitOfWork",
				to("identityMap", array(to(`App\User`, keyed(3000, numbered("u-%d"), user)))),
				to("states", keyed(3000, oid, func(int) *dumpbuild.Node { return scalar("int") })),
				to("originalData", keyed(3000, oid, func(int) *dumpbuild.Node {
					return array(to("id", scalar("int")), to("name", text(40)), to("mail", text(60)))
				})),
				to("names", listOf(20, func(int) *dumpbuild.Node { return text(10) })))
			b.Global("em", object("EntityManager", to("work", work)))
		},
		want: []string{`single 3000×App\User $em->work->identityMap["App\\User"] = $em->work->states = $em->work->originalData`},
	},
	{
		name: "a list",
		build: func(b *dumpbuild.Builder) {
			head := object("Node", to("value", text(30)), to("next", scalar("null")))
			for range 4000 {
				head = object("Node", to("value", text(30)), to("next", head))
			}
			b.Frame("main()", "queue", object("Queue", to("head", head)))
		},
		want: []string{`chain 4001×Node main() $queue->head`},
	},
	{
		name: "a list whose links stand in arrays",
		build: func(b *dumpbuild.Builder) {
			head := object("Node", to("value", text(30)))
			for range 3000 {
				head = object("Node", to("value", text(30)), to("kids", array(to("0", head))))
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
				nodes[i] = object("Node", to("value", text(60)))
				if i > 0 {
					nodes[i].Add("prev", nodes[i-1])
					nodes[i-1].Add("next", nodes[i])
				}
			}
			b.Global("history", object("History", to("head", nodes[0]), to("tail", nodes[len(nodes)-1])))
		},
		want: []string{`chain 3000×Node $history`},
	},
	{
		name: "a tree is no chain",
		build: func(b *dumpbuild.Builder) {
			var grow func(depth int) *dumpbuild.Node
			grow = func(depth int) *dumpbuild.Node {
				n := object("Leaf", to("value", text(30)))
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
			b.Global("log", object("Logger", to("buffer", text(5_000_000)), to("level", scalar("int"))))
		},
		want: []string{`single 1×string $log->buffer`},
	},
	{
		name: "one array of numbers",
		build: func(b *dumpbuild.Builder) {
			b.Global("samples", listOf(20_000, func(int) *dumpbuild.Node { return scalar("float") }))
		},
		want: []string{`single 20000×float $samples`},
	},
	{
		name: "variables without end",
		build: func(b *dumpbuild.Builder) {
			for i := range 3000 {
				b.Global("v"+strconv.Itoa(i), user(i))
			}
		},
		want: []string{`group 3000×App\User $v#`},
	},
	{
		name: "variables of all names",
		build: func(b *dumpbuild.Builder) {
			for i := range 3000 {
				name := strings.Map(func(r rune) rune { return 'a' + r - '0' }, strconv.Itoa(i))
				b.Frame("boot()", name, user(i))
			}
		},
		want: []string{`group 3000×App\User boot()`},
	},
	{
		name: "statics of many classes that each hold some",
		build: func(b *dumpbuild.Builder) {
			for i := range 60 {
				b.Static(fmt.Sprintf(`Gen\Proxy_%06x::listeners`, i*7919+1<<20), listOf(40, user))
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
				b.Static(name+"::it", object(name, to("listeners", listOf(40, user))))
			}
		},
		want: []string{`group 2400×App\User `},
		more: true,
	},
	{
		name: "many containers that each hold some",
		build: func(b *dumpbuild.Builder) {
			b.Global("server", object("Server", to("conns", keyed(100, numbered("c%d"), func(int) *dumpbuild.Node {
				return object("Conn", to("onClose", listOf(30, user)))
			}))))
		},
		want: []string{`single 100×Conn $server->conns`},
	},
	{
		name: "an object storage",
		build: func(b *dumpbuild.Builder) {
			entry := func(i int) *dumpbuild.Node { return array(to("obj", user(i)), to("inf", scalar("null"))) }
			b.Global("bus", object("Bus", to("observers", object("SplObjectStorage", to("storage", listOf(3000, entry))))))
		},
		want: []string{`single 3000×App\User $bus->observers`},
	},
	{
		name: "a queue of the SPL",
		build: func(b *dumpbuild.Builder) {
			b.Global("jobs", object("SplQueue", to("flags", scalar("int")), to("dllist", listOf(3000, user))))
		},
		want: []string{`single 3000×App\User $jobs`},
	},
	{
		name: "two leaks in one object",
		build: func(b *dumpbuild.Builder) {
			b.Global("rt", object("Runtime",
				to("store", object("Store", to("sessions", keyed(2000, numbered("sess%d"), user)))),
				to("samples", array(to("latency", listOf(2500, func(int) *dumpbuild.Node {
					return array(to("t", scalar("float")), to("ms", scalar("float")))
				}))))))
		},
		want: []string{`single 2000×App\User $rt->store->sessions`, `single 2500×array $rt->samples["latency"]`},
	},
	{
		name: "some members are much larger than others",
		build: func(b *dumpbuild.Builder) {
			b.Global("trees", keyed(40, numbered("/src/%d.php"), func(i int) *dumpbuild.Node {
				n := 40
				if i%20 == 0 {
					n = 1500
				}
				return array(to("nodes", listOf(n, user)))
			}))
		},
		want: []string{`single 40×array $trees`},
	},
	{
		name: "tables that a program loads once",
		build: func(b *dumpbuild.Builder) {
			handler := func(int) *dumpbuild.Node { return array(to("_controller", text(40)), to("methods", text(6))) }
			b.Global("router", object("Router", to("table", keyed(900, numbered("/shop/{id}/part-%d"), handler))))
			b.Static("Loader::known", keyed(4000, classNames, func(int) *dumpbuild.Node { return text(80) }))
			b.Global("translations", keyed(3000, numbered("message.key%d"), func(int) *dumpbuild.Node { return text(70) }))
			b.Global("jobs", listOf(700, user))
		},
		want: []string{
			`single 700×App\User $jobs`, `single 3000×string $translations (translations)`,
			`single 900×array $router->table (routes)`, `single 4000×string Loader::$known (class_map)`,
		},
	},
	{
		name: "what grows under a table's name is no table",
		build: func(b *dumpbuild.Builder) {
			b.Global("routes", listOf(3000, user))
		},
		want: []string{`single 3000×App\User $routes`},
	},
	{
		name: "an identity map of many classes, with companions",
		build: func(b *dumpbuild.Builder) {
			byClass := array()
			for i := range 12 {
				byClass.Add("App\\Entity\\"+string(rune('A'+i))+"Entity", keyed(250, numbered("u-%d"), user))
			}
			b.Global("em", object("EntityManager", to("work", object("UnitOfWork",
				to("identityMap", byClass),
				to("originalData", keyed(3000, numbered("%032x"), func(int) *dumpbuild.Node {
					return array(to("id", scalar("int")), to("name", text(40)), to("mail", text(60)))
				}))))))
		},
		want: []string{`single 3000×array $em->work->originalData = $em->work->identityMap`},
		more: true,
	},
	{
		name: "what URLs were asked for is no table of routes",
		build: func(b *dumpbuild.Builder) {
			b.Global("router", object("Router", to("resolved", keyed(3000, numbered("/search?q=%d"), func(int) *dumpbuild.Node {
				return array(to("_controller", text(40)), to("parameters", text(60)))
			}))))
		},
		want: []string{`single 3000×array $router->resolved`},
	},
	{
		name: "what is appended under the name of settings is none",
		build: func(b *dumpbuild.Builder) {
			b.Global("db", object("Connection", to("parameters", listOf(3000, func(int) *dumpbuild.Node {
				return array(to("name", text(40)), to("value", text(60)))
			}))))
		},
		want: []string{`single 3000×array $db->parameters`},
	},
	{
		name: "a container of services is none, what is in one of them is",
		build: func(b *dumpbuild.Builder) {
			services := array()
			for i := range 200 {
				name := strings.TrimPrefix(classNames(i), `App\Entity\`)
				services.Add("app."+strings.ToLower(name), object(name, to("a", text(300)), to("b", listOf(4, user))))
			}
			services.Add("app.files", object("Files", to("open", listOf(6, func(int) *dumpbuild.Node { return text(200_000) }))))
			b.Global("kernel", object("Kernel", to("services", services)))
		},
		want: []string{`single 6×string $kernel->services["app.files"]->open`, `single 200×object $kernel->services (services)`},
	},
	{
		name: "events of many classes",
		build: func(b *dumpbuild.Builder) {
			b.Global("bus", object("Bus", to("recorded", listOf(4000, func(i int) *dumpbuild.Node {
				return object("Event"+string(rune('A'+i%20)), to("at", scalar("int")), to("text", text(60)))
			}))))
		},
		want: []string{`single 4000×object $bus->recorded`},
	},
	{
		name: "records in two containers are no chain",
		build: func(b *dumpbuild.Builder) {
			records := make([]*dumpbuild.Node, 3000)
			for i := range records {
				records[i] = array(to("message", text(60)), to("context", array(to("id", scalar("int")))), to("extra", array(to("at", text(20)))))
			}
			b.Global("log", object("TestHandler", to("records", listOf(3000, at(records))),
				to("byLevel", array(to("400", listOf(3000, at(records)))))))
		},
		want: []string{`group 3000×array $log->records = $log->byLevel[400]`},
	},
	{
		name: "a list of which every link has another beside it",
		build: func(b *dumpbuild.Builder) {
			tail := object("Promise", to("value", text(30)))
			for range 2000 {
				tail = object("Promise", to("value", text(30)), to("waits", tail), to("result", object("Promise", to("value", text(30)))))
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
			b.Global("big", text(3_000_000))
			app := object("App")
			for _, name := range []string{"a", "b", "c"} {
				app.Add(name, listOf(750, user))
			}
			b.Global("app", app)
		},
		want: []string{`single 1×string $big`, `single 3×array $app`},
	},
	{
		name: "far down in a list",
		build: func(b *dumpbuild.Builder) {
			head := object("Node", to("value", listOf(3000, user)))
			for range 500 {
				head = object("Node", to("next", head))
			}
			b.Global("head", head)
		},
		want: []string{"single 3000×App\\User $head" + strings.Repeat("->next", 100) + "…" + strings.Repeat("->next", 99) + "->value"},
	},
	{name: "nothing", build: func(*dumpbuild.Builder) {}},
	{name: "hardly anything", build: func(b *dumpbuild.Builder) { b.Global("argv", listOf(3, user)) }},
}
