<?php
// A queue worker with a leak: it keeps what it did, and only a command that
// nobody sends clears the list. Its cache has a limit and stays as it is.
namespace App;

class Job
{
    public array $payload;
    public \DateTimeImmutable $at;

    public function __construct(public int $id)
    {
        $this->payload = ['customer' => $id % 97, 'text' => str_repeat('x', 300 + $id % 50)];
        $this->at = new \DateTimeImmutable('@' . (1700000000 + $id));
    }
}

class Result
{
    public function __construct(public Job $job, public array $log)
    {
    }
}

class History
{
    private array $results = [];

    public function add(Result $result): void
    {
        $this->results[] = $result;
    }

    public function clear(): void
    {
        $this->results = [];
    }
}

class Templates
{
    private array $byName = [];

    public function get(string $name): string
    {
        if (count($this->byName) >= 40) {
            array_shift($this->byName);
        }
        return $this->byName[$name] ??= str_repeat($name, 200);
    }
}

class Worker
{
    private History $history;
    private Templates $templates;

    public function __construct()
    {
        $this->history = new History();
        $this->templates = new Templates();
    }

    public function work(int $id): void
    {
        $job = new Job($id);
        $page = $this->templates->get('template ' . $id % 60);
        $picture = str_repeat($page, 20 + $id % 7 * 40);
        $this->history->add(new Result($job, [strlen($picture), md5($picture)]));
        usleep(1500);
    }
}

$worker = new Worker();
for ($id = 1; $id <= 1200; $id++) {
    $worker->work($id);
    if ($id % 50 === 0) {
        usleep(60000); // waits for jobs
    }
}

// Recorded by: analyzer record -o recorded --count 6 --when-idle --cooldown 600ms -- php worker.php
