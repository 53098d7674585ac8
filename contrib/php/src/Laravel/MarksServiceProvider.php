<?php

declare(strict_types=1);

namespace Memtrail\Laravel;

use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Support\ServiceProvider;
use Memtrail\Recorder;

use function Memtrail\mark;

/**
 * A mark for each job of a queue, and for each request, task and tick of Octane.
 * Laravel finds it by the package.
 */
final class MarksServiceProvider extends ServiceProvider
{
    /** Events that end a unit, with what it is called by. */
    private const QUEUE = ['Illuminate\Queue\Events\JobProcessed', 'Illuminate\Queue\Events\JobFailed'];
    private const OCTANE = [
        'Laravel\Octane\Events\RequestTerminated' => 'request',
        'Laravel\Octane\Events\TaskTerminated' => 'task',
        'Laravel\Octane\Events\TickTerminated' => 'tick',
    ];

    public function boot(): void
    {
        if (Recorder::get() === null) {
            return;
        }
        $events = $this->app->make('events');
        if ($events instanceof Dispatcher) {
            self::listen($events);
        }
    }

    public static function listen(Dispatcher $events): void
    {
        foreach (self::QUEUE as $class) {
            $events->listen($class, static function (object $event): void {
                mark(self::job($event));
            });
        }
        foreach (self::OCTANE as $class => $kind) {
            $events->listen($class, static function (object $event) use ($kind): void {
                mark($kind === 'request' ? self::route($event) : $kind);
            });
        }
    }

    /**
     * The job's class, as the queue calls it.
     */
    private static function job(object $event): string
    {
        $job = $event->job ?? null;
        $name = is_object($job) && method_exists($job, 'resolveName') ? $job->resolveName() : null;

        return is_string($name) && $name !== '' ? $name : 'job';
    }

    /**
     * The request's method and route: paths have the numbers of users in them.
     */
    private static function route(object $event): string
    {
        $request = $event->request ?? null;
        if (!is_object($request) || !method_exists($request, 'getMethod')) {
            return 'request';
        }
        $route = method_exists($request, 'route') ? $request->route() : null;
        $uri = is_object($route) && method_exists($route, 'uri') ? $route->uri() : null;
        $method = $request->getMethod();

        return (is_string($method) ? $method : 'request') . (is_string($uri) ? ' /' . ltrim($uri, '/') : '');
    }
}
