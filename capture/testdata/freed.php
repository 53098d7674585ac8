<?php // page runs that were freed keep stale entries in the page map
function churn() { $a = []; for ($i = 0; $i < 20000; $i++) $a[] = str_repeat('a', $i % 900); $keep = []; for ($i = 0; $i < 20000; $i += 97) $keep[] = $a[$i]; return $keep; }
$kept = churn(); $big = str_repeat('x', 5000000); unset($big);
gc_mem_caches();
echo "{\"usage\":", memory_get_usage(), "}\n"; flush(); defined('STDIN') ? fgets(STDIN) : sleep(20);
