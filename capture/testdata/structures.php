<?php
// Every structure that a capture must read, in numbers that the script itself
// knows. It prints one line of JSON, then waits for a line on standard input;
// whatever it made is alive meanwhile. A second line tells what PHP's own
// collector finds.
$made = [];
function made(string $class, int $n = 1): void { global $made; $made[$class] = ($made[$class] ?? 0) + $n; }

class Node {
    public static $live = 0;
    public $id; public $next; private $data;
    function __construct($i) { self::$live++; $this->id = $i; $this->data = "data-$i-" . str_repeat('x', abs($i) % 50); }
    function __wakeup() { self::$live++; }
    function __destruct() { self::$live--; }
}
class Repo {
    private static $loaded = []; public $cache = []; protected $h;
    static function load($i) { return self::$loaded[$i] = new Node($i); }
    function run($cb) { $local = new Node(-1); $arr = range(1, 100); $s = str_repeat('local', 20); $this->cache['k'] = $local; return $cb($this, $arr, $s, 'extra', [1, 2, new Node(-2)]); }
}
class Magic { private $vals = []; function __get($n) { return $this->vals[$n] ?? null; } function __set($n, $v) { $this->vals[$n] = $v; } }
#[AllowDynamicProperties]
class Dyn {}
class MyList extends ArrayObject { public $tag = 't'; }
function counter() { static $n = 0, $seen = []; $n++; $seen["seen_$n"] = new Node(1000000 + $n); return $n; }
function gen($n) { $buf = new Node(-7); $big = range(1, 500); for ($i = 0; $i < $n; $i++) { $x = yield $i => $buf; } return $big; }
function thrower($i) { throw new RuntimeException("boom $i", $i, $i > 5 ? new LogicException('prev') : null); }

for ($i = 0; $i < 2000; $i++) Repo::load($i);
$list = null; for ($i = 0; $i < 500; $i++) { $n = new Node($i); $n->next = $list; $list = $n; }
for ($i = 0; $i < 300; $i++) counter();
$closures = []; for ($i = 0; $i < 200; $i++) { $o = new Node($i); $closures[] = function ($a) use ($o, $i) { static $calls = []; $calls[] = $i; return $o; }; }
foreach ($closures as $c) $c(1);
$gens = []; for ($i = 0; $i < 50; $i++) { $g = gen(10); $g->current(); $g->next(); $gens[] = $g; } made('Generator', 50);
gc_disable();
for ($i = 0; $i < 150; $i++) { $a = new Node(-3); $b = new Node(-4); $a->next = $b; $b->next = $a; } unset($a, $b); // 150 cycles
$sos = new SplObjectStorage; for ($i = 0; $i < 300; $i++) $sos[new Node($i)] = "info$i"; made('SplObjectStorage');
$ao = new ArrayObject(); for ($i = 0; $i < 300; $i++) $ao["key$i"] = new Node($i); made('ArrayObject');
$ml = new MyList([1, 2, 3]); @$ml->dyn = 'x'; made('MyList');
$fa = new SplFixedArray(400); for ($i = 0; $i < 400; $i++) $fa[$i] = new Node($i); made('SplFixedArray');
$q = new SplQueue; for ($i = 0; $i < 300; $i++) $q->push(new Node($i)); made('SplQueue');
$heap = new SplMinHeap; for ($i = 0; $i < 300; $i++) $heap->insert([$i, new Node($i)]); made('SplMinHeap');
$pq = new SplPriorityQueue; for ($i = 0; $i < 300; $i++) $pq->insert(new Node($i), $i); made('SplPriorityQueue');
$dates = []; for ($i = 0; $i < 200; $i++) { $dates[] = new DateTime("2020-01-01 +$i days"); $dates[] = new DateTimeImmutable("now", new DateTimeZone('Europe/Berlin')); $dates[] = new DateInterval('P1D'); }
made('DateTime', 200); made('DateTimeImmutable', 200); made('DateInterval', 200);
$dyn = []; for ($i = 0; $i < 200; $i++) { $d = new Dyn; $d->{"p$i"} = new Node($i); $d->q = 1; $dyn[] = $d; } $std = (object) ['a' => 1, 'b' => new Node(1)]; made('Dyn', 200); made('stdClass');
$magic = []; for ($i = 0; $i < 100; $i++) { $m = new Magic; $m->foo = new Node($i); $x = $m->bar; $magic[] = $m; } made('Magic', 100);
$refs = []; for ($i = 0; $i < 200; $i++) { $v = "ref$i" . str_repeat('r', $i); $refs[] = &$v; unset($v); }
$exc = []; for ($i = 0; $i < 50; $i++) { try { thrower($i); } catch (Exception $e) { $exc[] = $e; } } made('RuntimeException', 50); made('LogicException', 44);
$hugeS = str_repeat('H', 3000000); $bigA = range(1, 100000); $large = str_repeat('L', 100000); $shared = $bigA;
$it = new ArrayIterator($bigA); made('ArrayIterator', 2); $lim = new LimitIterator($it, 5, 10); made('LimitIterator'); $cached = new CachingIterator(new ArrayIterator(['a', 'b'])); made('CachingIterator');
$fh = fopen('php://memory', 'w+'); fwrite($fh, str_repeat('m', 50000)); $tmp = fopen(__FILE__, 'r'); fgets($tmp);
define('MY_CONST', ['a' => str_repeat('c', 1000), 'b' => [1, 2, 3]]);
set_error_handler(function (...$a) { return false; }); register_shutdown_function(function () use ($std) {}); spl_autoload_register(function ($c) {});
ob_start(); echo str_repeat('o', 2000); $obs = ob_get_level();
$re = preg_match('/(\w+)-(\d+)/', 'abc-123', $mm); $ser = unserialize(serialize([new Node(5), 'x' => [1, 2]]));
$partial = []; for ($i = 0; $i < 3000; $i++) { $partial[] = "p$i" . str_repeat('p', $i % 700); } for ($i = 0; $i < 3000; $i += 2) unset($partial[$i]);
if (PHP_VERSION_ID >= 80000) {
    $wm = new WeakMap; $wkeys = []; for ($i = 0; $i < 200; $i++) { $k = new Node($i); $wm[$k] = new Node(-$i); $wkeys[] = $k; } made('WeakMap');
    $wr = []; foreach ($wkeys as $k) $wr[] = WeakReference::create($k); unset($k); made('WeakReference', 200);
}
if (PHP_VERSION_ID >= 80100) require __DIR__ . '/structures81.php';
if (PHP_VERSION_ID >= 80400) require __DIR__ . '/structures84.php';
ob_end_clean();
unset($c, $g, $o, $n, $d, $m, $e, $i, $x);
$texts = []; $bytes = 0; for ($i = 0; $i < 500; $i++) { $texts[] = $t = "text number $i " . str_repeat('t', $i); $bytes += strlen($t); } unset($t);
$repo = new Repo; made('Repo');
$repo->run(function ($r, ...$rest) use ($sos) {
    global $made, $bytes;
    $inner = new Node(-9);
    $made['Node'] = Node::$live;
    $classes = []; foreach ($made as $c => $k) $classes[] = "\"$c\":$k";
    echo '{"version":"', PHP_VERSION, '","classes":{', implode(',', $classes), '},"text_bytes":', $bytes, "}\n"; flush();
    fgets(STDIN);
    $before = Node::$live;
    gc_collect_cycles();
    echo '{"collected":', $before - Node::$live, "}\n"; flush();
    fgets(STDIN);
});
