<?php
class Node { public $id; public $next; private $data = 'd'; function __construct($i) { $this->id = $i; } }
class Repo { private static $loaded = []; static function load($i) { return self::$loaded[$i] = new Node($i); } }
function counter() { static $seen = []; $seen[] = new Node(count($seen)); return count($seen); }
function gen() { $held = new Node(-7); yield 1; yield $held; }
for ($i = 0; $i < 30; $i++) { Repo::load($i); counter(); }
$list = []; for ($i = 0; $i < 40; $i++) $list["key $i"] = ['n' => $i, 'text' => str_repeat('t', $i + 2), new Node($i)];
$shared = str_repeat('s', 100); $other = [$shared, $shared]; $ref = 'r' . count($list); $alias = &$ref;
for ($i = 0; $i < 10; $i++) { $a = new Node(-3); $b = new Node(-4); $a->next = $b; $b->next = $a; } unset($a, $b, $i);
$closure = function () use ($list) { return $list; }; $g = gen(); $g->current();
$sos = new SplObjectStorage; $sos[new Node(1)] = 'one'; $q = new SplQueue; $q->push(new Node(2)); $heap = new SplMinHeap; $heap->insert(new Node(3)); $heap->insert(new Node(4));
$fa = SplFixedArray::fromArray([new Node(5), 6]); $ao = new ArrayObject(['x' => new Node(7)]); $date = new DateTime('2020-01-01');
register_shutdown_function(function () use ($shared) {}); set_error_handler(function () {}); $fh = fopen('php://memory', 'w+');
echo "usage ", memory_get_usage(), "\n"; fgets(STDIN);
