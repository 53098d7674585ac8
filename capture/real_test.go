package capture_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"memtrail/capture"
	"memtrail/capture/memory"
	"memtrail/dump"
	"memtrail/internal/cases"
	"memtrail/internal/phptest"
)

// php is an installed build of PHP, and what it is to be run with.
type php struct {
	name, path string
	args       []string
}

// run starts a script of testdata.
func (p php) run(t *testing.T, args ...string) program {
	t.Helper()
	return start(t, p.path, append(slices.Clone(p.args), args...)...)
}

// builds are those installed.
func builds(t *testing.T) []php {
	t.Helper()
	var all []php
	for _, b := range phptest.Builds(t) {
		all = append(all, php{name: b.Name, path: b.Path})
	}
	return all
}

// withJIT gives the builds whose opcache loads without being told where it is,
// once for each kind of its compiler to machine code.
func withJIT(all []php) []php {
	var jit []php
	for _, p := range all {
		if p.name != "8.2-debian" && p.name != "8.5" {
			continue
		}
		for _, kind := range []string{"tracing", "function"} {
			jit = append(jit, php{p.name + " JIT " + kind, p.path, []string{
				"-d", "opcache.enable=1", "-d", "opcache.enable_cli=1", "-d", "opcache.jit=" + kind, "-d", "opcache.jit_buffer_size=32M",
			}})
		}
	}
	return jit
}

// program is a PHP program that runs, and waits for a line on its input.
type program struct{ *phptest.Program }

// start runs a script of testdata. It is killed at the end of the test.
func start(t *testing.T, path string, args ...string) program {
	t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	cmd.Stderr = os.Stderr
	return program{phptest.Start(t, cmd)}
}

