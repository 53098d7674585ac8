<?php

declare(strict_types=1);

namespace Memtrail\PHPUnit\Subscriber;

use Memtrail\PHPUnit\Tests;
use PHPUnit\Event\TestRunner\ExecutionStarted;
use PHPUnit\Event\TestRunner\ExecutionStartedSubscriber;

/**
 * @internal
 */
final class Begin implements ExecutionStartedSubscriber
{
    private Tests $tests;

    public function __construct(Tests $tests)
    {
        $this->tests = $tests;
    }

    public function notify(ExecutionStarted $event): void
    {
        $this->tests->begin($event->testSuite()->count());
    }
}
