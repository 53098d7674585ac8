<?php
require_once getenv('SUITE_CONTRIB') . '/autoload.php';
register_shutdown_function(static function (): void {
    $usage = getrusage();
    $cpu = ($usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec']) * 1e9 + ($usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec']) * 1e3;
    $wall = (microtime(true) - $_SERVER['REQUEST_TIME_FLOAT']) * 1e9;
    file_put_contents(getenv('SUITE_COST'), sprintf("%d %d\n", $cpu, $wall));
});
