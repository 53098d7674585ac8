<?php

declare(strict_types=1);

namespace Memtrail;

/**
 * The recorder at the other end of the socket that ANALYZER_MARKS names; see
 * "Units of work" in docs/record.md of memtrail for the protocol.
 *
 * An exchange with it takes as long as some hundred lines of PHP. So it says with
 * each answer which units it need not see at once: these are collected, for some
 * milliseconds at most, and sent with the next one that it is to see.
 *
 * Nothing that goes wrong here reaches the program: a recorder that does not
 * answer in time, or has gone, is not asked again.
 */
final class Recorder
{
    private const VERSION = 1;
    private const CONNECTING = 1.0; // seconds
    private const ANSWERING = 10;   // seconds; a dump is copied meanwhile
    private const JUDGING = 60;     // seconds; two dumps are compared meanwhile
    private const LONGEST_NAME = 512;
    private const LONGEST_LINE = 4096;
    private const MOST_LINES = 64;
    private const COLLECTING = 20000000; // nanoseconds
    private const MOST_COLLECTED = 32768; // bytes

    private static ?self $instance = null;
    private static bool $asked = false;

    private string $address;
    private int $plan = 0;
    /** The process that has opened the stream: a forked one opens its own. */
    private int $pid = 0;
    /** @var resource|null */
    private $stream = null;
    private bool $gone = false;
    /** The program ends: there is no later. */
    private bool $ends = false;

    /** Units that need not be told of at once. */
    private int $later = 0;
    /** Bytes that none of them may have left. */
    private int $least = 0;
    /** The lines of those that have ended, since a time. */
    private string $lines = '';
    private int $since = 0;
    /** What was in use when the last unit had been noted; -1: not known. */
    private int $base = -1;

    private function __construct(string $address)
    {
        $this->address = $address;
    }

    /**
     * The recorder of this program; null if nobody records it.
     */
    public static function get(): ?self
    {
        if (!self::$asked) {
            self::$asked = true;
            $address = getenv('ANALYZER_MARKS');
            if (is_string($address) && $address !== '') {
                self::$instance = new self($address);
            }
        }

        return self::$instance;
    }

    /**
     * Says that units begin, and how many there will be.
     */
    public function begin(int $units): void
    {
        $this->plan = max($units, 0);
        $this->connect();
    }

    /**
     * Says that a unit begins that has a limit.
     */
    public function expect(string $name, int $usage): void
    {
        $this->ask('BEGIN ' . $usage . ' ' . self::escape($name), self::ANSWERING);
    }

    /**
     * Says that a unit has ended.
     *
     * @param string   $name  of the unit
     * @param int      $usage memory_get_usage()
     * @param int|null $left  bytes that it has left behind; null: since the last mark
     * @param int|null $limit bytes that it may leave behind; null: any number
     * @param bool     $code  whether files or classes were loaded meanwhile
     *
     * @return Verdict|null what holds the memory of a unit that is over its limit,
     *                      if the recorder has looked
     */
    public function mark(string $name, int $usage, ?int $left = null, ?int $limit = null, bool $code = false): ?Verdict
    {
        if ($this->gone) {
            return null;
        }
        if ($left === null && $this->base >= 0) {
            $left = $usage - $this->base; // what is collected is none of the unit's
        }
        $over = $limit !== null && $left !== null && $left > $limit;
        $may = $limit ?? '-';
        if (preg_match('/[\x00-\x1f%\x7f]/', $name) !== 0 || $name === '' || isset($name[self::LONGEST_NAME])) {
            $name = self::escape($name);
        }
        if ($this->later > 0 && $left !== null && $left < $this->least && !$over && $this->collects()) {
            $flags = $code ? 'code,later' : 'later';
            $this->lines .= "MARK $usage $left $may $flags $name\n";
            $this->later--;
            $this->base = memory_get_usage();

            return null;
        }
        $left = $left ?? '-';
        $flags = $code ? 'code' : '-';
        $verdict = $this->judge("MARK $usage $left $may $flags $name", $over ? self::JUDGING : self::ANSWERING);
        $this->base = memory_get_usage();

        return $verdict;
    }

    /**
     * Whether another unit may wait to be told of: not long, and none that the
     * process has from the one that it was forked from.
     */
    private function collects(): bool
    {
        return hrtime(true) - $this->since < self::COLLECTING && strlen($this->lines) < self::MOST_COLLECTED && getmypid() === $this->pid;
    }

