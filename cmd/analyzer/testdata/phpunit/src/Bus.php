<?php

namespace App;

/** Is known to all tests, and made by the one that uses it. */
final class Bus
{
    private static ?self $instance = null;
    private array $handlers = [];

    public static function instance(): self
    {
        return self::$instance ??= new self();
    }

    public function handle(string $message, \Closure $handler): void
    {
        $this->handlers[$message][] = $handler;
    }
}
