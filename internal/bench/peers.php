<?php
// What peers are timed on: a heap of small objects, and a clock that ticks. A dump from
// within is asked for on standard input, as "meminfo FILE" or "memprof FILE".

class Row
{
    public $id;
    public $name;
    public $tags;

    public function __construct($id)
    {
        $this->id = $id;
        $this->name = "the name of row $id";
        $this->tags = [$id, "a tag of $id"];
    }
}

$rows = [];
for ($i = 0; $i < (int) $argv[1]; $i++) {
    $rows[] = new Row($i);
}
stream_set_blocking(STDIN, false);
echo 'usage ', memory_get_usage(), "\n";
while (true) {
    echo 'tick ', hrtime(true), "\n";
    $asked = fgets(STDIN);
    if ($asked === false) {
        if (feof(STDIN)) {
            break;
        }
        usleep(1000);
        continue;
    }
    [$with, $file] = explode(' ', trim($asked), 2);
    if ($with === 'meminfo') {
        meminfo_dump(fopen($file, 'w'));
    } else {
        file_put_contents($file, json_encode(memprof_dump_array(), 0, 100000));
    }
    echo "done\n";
}
