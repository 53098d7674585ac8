<?php
// Small values that stay between large ones that go: chunks keep a few blocks
// each, or none at all but free ones.
class Session { public $id; public $data; function __construct($i) { $this->id = "session $i"; $this->data = ["user $i" => str_repeat('d', 40)]; } }
class Registry { public static $open = []; }
for ($i = 0; $i < 12; $i++) {
    $rows = []; for ($j = 0; $j < 18000; $j++) $rows[] = str_repeat('r', 90 + $j % 2);
    $all[] = $rows;
    for ($j = 0; $j < 20; $j++) Registry::$open["s$i-$j"] = new Session($i);
    if ($i == 6) $index = range(0, 9000);
}
$all = $rows = null; unset($i, $j);
$text = str_repeat('t', 5000000);
$real = memory_get_usage(true);
echo '{"sessions":', count(Registry::$open), ',"real":', $real, "}\n"; flush();
fgets(STDIN);
gc_mem_caches();
echo '{"freed":', $real - memory_get_usage(true), "}\n"; flush();
fgets(STDIN);
