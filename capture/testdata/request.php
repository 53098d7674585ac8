<?php // a request that takes its time
class Row { public $d; }
$keep = []; for ($i = 0; $i < 2000; $i++) { $n = new Row; $n->d = "row $i"; $keep[] = $n; }
gc_disable(); for ($i = 0; $i < 100; $i++) { $a = new Row; $b = new Row; $a->d = $b; $b->d = $a; } unset($a, $b);
file_put_contents(getenv('READY') ?: $_SERVER['READY'], 'ready');
sleep(20);
