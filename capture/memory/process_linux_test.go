//go:build linux && (amd64 || arm64)

package memory

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"memtrail/internal/cases"
)

// The test binary plays the other parts, too: a process to be captured, and a
// reader that is killed while it holds one.
func TestMain(m *testing.M) {
	switch os.Getenv("MEMORY_TEST_ROLE") {
	case "target":
		target()
	case "waiter":
		fmt.Println("waits")
		time.Sleep(time.Hour)
	case "holder":
		holder()
	case "unmapper":
		unmapper()
	}
	os.Exit(m.Run())
}

// target prints where its memory lies and then counts.
func target() {
	if n, err := strconv.ParseUint(os.Getenv("MEMORY_TEST_RESERVE"), 10, 64); err == nil {
		_, err := unix.MmapPtr(-1, 0, nil, uintptr(n), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
		if err != nil {
			fmt.Println("refused")
			os.Exit(0)
		}
	}
	data := make([]uint64, 1<<20) // several granules
	for i := range data {
		data[i] = uint64(i) * 0x9e3779b97f4a7c15
	}
	fmt.Println(uintptr(unsafe.Pointer(&data[0])))
	for i := 0; ; i++ {
		fmt.Println("tick", i, data[i%len(data)] != 1)
		time.Sleep(time.Millisecond)
	}
}

// unmapper maps its own program once more, says where, and unmaps it when it is
// signalled.
func unmapper() {
	signalled := make(chan os.Signal, 1)
	signal.Notify(signalled, unix.SIGUSR1)
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		panic(err)
	}
	b, err := unix.Mmap(int(f.Fd()), 0, os.Getpagesize(), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	fmt.Println(uintptr(unsafe.Pointer(&b[0])))
	<-signalled
	fmt.Println(unix.Munmap(b))
	time.Sleep(time.Hour)
}

// holder stops a process and never lets it go. It does so in a thread that is
// not the first one, as any program in Go may.
func holder() {
	pid, _ := strconv.Atoi(os.Getenv("MEMORY_TEST_PID"))
	outcome := make(chan error)
	inThread := func() {
		runtime.LockOSThread()
		if unix.Gettid() == os.Getpid() {
			outcome <- errFirstThread
		} else {
			_, err := seize(pid)
			outcome <- err
		}
		time.Sleep(time.Hour) // an empty select would be a deadlock, and end us
	}
	go inThread()
	err := <-outcome
	if err == errFirstThread {
		go inThread() // the first thread is taken now
		err = <-outcome
	}
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("held")
	time.Sleep(time.Hour)
}

var errFirstThread = errors.New("the first thread")

type child struct {
	cmd *exec.Cmd
	out *bufio.Scanner
}

func startRole(t *testing.T, env ...string) child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return child{cmd, bufio.NewScanner(out)}
}

func (c child) line(t *testing.T) string {
	t.Helper()
	if !c.out.Scan() {
		t.Fatal("the process ended")
	}
	return c.out.Text()
}

