<?php

namespace App;

final class Dispatcher
{
    private static ?self $instance = null;
    private array $listeners = [];

    public static function instance(): self
    {
        return self::$instance ??= new self();
    }

    public function listen(string $event, \Closure $listener): void
    {
        $this->listeners[$event][] = $listener;
    }

    public function dispatch(string $event): int
    {
        return count($this->listeners[$event] ?? []);
    }
}
