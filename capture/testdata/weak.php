<?php // entries of a WeakMap: of keys that something holds, and of keys that only their own values hold
gc_disable();
class Key { public $value; } class Value { public $key; }
$map = new WeakMap; $held = [];
for ($i = 0; $i < 30; $i++) { $k = new Key; $v = new Value; $map[$k] = $v; $held[] = $k; }
for ($i = 0; $i < 20; $i++) { $k = new Key; $v = new Value; $v->key = $k; $map[$k] = $v; }
$chain = new Key; $next = $chain; for ($i = 0; $i < 5; $i++) { $v = new Value; $v->key = new Key; $map[$next] = $v; $next = $v->key; } // each value holds the next key
unset($k, $v, $next);
echo "ready\n"; flush(); fgets(STDIN);
