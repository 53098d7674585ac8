<?php

declare(strict_types=1);

namespace Memtrail;

/**
 * What holds the memory that a unit of work has left behind.
 */
final class Verdict
{
    /** Bytes that are held; what a first use fills is not among them. */
    private int $held;
    /** @var list<string> */
    private array $trace;

    /**
     * @param list<string> $trace lines for people: what holds it, and where that is added
     */
    public function __construct(int $held, array $trace)
    {
        $this->held = $held;
        $this->trace = $trace;
    }

    public function held(): int
    {
        return $this->held;
    }

    /**
     * @return list<string>
     */
    public function trace(): array
    {
        return $this->trace;
    }
}
