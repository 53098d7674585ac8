<?php

declare(strict_types=1);

namespace Memtrail\PHPUnit\Subscriber;

use Memtrail\PHPUnit\Tests;
use PHPUnit\Event\Test\Finished;
use PHPUnit\Event\Test\FinishedSubscriber;

/**
 * @internal
 */
final class Finish implements FinishedSubscriber
{
    private Tests $tests;

    public function __construct(Tests $tests)
    {
        $this->tests = $tests;
    }

    public function notify(Finished $event): void
    {
        if ($this->tests->running()) {
            $this->tests->finish($event->test()->id());
        }
    }
}
