//go:build linux && (amd64 || arm64)

package memory

import (
	"errors"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// A process that is held stands still, can be copied as it stands, and goes on.
func TestHold(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=target")
	at, err := strconv.ParseUint(c.line(t), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	held, err := Hold(c.cmd.Process.Pid)
	if errors.Is(err, ErrPermission) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer held.Release()
	time.Sleep(5 * time.Millisecond)
	if s := threadState(c.cmd.Process.Pid, c.cmd.Process.Pid); s != 't' {
		t.Errorf("its state is %c", s)
	}
	image, stats, err := held.Capture(Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	if image.Word(at+8) != 0x9e3779b97f4a7c15 || stats.Paused < 5*time.Millisecond {
		t.Errorf("word %#x, stopped %v", image.Word(at+8), stats.Paused)
	}
	if s := threadState(c.cmd.Process.Pid, c.cmd.Process.Pid); s == 't' {
		t.Error("it stands still for good")
	}
	for range 20 {
		c.line(t)
	}
}

// captureHeld stops a process before anything else is done.
func captureHeld(pid int) (*Image, Stats, error) {
	held, err := Hold(pid)
	if err != nil {
		return nil, Stats{}, err
	}
	defer held.Release()
	return held.Capture(Limits{})
}

// Of a process that is held the same is copied.
func TestCaptureHeld(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=target")
	at, err := strconv.ParseUint(c.line(t), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	image, _, err := captureHeld(c.cmd.Process.Pid)
	if errors.Is(err, ErrPermission) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	for i := uint64(0); i < 1<<20; i += 9973 {
		if got := image.Word(at + 8*i); got != i*0x9e3779b97f4a7c15 {
			t.Fatalf("word %d is %#x", i, got)
		}
	}
}

// A child of ours that ends while it is captured keeps its exit code for
// whoever waits for it.
func TestCaptureLeavesTheExitCode(t *testing.T) {
	for i := range 60 {
		cmd := exec.Command("/bin/sh", "-c", "exit 7")
		if err := cmd.Start(); err != nil {
			t.Skip(err)
		}
		time.Sleep(time.Duration(i) * 50 * time.Microsecond)
		for {
			image, _, err := captureHeld(cmd.Process.Pid)
			if err != nil {
				break
			}
			image.Close()
		}
		if err := cmd.Wait(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 7 {
			t.Fatalf("round %d: %v, %v", i, err, cmd.ProcessState)
		}
	}
}

// A glance has the memory that it is asked for, without a stop.
func TestGlance(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=target")
	at, err := strconv.ParseUint(c.line(t), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	pid := c.cmd.Process.Pid
	asked := 0
	none := func(func(uint64) uint64, uint64) bool { asked++; return false }
	all := func(func(uint64) uint64, uint64) bool { return true }
	everything, err := Glance(pid, false, none)
	if errors.Is(err, ErrPermission) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer everything.Close()
	static, err := Glance(pid, true, none)
	if err != nil {
		t.Fatal(err)
	}
	defer static.Close()
	heads, err := Glance(pid, false, all)
	if err != nil {
		t.Fatal(err)
	}
	defer heads.Close()
	const index, factor = uint64(12345), uint64(0x9e3779b97f4a7c15) // far into the array, which lies in Go's heap
	want := index
	want *= factor
	for name, image := range map[string]*Image{"everything": everything, "static": static, "heads": heads} {
		if got := image.Word(at + 8*index); got != want {
			t.Errorf("%s: word %#x", name, got)
		}
	}
	if !everything.Copies(at+8*index, 8) || static.Copies(at+8*index, 8) || asked == 0 {
		t.Errorf("copied %t with everything, %t with static data; asked for %d granules", everything.Copies(at+8*index, 8), static.Copies(at+8*index, 8), asked)
	}
	if heads.Copied() >= everything.Copied() || static.Copied() == 0 {
		t.Errorf("heads alone are %d bytes of %d, static data %d", heads.Copied(), everything.Copied(), static.Copied())
	}
	if _, err := Glance(1<<22+1, true, none); !errors.Is(err, ErrGone) {
		t.Error(err)
	}
	live := OpenLive(pid)
	defer live.Close()
	var b [8]byte
	if err := live.ReadAt(b[:], at); err != nil || b != [8]byte{} {
		t.Error(b, err)
	}
	if err := live.ReadAt(b[:], 8); err == nil {
		t.Error("address 8 can be read")
	}
}
