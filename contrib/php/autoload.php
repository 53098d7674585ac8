<?php

declare(strict_types=1);

// For programs without Composer: require this file.

require_once __DIR__ . '/src/functions.php';

spl_autoload_register(static function (string $class): void {
    if (strncmp($class, 'Memtrail\\', 9) !== 0) {
        return;
    }
    $file = __DIR__ . '/src/' . str_replace('\\', '/', substr($class, 9)) . '.php';
    if (is_file($file)) {
        require_once $file;
    }
});
