<?php

namespace App;

final class Cache
{
    private static ?self $instance = null;
    private array $store = [];

    public static function instance(): self
    {
        return self::$instance ??= new self();
    }

    public function get(string $key, callable $make)
    {
        return $this->store[$key] ??= $make();
    }
}