    private function judge(string $line, int $seconds): ?Verdict
    {
        $answer = $this->ask($line, $seconds);
        if ($answer === null || preg_match('/^HELD (\d{1,18}) (\d{1,3})(?: |$)/', $answer, $m) !== 1) {
            return null;
        }
        $trace = [];
        for ($n = min((int) $m[2], self::MOST_LINES); $n > 0; $n--) {
            $line = $this->read();
            if ($line === null) {
                return null;
            }
            $trace[] = rawurldecode(str_replace('+', '%2B', $line));
        }

        return new Verdict((int) $m[1], $trace);
    }

    /**
     * Says that there are no more units.
     */
    public function end(int $usage): void
    {
        $this->ask('END ' . $usage, self::ANSWERING);
    }

    private function connect(): bool
    {
        $pid = (int) getmypid();
        if ($pid === $this->pid && $this->stream !== null) {
            return true;
        }
        if ($this->gone) {
            return false;
        }
        if ($this->pid === 0) {
            register_shutdown_function(function (): void {
                $this->tell();
            });
        }
        $this->pid = $pid;
        $this->lines = ''; // a forked process has those of another
        $this->base = -1;
        $stream = self::quietly(function () {
            return stream_socket_client('unix://' . $this->address, $number, $text, self::CONNECTING);
        });
        if (!is_resource($stream)) {
            $this->leave();

            return false;
        }
        $this->stream = $stream;

        return $this->exchange('HELLO ' . self::VERSION . ' ' . PHP_VERSION . ' ' . $this->plan . ' later', self::ANSWERING) !== null;
    }

    /**
     * Tells of what was collected, at the end of the program.
     */
    private function tell(): void
    {
        if ($this->lines !== '' && getmypid() === $this->pid) {
            $this->exchange('WAIT', self::ANSWERING);
        }
        $this->later = 0;
        $this->ends = true;
    }

    private function ask(string $line, int $seconds): ?string
    {
        return $this->connect() ? $this->exchange($line, $seconds) : null;
    }

    /**
     * Writes a line, behind those that were collected, and reads the first one of
     * the answer.
     */
    private function exchange(string $line, int $seconds): ?string
    {
        $stream = $this->stream;
        if ($stream === null) {
            return null;
        }
        $line = $this->lines . $line . "\n";
        $this->lines = '';
        $this->later = 0;
        $written = self::quietly(static function () use ($stream, $line, $seconds) {
            stream_set_timeout($stream, $seconds);
            // What PHP reads into is not cleared: the less of it there is, the
            // less looks as if it held what it held before.
            stream_set_chunk_size($stream, 64);

            return fwrite($stream, $line);
        });
        if ($written !== strlen($line)) {
            $this->leave();

            return null;
        }
        $answer = $this->read();
        if ($answer !== null && strncmp($answer, 'NO', 2) === 0) {
            $this->leave();

            return null;
        }
        if ($answer !== null && preg_match('/^(?:OK|HELD \d+ \d+) (\d{1,9}) (\d{1,18}|-)$/', $answer, $m) === 1) {
            $this->later = $this->ends ? 0 : (int) $m[1];
            $this->least = $m[2] === '-' ? PHP_INT_MAX : (int) $m[2];
            $this->since = hrtime(true);
        }

        return $answer;
    }

    private function read(): ?string
    {
        $stream = $this->stream;
        if ($stream === null) {
            return null;
        }
        $line = self::quietly(static function () use ($stream) {
            return fgets($stream, self::LONGEST_LINE + 1);
        });
        if (!is_string($line) || substr($line, -1) !== "\n") {
            $this->leave();

            return null;
        }

        return substr($line, 0, -1);
    }

    /**
     * The recorder has gone, or is too slow: it is not asked again.
     */
    private function leave(): void
    {
        $this->gone = true;
        $this->stream = null;
        $this->later = 0;
        $this->lines = '';
    }

    /**
     * Calls a function whose warnings are nobody's business, not even that of an
     * error handler which does not respect @.
     *
     * @template T
     *
     * @param callable(): T $do
     *
     * @return T|null
     */
    private static function quietly(callable $do)
    {
        set_error_handler(static function (): bool {
            return true;
        });
        try {
            return $do();
        } catch (\Throwable $e) {
            return null;
        } finally {
            restore_error_handler();
        }
    }

    private static function escape(string $name): string
    {
        if (strlen($name) > self::LONGEST_NAME) {
            $name = substr($name, 0, self::LONGEST_NAME);
        }
        $escaped = preg_replace_callback('/[\x00-\x1f%\x7f]/', static function (array $m): string {
            return sprintf('%%%02X', ord($m[0]));
        }, $name);

        return $escaped === null || $escaped === '' ? '-' : $escaped;
    }
}
