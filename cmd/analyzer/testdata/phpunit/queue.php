<?php

// Laravel's queue, synchronous; Import leaks into a static.

require 'Illuminate/Queue/autoload.php';
require 'Illuminate/Events/autoload.php';
require getenv('MARKS_PACKAGE') . '/autoload.php';

use Illuminate\Container\Container;
use Illuminate\Events\Dispatcher;
use Illuminate\Queue\SyncQueue;

final class Import
{
    public static array $log = [];

    public function fire($job, $data): void
    {
        self::$log[] = ['row ' . count(self::$log), str_repeat('x', 500)];
        $job->delete();
    }
}

final class Send
{
    public function fire($job, $data): void
    {
        $job->delete();
    }
}

// What an application is to a service provider here.
$app = new Container();
$events = new Dispatcher($app);
$app->instance('events', $events);
(new Memtrail\Laravel\MarksServiceProvider($app))->boot();
$queue = new SyncQueue();
$queue->setContainer($app);
if (method_exists($queue, 'setConnectionName')) {
    $queue->setConnectionName('sync');
}
for ($n = 0; $n < 90; $n++) {
    $queue->push($n % 3 ? 'Send' : 'Import');
}
