package main

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/phptest"
)

// imageRoot is the root of a container of packaging/Containerfile: analyzer, and
// nothing else. The program must be static, as the one of a release is.
func imageRoot(t *testing.T) (root string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root changes its root")
	}
	program, err := exec.LookPath("analyzer")
	if err != nil {
		t.Fatal(err)
	}
	root = t.TempDir()
	target := filepath.Join(root, "analyzer")
	if isStatic(t, program) {
		b, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, b, 0o755); err != nil {
			t.Fatal(err)
		}
	} else if cases.Full() {
		cmd := exec.Command("go", "build", "-o", target, ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	} else {
		t.Skip("this test is no static binary: CGO_ENABLED=0, or -full")
	}
	if err := os.MkdirAll(filepath.Join(root, "proc"), 0o755); err != nil {
		t.Fatal(err)
	}
	// The directories that hold a test's belong to root alone.
	for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func isStatic(t *testing.T, path string) bool {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return !slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}

// TestImage runs analyzer where there is no file but itself and a dump, as the
// user of the image.
func TestImage(t *testing.T) {
	t.Parallel()
	root := imageRoot(t)
	dump, err := os.ReadFile(data("talk-1k.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "dump.json.gz"), dump, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"leaks", "summary", "tree", "check"} {
		cmd := exec.Command("/analyzer", command, "/dump.json.gz")
		cmd.Dir, cmd.Env = "/", []string{}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		out, err := cmd.CombinedOutput()
		want, _, _ := analyze(t, "", command, data("talk-1k.json.gz"))
		if got := strings.ReplaceAll(string(out), "/dump.json.gz", data("talk-1k.json.gz")); err != nil || command == "summary" && got != want || len(out) == 0 {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}

// aContainer is a worker as the first process of a PID namespace, as in a
// container of PHP's, and a command to run in others that share it.
type aContainer struct {
	t   *testing.T
	pid int // of the worker, outside
}

// startContainer starts PHP as a user in a PID namespace of its own.
func startContainer(t *testing.T, uid uint32) *aContainer {
	t.Helper()
	php := phptest.Any(t)
	for _, program := range []string{"nsenter", "unshare", "mount", "chroot", "setpriv"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	cmd := exec.Command(php, "-r", leaky)
	cmd.Dir, cmd.Stderr = "/", os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("no PID namespace may be made: %v", err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Skipf("PHP does not run as user %d: %q, %v", uid, line, err)
	}
	return &aContainer{t, cmd.Process.Pid}
}

// beside runs analyzer in a container that shares the processes of the first and
// nothing else: docker run --pid=container:NAME, kubectl debug --target. as is the
// chroot that sets the user, and takes capabilities; proc how /proc is mounted.
func (c *aContainer) beside(root, as, proc, args string) (out string, code int) {
	c.t.Helper()
	script := fmt.Sprintf("mount -t proc -o '%[3]s' proc '%[1]s/proc' || exit 77; exec %[2]s '%[1]s' /analyzer %[4]s", root, as, proc, args)
	cmd := exec.Command("nsenter", "--target", fmt.Sprint(c.pid), "--pid", "unshare", "--mount", "sh", "-c", script)
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := cmd.Run(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			c.t.Fatal(err)
		}
	}
	if code = cmd.ProcessState.ExitCode(); code == 77 {
		c.t.Skipf("nothing may be mounted: %s", &b)
	}
	return b.String(), code
}

// TestBesideContainer reads a process in another container, with the rights that
// the recipes name, and without.
func TestBesideContainer(t *testing.T) {
	t.Parallel()
	root := imageRoot(t)
	const user = 65533
	c := startContainer(t, user)
	const (
		found = "$cache keeps"
		plain = "chroot"
		same  = "chroot --userspec=65533:65533"
		other = "chroot --userspec=65532:65532"
		weak  = "setpriv --bounding-set=-sys_ptrace chroot"
	)
	tests := []struct {
		name, as, proc, args, want string
		code                       int
	}{
		{"root lists", plain, "rw", "capture --list", "| 1 ", exitOK},
		{"root with SYS_PTRACE", plain, "rw", "leaks pid:1", found, exitOK},
		{"root with default capabilities", weak, "rw", "leaks pid:1", "even for root: a container needs the capability SYS_PTRACE", exitUnusable},
		{"the same user", same, "rw", "leaks pid:1", found, exitOK},
		{"the same user, others are hidden", same, "hidepid=2", "leaks pid:1", found, exitOK},
		{"root, others are hidden", plain, "hidepid=2", "leaks pid:1", found, exitOK},
		{"the image's user", other, "rw", "leaks pid:1", "run as root", exitUnusable},
		{"the number outside", plain, "rw", "leaks pid:" + fmt.Sprint(c.pid), "no such process", exitUnusable},
	}
	for _, tt := range tests {
		out, code := c.beside(root, tt.as, tt.proc, tt.args)
		if code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", tt.name, code, tt.code, tt.want, out)
		}
	}
	// From the host.
	if out, stderr, code := analyze(t, "", "leaks", fmt.Sprint("pid:", c.pid)); code != exitOK || !strings.Contains(out, found) {
		t.Errorf("from outside: exit code %d\n%s%s", code, out, stderr)
	}
	// Where a filter forbids it.
	untraced, err := exec.Command("untraced", "analyzer", "leaks", fmt.Sprint("pid:", c.pid)).CombinedOutput()
	if err == nil || !strings.Contains(string(untraced), "the system call ptrace is filtered: docker run --security-opt") {
		t.Errorf("with ptrace filtered: %v\n%s", err, untraced)
	}
	// In the container itself, by its files: docker exec.
	program, err := exec.LookPath("analyzer")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("nsenter", "--target", fmt.Sprint(c.pid), "--pid", "unshare", "--mount", "sh", "-c", "mount -t proc proc /proc && exec '"+program+"' leaks pid:1")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), found) {
		t.Errorf("inside: %v\n%s", err, out)
	}
}
