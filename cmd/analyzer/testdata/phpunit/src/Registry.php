<?php

namespace App;

final class Registry
{
    private static array $items = [];

    public static function add(object $item): void
    {
        self::$items[] = $item;
    }
}
