<?php
// What code can do to variables. A comment at the end of a line says what the
// line does, and to what: adds, removes, changes; a number in brackets is how many
// elements deep. The test reads the comments.
namespace App;

interface Shape {}

class Base
{
    protected $shared = [];
    protected static $registry = [];
    public function share($x) { $this->shared[] = $x; } // adds App\Base->shared (1)
    public function drop() { unset($this->shared[0]); } // removes App\Base->shared (1)
    public static function register($k, $v) { self::$registry[$k] = $v; } // adds App\Base::$registry (1)
    public static function reset() { static::$registry = []; } // removes App\Base::$registry (0)
}

trait Remembers
{
    private $memory = [];
    public function remember($x)
    {
        $this->memory[] = $x; // adds App\Cache->memory (1)
    }
}

final class Cache extends Base
{
    use Remembers;
    private $items = [];
    private $byType = [];
    private $log = '';
    private $queue;
    private $head;
    private $list = [];
    private $lazy;
    public $open = [];

    public function __construct()
    {
        $this->items = [];
        $this->queue = new \SplQueue();
        $this->lazy = null;
    }

    public function set($k, $v) { $this->items[$k] = $v; } // adds App\Cache->items (1)
    public function append($v) { $this->items[] = $v; } // adds App\Cache->items (1)
    public function forget($k) { unset($this->items[$k]); } // removes App\Cache->items (1)
    public function clear() { $this->items = []; } // removes App\Cache->items (0)
    public function type($t, $v)
    {
        $this->byType[$t][] = $v; // adds App\Cache->byType (2) adds App\Cache->byType (1)
        unset($this->byType[$t][0]); // removes App\Cache->byType (2)
    }
    public function log($line)
    {
        $this->log .= $line; // adds App\Cache->log (0)
        $this->log = $this->log . $line; // adds App\Cache->log (0)
        $this->log = "$this->log $line"; // adds App\Cache->log (0)
    }
    public function push($x)
    {
        array_push($this->list, $x); // adds App\Cache->list (1)
        $this->list = array_merge($this->list, [$x]); // adds App\Cache->list (0)
        $this->list = array_values(array_filter($this->list)); // removes App\Cache->list (0)
        \array_shift($this->list); // removes App\Cache->list (1)
        sort($this->list);
        preg_match('/x/', 'x', $this->list); // changes App\Cache->list (0)
        $copy = $this->list;
        $copy[] = $x; // adds App\Cache->list (0)
        $this->list = $copy;
    }
    public function enqueue($x)
    {
        $this->queue->enqueue($x); // adds App\Cache->queue (1)
        return $this->queue->dequeue(); // removes App\Cache->queue (1)
    }
    public function link($x)
    {
        $this->head = new Node($x, $this->head); // adds App\Cache->head (0)
        $node = new Node($x, null);
        $node->next = $this->head; // adds App\Cache->head (0) changes App\Node->next (0)
        $this->head = $node;
    }
    public function unlink() { $this->head = null; } // removes App\Cache->head (0)
    public function lazy($k)
    {
        if ($this->lazy === null) {
            $this->lazy = new \ArrayObject();
        }
        $this->lazy = $this->lazy ?? new \ArrayObject();
        $this->lazy[$k] = 1; // adds App\Cache->lazy (1)
        if (!isset($this->open[$k])) {
            $this->open[$k] = []; // adds App\Cache->open (1)
        }
        $this->open[$k][] = 1; // adds App\Cache->open (2) adds App\Cache->open (1)
        foreach ($this->open as &$one) {
            $one[] = 2; // adds App\Cache->open (2) adds App\Cache->open (1)
        }
        $alias = &$this->open;
        $alias['x'] = 1; // adds App\Cache->open (1)
    }
    public function shareAlso($x) { $this->shared[] = $x; } // adds App\Base->shared (1)
    public function listener()
    {
        return function ($x) {
            $this->items['last'] = $x; // adds App\Cache->items (1)
        };
    }
    public function fill(Cache $other) { $other->items[] = 1; } // adds App\Cache->items (1)
    public function byReference() { fill($this->open); }
}

final class Node
{
    public $value;
    public $next;
    public function __construct($value, $next) { $this->value = $value; $this->next = $next; }
}

final class Bag extends \ArrayObject
{
    public function put($k, $v)
    {
        $this[$k] = $v; // adds App\Bag-> (1)
        parent::append($v); // adds App\Bag-> (1)
        unset($this[$k]); // removes App\Bag-> (1)
    }
}

function fill(array &$list)
{
    $list[] = 1; // adds App\Cache->open (1)
}

function memo($k)
{
    static $cache = [];
    $cache[$k] = true; // adds App\memo()::$cache (1)
    if (count($cache) > 100) {
        array_shift($cache); // removes App\memo()::$cache (1)
    }
    return $cache;
}

function counter()
{
    global $total;
    $total[] = 1; // adds $total (1)
    $GLOBALS['seen'][] = 1; // adds $seen (1)
}

function collector()
{
    $found = [];
    return function ($x) use (&$found) {
        $found[] = $x; // adds {closure} in App\collector()::$found (1)
    };
}

function work($depth)
{
    $pool = [];
    for ($i = 0; $i < 3; $i++) {
        $pool[] = $i; // adds App\work() $pool (1)
    }
    if ($depth > 0) {
        work($depth - 1); // frames App\work()
        return;
    }
    unset($pool[0]); // removes App\work() $pool (1)
    echo $pool === [] ? "empty\n" : "ready\n";
    fgets(STDIN);
}

function callbacks()
{
    register_shutdown_function(function () {}); // engine shutdown functions
    set_error_handler(function () {}); // engine error handlers
    restore_error_handler(); // engine-removes error handlers
}

$total = [];
$list = [];
for ($i = 0; $i < 3; $i++) {
    $list[] = new Cache(); // adds $list (1)
    if ($i == 9) {
        $list = []; // removes $list (0)
    }
}
$bag = new Bag();
$node = new Node(1, null);
work(2);
