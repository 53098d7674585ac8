<?php

namespace App;

/** Fills once: by class. */
final class Metadata
{
    private static array $of = [];
    private static ?array $words = null;

    public static function of(string $class): array
    {
        return self::$of[$class] ??= array_map(static function (\ReflectionMethod $m): array {
            return [$m->getName(), str_repeat('m', 500)];
        }, (new \ReflectionClass($class))->getMethods());
    }

    public static function word(int $n): string
    {
        if (self::$words === null) {
            self::$words = array_map('strval', range(1000, 3000));
        }

        return self::$words[$n];
    }
}
