<?php
// An event store that never forgets: 1,500 events, each with a payload of three texts.
namespace Shop;
final class Event { public function __construct(public string $type, public array $payload, public int $version) {} }
final class Stream {
    private array $events = [];
    private array $index = [];
    public function append(string $type, array $payload): void { $this->events[] = new Event($type, $payload, count($this->events)); }
    public function count(): int { return count($this->events); }
}
final class Checkout {
    public function __construct(private Stream $stream) {}
    public function order(int $i): void { $this->stream->append('order.placed', $this->payload($i)); }
    private function payload(int $i): array { return ['customer' => "customer number $i", 'total' => "EUR " . ($i * 3) . '.50', 'note' => str_repeat('n', 20) . $i]; }
}
final class Prices { private array $rows = []; public function load(): void { for ($i = 0; $i < 400; $i++) $this->rows["sku-$i"] = $i * 1.5; } }
function main(): Stream { $s = new Stream; $c = new Checkout($s); for ($i = 0; $i < 1500; $i++) $c->order($i); return $s; }
$prices = new Prices; $prices->load();
$stream = main();
require __DIR__ . '/dump.php';
