package simseries

// A flavour is a kind of worker, by the names that it uses.
type flavour struct {
	global, kernel      string // the variable of the application, and its class
	container, services string // where the services are: $global->container->services
	containerClass      string
	loop                string // the function that never ends
	inner               string // one that it calls
}

var flavours = []flavour{
	{"kernel", `App\Kernel`, "container", "services", `Symfony\Component\DependencyInjection\Container`,
		`Symfony\Component\Messenger\Worker->run()`, `App\MessageHandler\OrderHandler->__invoke()`},
	{"app", `App\Application`, "container", "instances", `Illuminate\Container\Container`,
		`Illuminate\Queue\Worker->daemon()`, `App\Jobs\SendInvoice->handle()`},
	{"server", `App\Server`, "registry", "shared", `App\ServiceRegistry`,
		`App\Server->loop()`, `App\Http\Controller->show()`},
	{"worker", `Worker`, "locator", "objects", `ServiceLocator`,
		`main()`, `process()`},
}

// A holder is a class with a property that may hold something that varies.
type holder struct{ id, class, prop string }

var holders = []holder{
	{"product_repository", `App\Repository\ProductRepository`, "identityMap"},
	{"metrics", `App\Metrics\Collector`, "samples"},
	{"query_log", `App\Database\Connection`, "queries"},
	{"profiler", `App\Profiler\Profiler`, "profiles"},
	{"session_store", `App\Session\Store`, "sessions"},
	{"event_bus", `App\Event\Bus`, "recorded"},
	{"translator", `App\I18n\Translator`, "messages"},
	{"mailer", `App\Mail\Mailer`, "sent"},
	{"serializer", `App\Serializer\Serializer`, "metadata"},
	{"http_client", `App\Http\Client`, "history"},
	{"audit", `App\Audit\Trail`, "entries"},
	{"unit_of_work", `App\Orm\UnitOfWork`, "managed"},
	{"rate_limiter", `App\Security\RateLimiter`, "windows"},
	{"feature_flags", `App\Feature\Flags`, "evaluated"},
	{"template_cache", `App\View\Engine`, "compiled"},
	{"tracer", `App\Trace\Tracer`, "spans"},
	{"scheduler", `App\Schedule\Scheduler`, "tasks"},
	{"search_index", `App\Search\Index`, "pending"},
	{"thumbnailer", `App\Image\Thumbnailer`, "done"},
	{"geo", `App\Geo\Resolver`, "known"},
	{"currency", `App\Money\Rates`, "rates"},
	{"acl", `App\Security\Acl`, "decisions"},
	{"inventory", `App\Stock\Inventory`, "moves"},
	{"webhooks", `App\Webhook\Dispatcher`, "attempts"},
}

var staticNames = []holder{
	{"", `App\Registry`, "loaded"}, {"", `App\Support\Str`, "snakeCache"}, {"", `App\Model`, "booted"},
	{"", `App\Log\Log`, "records"}, {"", `App\Debug\Timeline`, "events"}, {"", "*", "instances"},
	{"", "*", "resolved"}, {"", `App\Cache\Memo`, "values"}, {"", `App\Locks`, "held"}, {"", `App\Reflection`, "types"},
}

var variableNames = []string{
	"auditTrail", "cache", "pending", "results", "seen", "batch", "errors", "history", "buffer", "queue",
	"done", "tokens", "rows", "visited", "retries",
}

// A shape is a class of entities: its properties, and what they hold, by letter.
type shape struct {
	class string
	props []string
	holds string // i int, f float, b bool, s string, n null, a an array of two strings
}

var shapes = []shape{
	{`App\Entity\Product`, []string{"id", "name", "price"}, "isf"},
	{`App\Entity\Customer`, []string{"id", "email", "name", "active"}, "issb"},
	{`App\Entity\Order`, []string{"number", "total", "customer", "tags"}, "sfna"},
	{`App\Trace\Span`, []string{"id", "startedAt", "parent"}, "sfn"},
	{`App\Message\Envelope`, []string{"body", "headers"}, "sa"},
	{`App\Entity\Invoice`, []string{"number", "due"}, "sf"},
	{`App\Http\Visit`, []string{"url", "at", "agent"}, "sis"},
	{`App\Entity\Token`, []string{"value"}, "s"},
}

var arrayKeys = []string{"sql", "time", "bindings", "level", "message", "context", "channel", "at"}

// names are those not yet taken, in random order.
type names struct {
	holders, statics []holder
	variables        []string
	keys             int // of generated keys, to make them differ
	classes          map[string]*class
}

func (w *world) drawNames() {
	w.names = names{
		holders: shuffled(w, holders), statics: shuffled(w, staticNames), variables: shuffled(w, variableNames),
		classes: map[string]*class{},
	}
}

func shuffled[T any](w *world, list []T) []T {
	to := make([]T, len(list))
	for i, from := range w.rand.Perm(len(list)) {
		to[i] = list[from]
	}
	return to
}

// take removes the first of a list that draws names.
func take[T any](from *[]T) T {
	first := (*from)[0]
	*from = (*from)[1:]
	return first
}

// class gives the one class of a name.
func (w *world) class(name string, props ...string) *class {
	c := w.names.classes[name]
	if c == nil {
		c = &class{name: name, props: props}
		w.names.classes[name] = c
	}
	return c
}