// waiting waits until the program sleeps in the kernel: then nothing is in
// flight.
func (p program) waiting(t *testing.T) {
	t.Helper()
	for range 500 {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.LastIndexByte(string(text), ')'); string(text[i+2]) == "S" {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatal("the program does not come to rest")
}

func (p program) capture(t *testing.T, o capture.Options) *capture.Capture {
	t.Helper()
	c, err := capture.Process(p.PID(), o)
	if errors.Is(err, memory.ErrPermission) {
		t.Skipf("tracing is not allowed here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// contents is what a test looks at of a capture.
type contents struct {
	info    dump.Info
	classes map[string]uint64
	types   map[string]uint64
	alloc   uint64
	text    map[string]uint64 // bytes of the strings in a global array, by its name
}

func read(t *testing.T, c *capture.Capture) contents {
	t.Helper()
	x := contents{classes: map[string]uint64{}, types: map[string]uint64{}, text: map[string]uint64{}}
	names := map[dump.Address]string{}
	info, err := c.Items(true, func(it *dump.Item) {
		x.types[string(it.Type)]++
		if it.Has(dump.HasClass) {
			x.classes[string(it.Class)]++
		}
		x.alloc += it.Alloc
		if it.IsRoot && string(it.Type) == "array" {
			for _, a := range it.Addresses {
				names[a] = string(it.Symbol)
			}
		}
		if name, ok := names[it.Address]; ok && string(it.Type) == "string" {
			x.text[name] += it.Size - 16
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	x.info = info
	return x
}

// checkBalance holds what a capture says of itself against what must be.
func checkBalance(t *testing.T, info *dump.Info) {
	t.Helper()
	c := info.Capture
	if !c.Balanced || len(c.Problems) > 0 {
		t.Errorf("the heap is off by %d: %q", c.Off, c.Problems)
	}
	if got, want := int64(c.Blocks.Bytes), int64(info.Header.MemoryUsage)+c.Off; got != want {
		t.Errorf("the blocks sum to %d, want %d", got, want)
	}
	sum := dump.Amount{}
	for _, o := range c.Owners {
		sum.Blocks += o.Blocks
		sum.Bytes += o.Bytes
	}
	native := dump.Amount{}
	for _, o := range c.Native {
		native.Blocks += o.Blocks
		native.Bytes += o.Bytes
	}
	if want := c.Owner("native"); native != want {
		t.Errorf("the holders of native blocks have %+v, the owner native %+v", native, want)
	}
	if sum != c.Blocks {
		t.Errorf("the owners have %+v, the blocks are %+v", sum, c.Blocks)
	}
}

// Each build runs a script that has everything in numbers it knows: objects by
// class, bytes of strings, garbage. The capture must say the same, account for
// every byte and name an owner for nearly all.
func TestStructures(t *testing.T) {
	all := builds(t)
	for _, p := range cases.Sample(append(all, withJIT(all)...), 1, len(all)-1) {
		t.Run(p.name, func(t *testing.T) {
			prog := p.run(t, "testdata/structures.php")
			var said struct {
				Version string            `json:"version"`
				Classes map[string]uint64 `json:"classes"`
				Text    uint64            `json:"text_bytes"`
			}
			if err := json.Unmarshal([]byte(prog.Line(t)), &said); err != nil {
				t.Fatal(err)
			}
			prog.waiting(t)
			c := prog.capture(t, capture.Options{})
			x := read(t, c)
			if c.PHP != said.Version {
				t.Errorf("PHP %s, want %s", c.PHP, said.Version)
			}
			checkBalance(t, &x.info)
			facts := x.info.Capture
			if facts.Off != 0 {
				t.Errorf("the heap is off by %d though nothing is in flight", facts.Off)
			}
			for _, class := range slices.Sorted(maps.Keys(said.Classes)) {
				if x.classes[class] != said.Classes[class] {
					t.Errorf("%d objects of %s, PHP counts %d", x.classes[class], class, said.Classes[class])
				}
			}
			if x.text["texts"] != said.Text {
				t.Errorf("the strings in $texts have %d bytes, PHP counts %d", x.text["texts"], said.Text)
			}
			if u := &facts.Uncollected; u.Objects != 300 || len(u.Classes) != 1 || u.Classes[0].Class != "Node" {
				t.Errorf("uncollected: %+v, want 300 objects of Node", *u)
			}
			usage := x.info.Header.MemoryUsage
			foreign := facts.Owner("native").Bytes + facts.Owner("lost").Bytes + facts.Owner("unknown").Bytes
			if share := 1 - float64(foreign)/float64(usage); share < 0.98 {
				t.Errorf("%.2f %% of the bytes have an owner of PHP's, want 98", 100*share)
			}
			if lost := facts.Owner("lost").Bytes; lost >= 1024 {
				t.Errorf("%d bytes are lost, want less than 1,024", lost)
			}
			checkEngine(t, prog.capture(t, capture.Options{}), "shutdown functions", "error handlers", "autoloaders", "(code)", "(uncollected)")
			if c := facts.Uncollected.Cycles; len(c) != 1 || c[0].Class != "Node" || c[0].Count != 150 || c[0].Example != "Node->next → Node->next" {
				t.Errorf("the cycles are %+v, want 150 of Node", c)
			}
			if c := facts.Collector; c == nil || c.Enabled || c.Threshold != 10_000 || c.Roots == 0 {
				t.Errorf("the collector is %+v, want one that is disabled, with roots", c)
			}
			checkCollected(t, prog)
		})
	}
}

// checkCollected lets PHP's collector run: the process lives on, and what the
// collector frees is what was called uncollected.
func checkCollected(t *testing.T, p program) {
	t.Helper()
	fmt.Fprintln(p.In)
	var said struct{ Collected uint64 }
	if err := json.Unmarshal([]byte(p.Line(t)), &said); err != nil {
		t.Fatal(err)
	}
	if said.Collected != 300 {
		t.Errorf("PHP's collector frees %d, want 300", said.Collected)
	}
}

// Freed page runs leave entries in the page map behind; and opcache puts
// classes, functions and literals elsewhere.
func TestFreedRuns(t *testing.T) {
	for _, p := range builds(t) {
		for _, opcache := range []bool{false, true} {
			name, args := p.name, []string{"testdata/freed.php"}
			if opcache {
				if !strings.HasSuffix(name, "debian") {
					continue
				}
				name, args = name+" opcache", []string{"-d", "opcache.enable_cli=1", "testdata/freed.php"}
			}
			t.Run(name, func(t *testing.T) {
				prog := start(t, p.path, args...)
				prog.Line(t)
				prog.waiting(t)
				x := read(t, prog.capture(t, capture.Options{}))
				checkBalance(t, &x.info)
				if x.info.Capture.Off != 0 {
					t.Errorf("off by %d", x.info.Capture.Off)
				}
			})
		}
	}
}

// A stop falls anywhere, in the middle of the allocator, too: all captures
// balance to the block in flight, and none hurts the process.
func TestBusy(t *testing.T) {
	all := builds(t)
	n := cases.Number(3, 15)
	if !cases.Full() {
		all = all[len(all)-1:]
	}
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			prog := start(t, p.path, "testdata/busy.php")
			prog.Line(t)
			inFlight := 0
			for range n {
				c := prog.capture(t, capture.Options{})
				x := read(t, c)
				checkBalance(t, &x.info)
				if x.info.Capture.Off != 0 {
					inFlight++
				}
				c.Close()
			}
			t.Logf("%d of %d had a block in flight", inFlight, n)
			if err := prog.Process.Signal(os.Signal(os.Interrupt)); err != nil {
				t.Errorf("the process is gone: %v", err)
			}
		})
	}
}

// A core that was written of a capture reads like the process itself.
func TestCore(t *testing.T) {
	for _, p := range cases.Sample(builds(t), 1, 0) {
		t.Run(p.name, func(t *testing.T) {
			prog := start(t, p.path, "testdata/structures.php")
			prog.Line(t)
			prog.waiting(t)
			c := prog.capture(t, capture.Options{})
			want := read(t, c)
			path := filepath.Join(t.TempDir(), "core")
			writeCore(t, c, path)
			core, err := capture.Core(path, capture.Options{Sysroot: "/nonexistent"})
			if err != nil {
				t.Fatal(err)
			}
			defer core.Close()
			got := read(t, core)
			if got.info.Items != want.info.Items || !maps.Equal(got.classes, want.classes) || got.alloc != want.alloc {
				t.Errorf("the core has %d items, %d bytes; the process %d, %d", got.info.Items, got.alloc, want.info.Items, want.alloc)
			}
			checkBalance(t, &got.info)
		})
	}
}

// A value of a WeakMap is alive with its key and not longer.
func TestWeakMap(t *testing.T) {
	all := builds(t)
	for _, p := range cases.Sample(append(all, withJIT(all)...), 1, len(all)) {
		if strings.HasPrefix(p.name, "7.4") {
			continue // there are none
		}
		t.Run(p.name, func(t *testing.T) {
			prog := p.run(t, "testdata/weak.php")
			prog.Line(t)
			prog.waiting(t)
			x := read(t, prog.capture(t, capture.Options{}))
			checkBalance(t, &x.info)
			if x.classes["Key"] != 30+20+6 || x.classes["Value"] != 30+20+5 {
				t.Errorf("%d keys and %d values, want 56 and 55", x.classes["Key"], x.classes["Value"])
			}
			want := []dump.ClassCount{{Class: "Key", Objects: 20}, {Class: "Value", Objects: 20}}
			if got := x.info.Capture.Uncollected.Classes; !slices.Equal(got, want) {
				t.Errorf("uncollected: %+v, want %+v", got, want)
			}
		})
	}
}
