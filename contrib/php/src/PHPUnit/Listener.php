<?php

declare(strict_types=1);

namespace Memtrail\PHPUnit;

use PHPUnit\Framework\AssertionFailedError;
use PHPUnit\Framework\Test;
use PHPUnit\Framework\TestCase;
use PHPUnit\Framework\TestListener;
use PHPUnit\Framework\TestListenerDefaultImplementation;
use PHPUnit\Framework\TestSuite;

/**
 * For PHPUnit 9: which tests leave memory behind.
 *
 *     <listeners><listener class="Memtrail\PHPUnit\Listener"/></listeners>
 *
 * PHPUnit 10 and later take {@see Extension}.
 */
final class Listener implements TestListener
{
    use TestListenerDefaultImplementation;

    private ?Tests $tests;
    private int $depth = 0;

    public function __construct()
    {
        $this->tests = Tests::recorded();
    }

    /**
     * @param TestSuite<Test> $suite
     */
    public function startTestSuite(TestSuite $suite): void
    {
        if ($this->depth++ === 0 && $this->tests !== null) {
            $this->tests->begin($suite->count());
        }
    }

    /**
     * @param TestSuite<Test> $suite
     */
    public function endTestSuite(TestSuite $suite): void
    {
        if (--$this->depth === 0 && $this->tests !== null) {
            $this->tests->end();
        }
    }

    public function startTest(Test $test): void
    {
        if ($this->tests !== null && $test instanceof TestCase) {
            $name = static function () use ($test): string {
                return self::name($test);
            };
            $this->tests->start($name, get_class($test), $test->getName(false));
        }
    }

    public function endTest(Test $test, float $time): void
    {
        if ($this->tests === null || !$test instanceof TestCase) {
            return;
        }
        $why = $this->tests->finish(self::name($test));
        $result = $test->getTestResultObject();
        if ($why !== null && $result !== null && !$test->hasFailed()) {
            $result->addFailure($test, new AssertionFailedError($why), $time);
        }
    }

    private static function name(TestCase $test): string
    {
        return get_class($test) . '::' . $test->getName();
    }
}
