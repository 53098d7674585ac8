<?php
class Hooked { public string $full { get => 'x' . $this->n; set(string $v) { $this->n = $v; } } private string $n = 'n'; }
$hk = []; for ($i = 0; $i < 50; $i++) { $h = new Hooked; $h->full = "f$i"; $hk[] = $h; } made('Hooked', 50); unset($h);
class Lz { public $a; public $b; function __construct() { $this->a = range(1, 20); } }
$lz = []; for ($i = 0; $i < 50; $i++) $lz[] = (new ReflectionClass(Lz::class))->newLazyGhost(function ($o) { $o->__construct(); }); for ($i = 0; $i < 10; $i++) $x = $lz[$i]->a;
for ($i = 0; $i < 30; $i++) $lz[] = (new ReflectionClass(Lz::class))->newLazyProxy(function ($o) { return new Lz; }); made('Lz', 80);
