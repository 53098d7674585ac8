<?php

// A worker of Symfony's Messenger; Import leaks into a static.

require 'Symfony/Component/Messenger/autoload.php';
require 'Symfony/Component/EventDispatcher/autoload.php';
require getenv('MARKS_PACKAGE') . '/autoload.php';

use Symfony\Component\EventDispatcher\EventDispatcher;
use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\Event\WorkerRunningEvent;
use Symfony\Component\Messenger\Handler\HandlersLocator;
use Symfony\Component\Messenger\MessageBus;
use Symfony\Component\Messenger\Middleware\HandleMessageMiddleware;
use Symfony\Component\Messenger\Transport\Receiver\ReceiverInterface;
use Symfony\Component\Messenger\Worker;

final class Import
{
    public static array $log = [];
}

final class Send
{
}

final class Queue implements ReceiverInterface
{
    public int $n = 0;

    public function get(): iterable
    {
        return [new Envelope($this->n++ % 3 ? new Send() : new Import())];
    }

    public function ack(Envelope $envelope): void
    {
    }

    public function reject(Envelope $envelope): void
    {
    }
}

$bus = new MessageBus([new HandleMessageMiddleware(new HandlersLocator([
    Import::class => [static function (Import $m): void { Import::$log[] = ['row ' . count(Import::$log), str_repeat('x', 500)]; }],
    Send::class => [static function (Send $m): void { if (mt_rand() < 0) { echo 'never'; } }],
]))]);
$queue = new Queue();
$events = new EventDispatcher();
$events->addSubscriber(new Memtrail\Symfony\MarkSubscriber());
$events->addListener(WorkerRunningEvent::class, static function (WorkerRunningEvent $e) use ($queue): void {
    if ($queue->n >= 90) {
        $e->getWorker()->stop();
    }
});
(new Worker(['queue' => $queue], $bus, $events))->run(['sleep' => 0]);
