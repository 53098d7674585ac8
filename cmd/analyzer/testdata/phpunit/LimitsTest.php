<?php

namespace Tests;

use App\Cache;
use App\Dispatcher;
use App\Metadata;
use App\Registry;
use Memtrail\PHPUnit\Leaks;
use PHPUnit\Framework\TestCase;

final class LimitsTest extends TestCase
{
    private $cache;
    private $mine = [];

    protected function setUp(): void
    {
        $this->cache = Cache::instance();
        Dispatcher::instance(); // not for the first time in the test that leaks there
    }

    public function testNothing(): void
    {
        self::assertTrue(true);
    }

    /** @leaks none */
    #[Leaks('none')]
    public function testClean(): void
    {
        self::assertSame(2, array_sum([1, 1]));
    }

    /** @leaks none */
    #[Leaks('none')]
    public function testLeaksThroughTheCase(): void
    {
        for ($i = 0; $i < 50; $i++) {
            $this->cache->get("user.$i", static function () use ($i) { return str_repeat((string) $i, 1000); });
        }
        self::assertTrue(true);
    }

    /** @leaks none */
    #[Leaks('none')]
    public function testKeepsInItsProperties(): void
    {
        for ($i = 0; $i < 100; $i++) {
            $this->mine[] = new \ArrayObject(range(1, 100));
        }
        self::assertTrue(true);
    }

    /** @leaks 100KB */
    #[Leaks('100KB')]
    public function testLeaksLessThanItMay(): void
    {
        for ($i = 0; $i < 50; $i++) {
            Registry::add(new \ArrayObject(range(1, 20)));
        }
        self::assertTrue(true);
    }

    /** @leaks none */
    #[Leaks('none')]
    public function testCycles(): void
    {
        for ($i = 0; $i < 500; $i++) {
            $a = new \stdClass();
            $a->self = $a;
            $a->text = str_repeat('x', 100 + $i);
        }
        self::assertTrue(true);
    }

    /** @leaks none */
    #[Leaks('none')]
    public function testLoads(): void
    {
        Metadata::of(self::class);
        Metadata::of(\DOMDocument::class);
        self::assertSame('1005', Metadata::word(5));
    }

    /** @leaks 10KB */
    #[Leaks('10KB')]
    public function testLeaksMoreThanItMay(): void
    {
        $big = range(1, 3000);
        Dispatcher::instance()->listen('saved', static function () use ($big) { return $big; });
        self::assertTrue(true);
    }

    /**
     * @leaks none
     * @runInSeparateProcess
     * @preserveGlobalState disabled
     */
    #[Leaks('none')]
    #[\PHPUnit\Framework\Attributes\RunInSeparateProcess]
    #[\PHPUnit\Framework\Attributes\PreserveGlobalState(false)]
    public function testElsewhere(): void
    {
        Registry::add(new \ArrayObject(range(1, 5000)));
        self::assertTrue(true);
    }
}
