<?php

declare(strict_types=1);

namespace Memtrail\PHPUnit\Subscriber;

use Memtrail\PHPUnit\Tests;
use PHPUnit\Event\TestRunner\ExecutionFinished;
use PHPUnit\Event\TestRunner\ExecutionFinishedSubscriber;

/**
 * @internal
 */
final class End implements ExecutionFinishedSubscriber
{
    private Tests $tests;

    public function __construct(Tests $tests)
    {
        $this->tests = $tests;
    }

    public function notify(ExecutionFinished $event): void
    {
        $this->tests->end();
    }
}