// needTracing skips where the system does not let us trace even a child.
func needTracing(t *testing.T, pid int) {
	t.Helper()
	s, err := seize(pid)
	if errors.Is(err, ErrPermission) {
		t.Skipf("tracing is not allowed here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.release()
}

func TestCapture(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=target")
	at, err := strconv.ParseUint(c.line(t), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	pid := c.cmd.Process.Pid
	needTracing(t, pid)
	m, stats, err := Capture(pid, Limits{MaxPause: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for i := range uint64(1 << 16) {
		if got, want := m.Word(at+8*i), i*0x9e3779b97f4a7c15; got != want {
			t.Fatalf("word %d is %#x, want %#x", i, got, want)
		}
	}
	if stats.Copied == 0 || stats.Copied != m.Copied() || stats.Paused <= 0 {
		t.Errorf("%+v, %d bytes in segments", stats, m.Copied())
	}
	for _, s := range m.Segments {
		if x := m.Mapping(s.Address); x == nil || !x.Writable() || !x.Private() {
			t.Errorf("the segment at %#x lies in %+v", s.Address, x)
		}
	}
	// Read-only memory is read when it is asked for.
	for i := range m.Mappings {
		if x := &m.Mappings[i]; x.Permissions == "r-xp" && x.Path != "" && x.Path[0] == '/' {
			want := make([]byte, 64)
			if err := ReadLive(pid, want, x.From); err != nil {
				t.Fatal(err)
			}
			if got := m.Word(x.From); got != binary.LittleEndian.Uint64(want) {
				t.Errorf("code at %#x is %#x, want %#x", x.From, got, want[:8])
			}
			break
		}
	}
	// On arm64 a Go program without C code leaves the thread pointer alone.
	if len(m.Threads) == 0 || m.Threads[0].Stack == 0 || m.Threads[0].Pointer == 0 && runtime.GOARCH != "arm64" {
		t.Errorf("threads %+v", m.Threads)
	}
	c.ticks(t)
}

// ticks sees that the process goes on.
func (c child) ticks(t *testing.T) {
	t.Helper()
	for range 3 {
		if line := c.line(t); !strings.HasPrefix(line, "tick") {
			t.Fatalf("the process says %q", line)
		}
	}
}

// Whoever holds a process and is killed lets it go.
func TestKilledReader(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=target")
	c.line(t)
	needTracing(t, c.cmd.Process.Pid)
	for i := range cases.Number(5, 50) {
		h := startRole(t, "MEMORY_TEST_ROLE=holder", "MEMORY_TEST_PID="+strconv.Itoa(c.cmd.Process.Pid))
		if line := h.line(t); line != "held" {
			t.Fatalf("round %d: %s", i, line)
		}
		if state := stateOf(c.cmd.Process.Pid); state != 't' {
			t.Fatalf("round %d: the process is %c while it is held", i, state)
		}
		if err := h.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = h.cmd.Wait()
		for range 40 {
			c.line(t) // what was in the pipe, and then more
		}
		if state := stateOf(c.cmd.Process.Pid); state == 't' || state == 'T' {
			t.Fatalf("round %d: the process is still stopped", i)
		}
	}
}

// A second tracer is refused, and named.
func TestTraced(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=target")
	c.line(t)
	needTracing(t, c.cmd.Process.Pid)
	h := startRole(t, "MEMORY_TEST_ROLE=holder", "MEMORY_TEST_PID="+strconv.Itoa(c.cmd.Process.Pid))
	if line := h.line(t); line != "held" {
		t.Fatal(line)
	}
	_, _, err := Capture(c.cmd.Process.Pid, Limits{})
	if !errors.Is(err, ErrPermission) || !strings.Contains(err.Error(), strconv.Itoa(h.cmd.Process.Pid)) {
		t.Errorf("while another traces: %v", err)
	}
}

// A process that has reserved terabytes, as a sanitizer does, is not looked through for
// longer than it may stand still.
func TestReservedMemory(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=target", "MEMORY_TEST_RESERVE="+strconv.Itoa(16<<40))
	if c.line(t) == "refused" {
		t.Skip("so much memory cannot be reserved here")
	}
	needTracing(t, c.cmd.Process.Pid)
	begin := time.Now()
	if _, _, err := Capture(c.cmd.Process.Pid, Limits{MaxPause: 50 * time.Millisecond}); !errors.Is(err, ErrPause) || !strings.Contains(err.Error(), "reserved") {
		t.Errorf("%v, after %v", err, time.Since(begin))
	}
	c.ticks(t)
}

func TestCaptureRefuses(t *testing.T) {
	if _, _, err := Capture(1<<22+1, Limits{}); !errors.Is(err, ErrGone) {
		t.Errorf("no process: %v", err)
	}
	c := startRole(t, "MEMORY_TEST_ROLE=target")
	c.line(t)
	needTracing(t, c.cmd.Process.Pid)
	if _, _, err := Capture(c.cmd.Process.Pid, Limits{MaxPause: time.Nanosecond}); !errors.Is(err, ErrPause) {
		t.Errorf("no pause allowed: %v", err)
	}
	c.ticks(t)
}
