package capture_test

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"memtrail/capture"
	"memtrail/capture/memory"
	"memtrail/dump"
	"memtrail/internal/phptest"
)

// writeProgram writes a PHP program of so many classes, in files of 20, with a heap of so
// many objects: as large as a test runner with its framework.
func writeProgram(b *testing.B, classes, objects int) (path string) {
	b.Helper()
	dir := b.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("<?php\nnamespace App;\n"+text), 0o600); err != nil {
			b.Fatal(err)
		}
		return path
	}
	const class = `
abstract class Model%[1]d {
	public static array $loaded = [];
	protected ?Model%[1]d $next = null;
	private array $rows = [];
	public function __construct(protected string $name, private array $options = ['cache' => true, 'limit' => 100]) { $this->setUp(); }
	protected function setUp(): void { $this->options['table'] ??= strtolower($this->name); }
	public function add(array $row): static {
		if (!isset($row['id'])) { throw new \InvalidArgumentException(sprintf('no id in %%s', $this->name)); }
		$this->rows[$row['id']] = $row;
		self::$loaded[] = $this;
		return $this;
	}
	public function remove(int $id): void { unset($this->rows[$id], self::$loaded[$id]); }
	public function each(callable $f): array { return array_map(fn (array $row) => $f($row, $this->name), $this->rows); }
	public function find(string $key): ?array {
		foreach ($this->rows as $id => $row) { if (str_contains($row['name'] ?? '', $key)) { return $row + ['id' => $id]; } }
		return null;
	}
	public function next(Model%[1]d $model): void { $model->next = $this->next; $this->next = $model; }
}
final class Item%[1]d extends Model%[1]d { public int $count = 0; public function count(): int { return $this->count += count($this->options ?? []); } }
`
	var text strings.Builder
	var main strings.Builder
	for i := range classes {
		fmt.Fprintf(&text, class, i)
		if i%20 == 19 || i == classes-1 {
			fmt.Fprintf(&main, "require %q;\n", write(fmt.Sprintf("models%d.php", i/20), text.String()))
			text.Reset()
		}
	}
	fmt.Fprintf(&main, `$all = [];
for ($i = 0; $i < %d; $i++) {
	$class = 'App\Item' . $i %% %d;
	$all["item $i"] = (new $class("Model $i"))->add(['id' => $i, 'name' => "row $i", 'tags' => [$i, "tag $i"]]);
}
echo "ready\n";
fgets(STDIN);
`, objects, classes)
	return write("main.php", main.String())
}

// A core of such a program, from its memory to the text of a dump.
func BenchmarkRead(b *testing.B) {
	cmd := exec.Command(phptest.Any(b), writeProgram(b, 400, 2000))
	cmd.Stderr = os.Stderr
	p := phptest.Start(b, cmd)
	p.Line(b)
	c, err := capture.Process(p.PID(), capture.Options{})
	if err != nil {
		b.Skip(err)
	}
	var core bytes.Buffer
	if _, err = c.Items(true, func(*dump.Item) {}); err == nil { // what it reads belongs into the core
		err = c.WriteCore(&core, elf.EM_X86_64)
	}
	if err != nil {
		b.Fatal(err)
	}
	c.Close()
	p.Stop()
	b.ReportAllocs()
	items := uint64(0)
	for b.Loop() {
		image, err := memory.ParseCore(core.Bytes(), "")
		if err != nil {
			b.Fatal(err)
		}
		c, err := capture.FromImage(image, capture.Options{})
		if err != nil {
			b.Fatal(err)
		}
		header := c.Header()
		out := dump.NewWriter(io.Discard, &header)
		info, err := c.Items(true, out.Item)
		if err == nil {
			err = out.Close(info.Capture)
		}
		if err != nil {
			b.Fatal(err)
		}
		items = info.Items
		c.Close()
	}
	b.ReportMetric(float64(items), "items")
}
