<?php

declare(strict_types=1);

namespace Memtrail\PHPUnit;

use Memtrail\Recorder;

/**
 * Measures what each test leaves behind and tells the recorder. It is what the
 * extension of PHPUnit 10 and the listener of PHPUnit 9 have in common.
 *
 * @internal
 */
final class Tests
{
    /** Bytes: what is less is not worth a look at it. */
    private const LEAST = 1024;
    /** Bytes that every test may leave with "none": caches of the runtime's own. */
    private const NONE = 1024;

    /** Tests by which it is known what each leaves. */
    private const RECENT = 8;

    private Recorder $recorder;
    private int $before = -1;
    private ?int $limit = null;
    private int $loaded = 0;
    /** @var list<int> what the last tests have left */
    private array $recent = [];
    /** @var array<class-string, int|null> the limits of classes */
    private array $limits = [];

    private function __construct(Recorder $recorder)
    {
        $this->recorder = $recorder;
    }

    /**
     * Null if nobody records.
     */
    public static function recorded(): ?self
    {
        $recorder = Recorder::get();

        return $recorder === null ? null : new self($recorder);
    }

    public function begin(int $tests): void
    {
        $this->recorder->begin($tests);
        $this->loaded = self::loaded();
    }

    /**
     * A test begins.
     *
     * @param callable(): string $name
     */
    public function start(callable $name, string $class, string $method): void
    {
        $this->limit = $this->limitOf($class, $method);
        if ($this->limit !== null) {
            $this->recorder->expect($name(), memory_get_usage());
        }
        $this->before = memory_get_usage();
    }

    /**
     * Whether a test is measured whose end has not been told.
     */
    public function running(): bool
    {
        return $this->before >= 0;
    }

    /**
     * Whether that test has a limit.
     */
    public function limited(): bool
    {
        return $this->running() && $this->limit !== null;
    }

    /**
     * A test has ended.
     *
     * @return string|null why it is to fail
     */
    public function finish(string $name): ?string
    {
        if (!$this->running()) {
            return null;
        }
        $usage = memory_get_usage();
        $usual = $this->usual();
        $left = $usage - $this->before - $usual;
        $code = false;
        if ($left >= self::LEAST) {
            $loaded = self::loaded();
            $code = $loaded !== $this->loaded;
            $this->loaded = $loaded;
            if (!$code || $this->limit !== null) {
                // Garbage that waits for the collector is no leak.
                gc_collect_cycles();
                $usage = memory_get_usage();
                $left = $usage - $this->before - $usual;
            }
        }
        $this->recent[] = $left + $usual;
        if (count($this->recent) > self::RECENT) {
            array_shift($this->recent);
        }
        $limit = $this->limit;
        $this->before = -1;
        $verdict = $this->recorder->mark($name, $usage, $left, $limit, $code);
        if ($verdict === null || $limit === null || $verdict->held() <= $limit) {
            return null;
        }

        return sprintf("The test leaves %s behind, and may leave %s:\n%s", self::size($verdict->held()), $limit <= self::NONE ? 'none' : self::size($limit), implode("\n", $verdict->trace()));
    }

    /**
     * What PHPUnit itself notes of each test, in bytes: no test leaves less.
     */
    private function usual(): int
    {
        return count($this->recent) < self::RECENT ? 0 : max(min($this->recent), 0);
    }

    public function end(): void
    {
        $this->recorder->end(memory_get_usage());
    }

    private static function loaded(): int
    {
        return count(get_included_files()) + count(get_declared_classes());
    }

    /**
     * The limit of a test in bytes; null if it has none.
     */
    private function limitOf(string $class, string $method): ?int
    {
        if (!class_exists($class, false)) {
            return null;
        }
        try {
            $own = method_exists($class, $method) ? self::limitIn(new \ReflectionMethod($class, $method)) : null;
        } catch (\ReflectionException $e) {
            return null;
        }
        if ($own !== null) {
            return $own;
        }
        if (!array_key_exists($class, $this->limits)) {
            $this->limits[$class] = self::limitIn(new \ReflectionClass($class));
        }

        return $this->limits[$class];
    }

    /**
     * @param \ReflectionClass<object>|\ReflectionMethod $of
     */
    private static function limitIn(\Reflector $of): ?int
    {
        if (PHP_VERSION_ID >= 80000) {
            foreach ($of->getAttributes(Leaks::class) as $attribute) {
                return self::bytes($attribute->newInstance()->limit);
            }
        }
        $comment = $of->getDocComment();
        if ($comment === false || strpos($comment, '@leaks') === false) {
            return null;
        }

        return preg_match('/@leaks\s+(\S+)/', $comment, $m) === 1 ? self::bytes($m[1]) : null;
    }

    private static function bytes(string $limit): ?int
    {
        if ($limit === 'none') {
            return self::NONE;
        }
        if (preg_match('/^(\d+(?:\.\d+)?)\s*([KMG]?)i?B?$/i', $limit, $m) !== 1) {
            return null;
        }
        $factor = ['' => 1, 'K' => 1024, 'M' => 1024 ** 2, 'G' => 1024 ** 3][strtoupper($m[2])];

        return (int) min((float) $m[1] * $factor, 2 ** 50);
    }

    private static function size(int $bytes): string
    {
        if ($bytes < 1024) {
            return $bytes . ' B';
        }

        return $bytes < 1024 ** 2 ? round($bytes / 1024, 1) . ' KiB' : round($bytes / 1024 ** 2, 1) . ' MiB';
    }
}
