<?php

declare(strict_types=1);

namespace Memtrail\Symfony;

use Memtrail\Recorder;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\Messenger\Event\AbstractWorkerMessageEvent;
use Symfony\Component\Messenger\Event\WorkerMessageFailedEvent;
use Symfony\Component\Messenger\Event\WorkerMessageHandledEvent;

use function Memtrail\mark;

/**
 * A mark for each message that a worker of Symfony's Messenger has handled, or
 * failed to; its name is the message's class.
 *
 * Registered by autoconfiguration, or by
 * `$dispatcher->addSubscriber(new MarkSubscriber())`.
 */
final class MarkSubscriber implements EventSubscriberInterface
{
    private const LAST = -4096; // other subscribers have done what they do

    /**
     * @return array<string, array{string, int}>
     */
    public static function getSubscribedEvents(): array
    {
        if (Recorder::get() === null) {
            return [];
        }

        return [
            WorkerMessageHandledEvent::class => ['handled', self::LAST],
            WorkerMessageFailedEvent::class => ['handled', self::LAST],
        ];
    }

    public function handled(AbstractWorkerMessageEvent $event): void
    {
        mark(get_class($event->getEnvelope()->getMessage()));
    }
}
