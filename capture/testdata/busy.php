<?php // allocates and frees all the time, so that a stop falls anywhere
class A { public $x; public $y; }
echo "busy\n"; flush();
$pool = []; $end = microtime(true) + 120;
while (microtime(true) < $end) {
    $k = mt_rand(0, 4000); $a = new A; $a->x = str_repeat('q', mt_rand(1, 1500)); $a->y = range(1, mt_rand(1, 60)); $pool[$k] = $a;
    if (mt_rand(0, 3) == 0) unset($pool[mt_rand(0, 4000)]);
    if (mt_rand(0, 50) == 0) { $pool["s" . mt_rand(0, 500)] = function () use ($a) { return $a; }; }
}
