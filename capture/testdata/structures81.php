<?php
enum Suit: string { case H = 'h'; case S = 's'; const W = self::H; public static function all() { return self::cases(); } }
$suits = Suit::cases(); $from = Suit::from('h'); made('Suit', 2);
class RO { public function __construct(public readonly array $a, private ?Suit $s = null) {} } $ro = []; for ($i = 0; $i < 100; $i++) $ro[] = new RO([$i, "s$i"], Suit::S); made('RO', 100);
$fibers = []; for ($i = 0; $i < 20; $i++) { $fb = new Fiber(function ($z) { $loc = new Node(-20); $arr = range(1, 50); $back = Fiber::suspend($loc); return $arr; }); $fb->start($i); $fibers[] = $fb; } made('Fiber', 20); unset($fb);
$fcc = strlen(...); $mcc = $list->__wakeup(...);
