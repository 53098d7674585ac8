package watch_test

import (
	"errors"
	"io"
	"os/exec"
	"testing"
	"time"

	"memtrail/capture"
	"memtrail/capture/memory"
	"memtrail/capture/watch"
	"memtrail/internal/phptest"
)

// start runs a program whose standard input is ours.
func start(t *testing.T, name string, args ...string) *phptest.Program {
	t.Helper()
	return phptest.Start(t, exec.Command(name, args...))
}

// until reads until a reading is as it should be.
func until(t *testing.T, p *watch.Process, what string, good func(watch.Reading) bool) watch.Reading {
	t.Helper()
	var r watch.Reading
	for range 2000 {
		var err error
		if r, err = p.Read(); err != nil {
			if errors.Is(err, memory.ErrPermission) {
				t.Skip(err)
			}
			t.Fatal(err)
		}
		if good(r) {
			return r
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatalf("never %s: %+v", what, r)
	return r
}

func asleep(r watch.Reading) bool { return r.Found && r.Wait.Asleep }

// A reading has what a capture of the same moment has, on every version.
func TestReadingIsWhatPHPCounts(t *testing.T) {
	t.Parallel()
	const script = `$a = []; for ($i = 0; $i < 20000; $i++) { $a[] = "row $i"; }
		$gone = str_repeat("x", 5000000); unset($gone);
		function inner() { fgets(STDIN); } function outer() { inner(); }
		echo "ready\n"; outer(); do { $line = fgets(STDIN); } while ($line === "on\n");`
	for _, php := range phptest.Builds(t) {
		t.Run(php.Name, func(t *testing.T) {
			t.Parallel()
			c := start(t, php.Path, "-d", "memory_limit=64M", "-r", script)
			c.Line(t)
			p, err := watch.Open(c.PID(), false)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			deep := until(t, p, "asleep", asleep)
			x, err := capture.Process(c.PID(), capture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			h := x.Header()
			x.Close()
			if deep.Usage != h.MemoryUsage || deep.Peak != h.PeakMemoryUsage || deep.Real != h.MemoryUsageReal {
				t.Errorf("a reading has %d, peak %d, real %d; a capture %d, %d, %d", deep.Usage, deep.Peak, deep.Real, h.MemoryUsage, h.PeakMemoryUsage, h.MemoryUsageReal)
			}
			if deep.Limit != 64<<20 || deep.PHP != x.PHP || deep.Fatal || !deep.Request || deep.RSS < deep.Usage {
				t.Errorf("%+v", deep)
			}
			// The same place again is the same, another one is not.
			io.WriteString(c.In, "\n")
			shallow := until(t, p, "elsewhere", func(r watch.Reading) bool { return asleep(r) && r.Wait.Place != deep.Wait.Place })
			if shallow.Wait.Depth >= deep.Wait.Depth || shallow.Ran <= deep.Ran {
				t.Errorf("in a function %+v, outside %+v", deep, shallow)
			}
			io.WriteString(c.In, "on\n")
			again := until(t, p, "asleep again", func(r watch.Reading) bool { return asleep(r) && r.Ran > shallow.Ran })
			if again.Wait != shallow.Wait {
				t.Errorf("the same place is %+v, then %+v", shallow.Wait, again.Wait)
			}
			io.WriteString(c.In, "\n")
			ended(t, c, p)
		})
	}
}

// ended waits for the end of a program and expects to be told so.
func ended(t *testing.T, c *phptest.Program, p *watch.Process) {
	t.Helper()
	for range 2000 {
		if _, err := p.Read(); errors.Is(err, memory.ErrGone) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Error("the end of the program is not noticed")
}

// A program that executes another one is found again, and told to be fresh.
func TestExecIsNoticed(t *testing.T) {
	t.Parallel()
	php := phptest.Builds(t)[0].Path
	c := start(t, "/bin/sh", "-c", `read x; exec "$0" -r 'echo "ready\n"; fgets(STDIN);'`, php)
	p, err := watch.Open(c.PID(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if r, err := p.Read(); err != nil || r.Found {
		t.Fatalf("a shell is %+v, %v", r, err)
	}
	io.WriteString(c.In, "\n")
	c.Line(t)
	if r := until(t, p, "found", func(r watch.Reading) bool { return r.Found }); !r.Fresh {
		t.Errorf("%+v", r)
	}
	if r := until(t, p, "found", func(r watch.Reading) bool { return r.Found }); r.Fresh {
		t.Errorf("%+v", r)
	}
}

// What is no wait for work: a child, and output that nobody takes.
func TestWaitsThatAreWork(t *testing.T) {
	t.Parallel()
	php := phptest.Builds(t)[0].Path
	for name, script := range map[string]string{
		"child":  `echo "ready\n"; $p = proc_open(["sleep", "60"], [], $pipes); echo "x\n"; proc_close($p);`,
		"output": `echo "ready\n"; while (true) { echo str_repeat("x", 100000); }`,
		"busy":   `echo "ready\n"; while (true) { $x = sqrt(2); }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, php, "-r", script)
			c.Line(t)
			p, err := watch.Open(c.PID(), false)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			until(t, p, "found", func(r watch.Reading) bool { return r.Found })
			time.Sleep(50 * time.Millisecond)
			for range 50 {
				if r, err := p.Read(); err != nil || r.Wait.Asleep {
					t.Fatalf("%+v, %v", r, err)
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	// Only input ends some of them.
	input := map[string]bool{"input": true, "select for long": true}
	for name, script := range map[string]string{
		"select for long": `echo "ready\n"; $r = [STDIN]; $w = $e = null; stream_select($r, $w, $e, null);`,
		"sleep":           `echo "ready\n"; while (true) { usleep(300000); }`,
		"input":           `echo "ready\n"; fgets(STDIN);`,
		"select":          `echo "ready\n"; $r = [STDIN]; $w = $e = null; stream_select($r, $w, $e, 60);`,
		"socket":          `[$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0); echo "ready\n"; fread($a, 10);`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, php, "-r", script)
			c.Line(t)
			p, err := watch.Open(c.PID(), false)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if r := until(t, p, "asleep", asleep); r.Wait.Input != input[name] {
				t.Errorf("that only input ends it is %t", r.Wait.Input)
			}
		})
	}
}
