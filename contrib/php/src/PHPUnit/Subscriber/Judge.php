<?php

declare(strict_types=1);

namespace Memtrail\PHPUnit\Subscriber;

use Memtrail\PHPUnit\Tests;
use PHPUnit\Event\Code\ThrowableBuilder;
use PHPUnit\Event\Facade;
use PHPUnit\Event\Test\Passed;
use PHPUnit\Event\Test\PassedSubscriber;
use PHPUnit\Framework\AssertionFailedError;

/**
 * @internal
 */
final class Judge implements PassedSubscriber
{
    private Tests $tests;

    public function __construct(Tests $tests)
    {
        $this->tests = $tests;
    }

    public function notify(Passed $event): void
    {
        if (!$this->tests->limited()) {
            return; // it is measured when it has finished
        }
        $why = $this->tests->finish($event->test()->id());
        if ($why !== null) {
            // What fails a test is an event; that it has finished is still to come.
            Facade::emitter()->testFailed($event->test(), ThrowableBuilder::from(new AssertionFailedError($why)), null);
        }
    }
}
