<?php
$to = $argv[1];
meminfo_dump(fopen("$to.json", 'w'));
memprof_dump_all($to);
