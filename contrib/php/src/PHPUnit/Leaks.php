<?php

declare(strict_types=1);

namespace Memtrail\PHPUnit;

/**
 * How much memory a test may leave behind: #[Leaks('none')], #[Leaks('10KB')]; of
 * a class, each of its tests. On PHP 7.4 the annotation @leaks does the same.
 */
#[\Attribute(\Attribute::TARGET_CLASS | \Attribute::TARGET_METHOD)]
final class Leaks
{
    public string $limit;

    public function __construct(string $limit = 'none')
    {
        $this->limit = $limit;
    }
}
