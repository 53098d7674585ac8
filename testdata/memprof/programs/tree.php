<?php
// Categories in a tree, and one handler per category: 1,200 of each.
class Category { public array $children = []; public ?string $name = null; public ?Category $parent = null; public int $depth = 0; }
class Handler { private $category; private $options; function __construct($c, $o) { $this->category = $c; $this->options = $o; } function run() {} }
class Registry { public static array $handlers = []; static function add(Handler $h) { self::$handlers[] = $h; } }
class Builder {
    public array $byPath = [];
    function build(int $n) { for ($i = 0; $i < $n; $i++) { $c = $this->make("category/$i/" . md5((string) $i)); $this->byPath[$c->name] = $c; Registry::add($this->handler($c)); } }
    function make(string $name): Category { $c = new Category; $c->name = $name; $c->depth = 1; return $c; }
    function handler(Category $c): Handler { return new Handler($c, [strlen($c->name), 'options' . $c->name]); }
}
$builder = new Builder;
$builder->build(1200);
require __DIR__ . '/dump.php';
