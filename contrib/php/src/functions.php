<?php

declare(strict_types=1);

namespace Memtrail;

/**
 * Says that a unit of work has ended: a job, a request, a message.
 *
 * Under `analyzer record --marks` this notes what is in use, in a microsecond or
 * two, and waits where the recorder is to look. Elsewhere it does nothing.
 *
 * @param string $name of the kind of unit, the class of a job say: units of one
 *                     name are compared with each other
 */
function mark(string $name): void
{
    static $recorded = null;
    if ($recorded === null) {
        $recorded = Recorder::get() !== null;
    }
    if ($recorded === false) {
        return;
    }
    $recorder = Recorder::get();
    if ($recorder !== null) {
        $recorder->mark($name, memory_get_usage());
    }
}
