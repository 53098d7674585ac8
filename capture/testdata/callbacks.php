<?php // What only streams and C code hold. It runs on PHP 7.4.
final class Tagging extends php_user_filter {
    public $kept = [];
    public function onCreate(): bool { $this->kept[] = str_repeat('f', 100); return true; }
    public function filter($in, $out, &$consumed, bool $closing): int {
        while ($bucket = stream_bucket_make_writeable($in)) {
            $consumed += $bucket->datalen;
            stream_bucket_append($out, $bucket);
        }
        return PSFS_PASS_ON;
    }
}
final class Callback {
    public $kept = [1];
    public function __invoke() { return true; }
}
stream_filter_register('test', 'Tagging');
$log = fopen('/dev/null', 'w');
stream_filter_append($log, 'string.rot13', STREAM_FILTER_WRITE);
for ($i = 0; $i < 3; $i++) {
    stream_filter_append($log, 'test', STREAM_FILTER_WRITE, ['i' => $i]);
}
$context = stream_context_create(['http' => ['header' => str_repeat('h', 100)]], ['notification' => new Callback]);
$server = stream_socket_server('tcp://127.0.0.1:0', $code, $message, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN, $context);
ob_start();
header_register_callback(new Callback);
if (function_exists('pcntl_signal')) {
    pcntl_signal(SIGUSR1, new Callback);
}
if (PHP_VERSION_ID < 80500) {
    @assert_options(ASSERT_CALLBACK, new Callback);
}
final class Maker {
    public $made = [];
    public function make($job) { $this->made[] = function () use ($job) { return $job; }; } // line 35
}
$maker = new Maker;
for ($i = 0; $i < 5; $i++) {
    $maker->make([$i]);
}
$static = static function () { static $calls = []; return $calls; }; // line 41
register_tick_function(new Callback, 1, 2);
function half() { $own = [1]; yield $own; yield 2; }
$generators = [];
for ($i = 0; $i < 10; $i++) {
    $generators[$i] = half();
    $generators[$i]->current();
}
$storage = new SplObjectStorage;
$storage[new Callback] = [1];
gc_collect_cycles(); // before PHP 8.1 each of them has a list for that then
$has = [function_exists('pcntl_signal') ? 'pcntl' : '', PHP_VERSION_ID < 80500 ? 'assert' : ''];
fwrite(fopen('php://stdout', 'w'), implode(' ', $has) . "\n");
fgets(STDIN);
