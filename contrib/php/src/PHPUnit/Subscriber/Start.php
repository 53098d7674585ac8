<?php

declare(strict_types=1);

namespace Memtrail\PHPUnit\Subscriber;

use Memtrail\PHPUnit\Tests;
use PHPUnit\Event\Code\TestMethod;
use PHPUnit\Event\Test\PreparationStarted;
use PHPUnit\Event\Test\PreparationStartedSubscriber;

/**
 * @internal
 */
final class Start implements PreparationStartedSubscriber
{
    private Tests $tests;

    public function __construct(Tests $tests)
    {
        $this->tests = $tests;
    }

    public function notify(PreparationStarted $event): void
    {
        $test = $event->test();
        if ($test instanceof TestMethod) {
            $this->tests->start([$test, 'id'], $test->className(), $test->methodName());
        }
    }
}
