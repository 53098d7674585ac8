<?php

require getenv('MARKS_PACKAGE') . '/autoload.php';

spl_autoload_register(static function (string $class): void {
    foreach ([__DIR__, getenv('SUITE')] as $dir) {
        $file = $dir . '/src/' . str_replace('Port', 'Service', substr($class, 4)) . '.php';
        if (strncmp($class, 'App\\', 4) === 0 && is_file($file)) {
            require_once $file;
        }
    }
});
