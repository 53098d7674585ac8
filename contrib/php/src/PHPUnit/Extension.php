<?php

declare(strict_types=1);

namespace Memtrail\PHPUnit;

use PHPUnit\Runner\Extension\Extension as PHPUnitExtension;
use PHPUnit\Runner\Extension\Facade;
use PHPUnit\Runner\Extension\ParameterCollection;
use PHPUnit\TextUI\Configuration\Configuration;

/**
 * For PHPUnit 10 and later, and Pest: which tests leave memory behind.
 *
 *     <extensions><bootstrap class="Memtrail\PHPUnit\Extension"/></extensions>
 *
 * PHPUnit 9 takes {@see Listener}.
 */
final class Extension implements PHPUnitExtension
{
    public function bootstrap(Configuration $configuration, Facade $facade, ParameterCollection $parameters): void
    {
        $tests = Tests::recorded();
        if ($tests === null) {
            return;
        }
        $facade->registerSubscribers(
            new Subscriber\Begin($tests),
            new Subscriber\Start($tests),
            new Subscriber\Judge($tests),
            new Subscriber\Finish($tests),
            new Subscriber\End($tests)
        );
    }
}
