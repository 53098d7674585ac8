<?php
// A cache that keeps the last 500 of 20,000 rows, beside a list that keeps all of 1,000 jobs.
class Row { private $id; private $columns; private $raw; function __construct($id) { $this->id = $id; $this->columns = ["name $id", $id, "x$id"]; $this->raw = str_repeat('r', 200) . $id; } }
class Lru { private array $rows = []; function get(int $id): Row { if (count($this->rows) >= 500) { unset($this->rows[array_key_first($this->rows)]); } return $this->rows[$id] = $this->load($id); } private function load(int $id): Row { return new Row($id); } }
class Job { public array $lines = []; public string $id; function __construct(string $id) { $this->id = $id; } }
class Queue { public array $done = []; function work(int $i) { $j = new Job("job-$i-" . dechex($i * 7919)); $this->log($j, $i); $this->done[] = $j; } private function log(Job $j, int $i) { $j->lines = ["started $i", "read $i", "wrote $i", "ended $i"]; } }
$lru = new Lru; $queue = new Queue;
for ($i = 0; $i < 20000; $i++) $lru->get($i);
for ($i = 0; $i < 1000; $i++) $queue->work($i);
require __DIR__ . '/dump.php';
