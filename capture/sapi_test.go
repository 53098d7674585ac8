package capture_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"memtrail/capture"
	"memtrail/capture/locate"
	"memtrail/dump"
	"memtrail/internal/cases"
)

// record makes a record of FastCGI.
func record(kind byte, content []byte) []byte {
	head := []byte{1, kind, 0, 1, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(head[4:], uint16(len(content)))
	return append(head, content...)
}

// request sends a request for a script to php-fpm and does not wait for the
// answer.
func request(t *testing.T, socket, script string, params map[string]string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	params["SCRIPT_FILENAME"], params["REQUEST_METHOD"] = script, "GET"
	var body []byte
	for k, v := range params {
		body = append(body, byte(len(k)), byte(len(v)))
		body = append(append(body, k...), v...)
	}
	message := append(record(1, []byte{0, 1, 0, 0, 0, 0, 0, 0}), record(4, body)...)
	message = append(append(message, record(4, nil)...), record(5, nil)...)
	if _, err := conn.Write(message); err != nil {
		t.Fatal(err)
	}
	return conn
}

// waitFor waits for a file.
func waitFor(t *testing.T, path string) {
	t.Helper()
	for range 1000 {
		if st, err := os.Stat(path); err == nil && (st.Size() > 0 || st.Mode()&os.ModeSocket != 0) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%s does not come", path)
}

// A worker of php-fpm has values only while a request runs.
func TestFPM(t *testing.T) {
	fpm, err := exec.LookPath("php-fpm8.2")
	if err != nil {
		if os.Getenv("MEMTRAIL_PHP_REQUIRED") != "" {
			t.Fatal("php-fpm8.2 is missing: see .ci/php-install")
		}
		t.Skip("php-fpm8.2 is not installed: .ci/php-install does it")
	}
	if os.Getuid() != 0 {
		t.Skip("only root may read the workers of php-fpm")
	}
	dir := t.TempDir()
	script, err := filepath.Abs("testdata/request.php")
	if err != nil {
		t.Fatal(err)
	}
	socket, conf := filepath.Join(dir, "fpm.sock"), filepath.Join(dir, "fpm.conf")
	text := fmt.Sprintf("[global]\nerror_log = %s/log\ndaemonize = no\n[www]\nuser = root\nlisten = %s\npm = static\npm.max_children = 1\n", dir, socket)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(fpm, "-n", "-R", "-d", "zend_extension=opcache", "-d", "opcache.enable=1", "-y", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { // the master ends its workers; killed, it would leave them
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		_ = cmd.Wait()
	}()
	waitFor(t, socket)
	worker := childOf(t, cmd.Process.Pid)
	if _, err := capture.Process(worker, capture.Options{}); !errors.Is(err, locate.ErrIdle) {
		t.Errorf("before a request: %v", err)
	}
	ready := filepath.Join(dir, "ready")
	conn := request(t, socket, script, map[string]string{"READY": ready})
	defer conn.Close()
	waitFor(t, ready)
	c, err := capture.Process(worker, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	x := read(t, c)
	checkBalance(t, &x.info)
	if x.classes["Row"] != 2200 || x.info.Capture.Uncollected.Objects != 200 {
		t.Errorf("%d rows, %d uncollected; want 2,200 and 200", x.classes["Row"], x.info.Capture.Uncollected.Objects)
	}
}

// childOf waits for the first child of a process.
func childOf(t *testing.T, pid int) int {
	t.Helper()
	for range 400 {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		var child int
		if _, err := fmt.Sscan(string(text), &child); err == nil {
			time.Sleep(50 * time.Millisecond) // it sets itself up
			return child
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("php-fpm has no worker")
	return 0
}

// threadSafe gives the directory of a thread-safe PHP, and the flags to compile
// with it. .ci/php-zts builds one.
func threadSafe(t *testing.T) (zts string, compile, link []string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("processes can be read on linux only")
	}
	zts = filepath.Join(os.Getenv("MEMTRAIL_PHP"), "zts")
	if _, err := os.Stat(filepath.Join(zts, "lib", "libphp.so")); err != nil || os.Getenv("MEMTRAIL_PHP") == "" {
		t.Skip("no thread-safe PHP: .ci/php-zts builds one")
	}
	include, lib := filepath.Join(zts, "include", "php"), filepath.Join(zts, "lib")
	compile = []string{"-w", "-I" + include, "-I" + include + "/main", "-I" + include + "/Zend", "-I" + include + "/TSRM", "-I" + include + "/sapi"}
	return zts, compile, []string{"-L" + lib, "-lphp", "-lpthread", "-Wl,-rpath," + lib}
}

// Each PHP thread of a thread-safe build has a heap of its own, and each
// balances.
func TestThreads(t *testing.T) {
	_, compile, link := threadSafe(t)
	dir := t.TempDir()
	program := filepath.Join(dir, "threads")
	cc := exec.Command("cc", slices.Concat(compile, []string{"-o", program, "testdata/threads.c"}, link)...)
	if out, err := cc.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var scripts []string
	for i := 1; i <= 3; i++ {
		script := fmt.Sprintf(`<?php class Row { public $d; } $keep = []; for ($i = 0; $i < %d; $i++) { $n = new Row; $n->d = "row $i"; $keep[] = $n; }
for ($i = 0; $i < %d; $i++) { $a = new Row; $b = new Row; $a->d = $b; $b->d = $a; } unset($a, $b); file_put_contents('%s', 'x'); sleep(100);`,
			1000*i, 10*i, filepath.Join(dir, fmt.Sprint("ready", i)))
		path := filepath.Join(dir, fmt.Sprint(i, ".php"))
		if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		scripts = append(scripts, path)
	}
	cmd := exec.Command(program, scripts...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for i := 1; i <= 3; i++ {
		waitFor(t, filepath.Join(dir, fmt.Sprint("ready", i)))
	}
	time.Sleep(100 * time.Millisecond)
	c, err := capture.Process(cmd.Process.Pid, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	x := read(t, c)
	checkBalance(t, &x.info)
	if c.Threads() != 4 { // the first runs no script, but has begun a request
		t.Errorf("%d threads, want 4", c.Threads())
	}
	if x.classes["Row"] != 6000+120 || x.info.Capture.Uncollected.Objects != 120 {
		t.Errorf("%d rows, %d uncollected; want 6,120 and 120", x.classes["Row"], x.info.Capture.Uncollected.Objects)
	}
	sum := uint64(0)
	for i := 1; i <= 4; i++ {
		one, err := capture.Process(cmd.Process.Pid, capture.Options{Thread: i})
		if err != nil {
			t.Fatal(err)
		}
		y := read(t, one)
		checkBalance(t, &y.info)
		sum += y.classes["Row"]
		one.Close()
	}
	if sum != x.classes["Row"] {
		t.Errorf("one by one the threads have %d rows, together %d", sum, x.classes["Row"])
	}
}

// A Go program with PHP in it has both heaps, and PHP's threads are among Go's.
func TestGoHost(t *testing.T) {
	_, compile, link := threadSafe(t)
	dir := t.TempDir()
	program := filepath.Join(dir, "gohost")
	build := exec.Command("go", "build", "-o", program, "./testdata/gohost")
	build.Env = append(os.Environ(), "CGO_ENABLED=1", "CGO_CFLAGS="+strings.Join(compile, " "), "CGO_LDFLAGS="+strings.Join(link, " "), "CGO_LDFLAGS_ALLOW=.*")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var scripts []string
	for i := 1; i <= 2; i++ {
		worker := fmt.Sprintf(`<?php class Handled { public $text; } class App { public static $seen = []; static function handle($i) { $h = new Handled; $h->text = "request $i"; self::$seen[] = $h; } }
for ($i = 0; $i < %d; $i++) App::handle($i); file_put_contents('%s', 'x'); sleep(100);`, 1000*i, filepath.Join(dir, fmt.Sprint("ready", i)))
		path := filepath.Join(dir, fmt.Sprint(i, ".php"))
		if err := os.WriteFile(path, []byte(worker), 0o600); err != nil {
			t.Fatal(err)
		}
		scripts = append(scripts, path)
	}
	cmd := exec.Command(program, scripts...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for i := 1; i <= 2; i++ {
		waitFor(t, filepath.Join(dir, fmt.Sprint("ready", i)))
	}
	time.Sleep(100 * time.Millisecond)
	c, err := capture.Process(cmd.Process.Pid, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	x := read(t, c)
	checkBalance(t, &x.info)
	if c.Threads() != 3 || x.classes["Handled"] != 3000 { // the first runs no script, but has begun a request
		t.Errorf("%d threads with %d requests, want 3 with 3,000", c.Threads(), x.classes["Handled"])
	}
	goHeap := uint64(0)
	for _, o := range x.info.Capture.Process {
		if o.Name == dump.ProcessGo {
			goHeap = o.Bytes
		}
	}
	if goHeap < 64<<20 || goHeap > 80<<20 {
		t.Errorf("Go's heap has %d bytes of %+v, want 64 MiB and little more", goHeap, x.info.Capture.Process)
	}
}

// Embedding programs do not export what the others do.
func TestEmbed(t *testing.T) {
	cases.OnlyFull(t, "a program is compiled")
	const include = "/usr/include/php/20220829"
	if _, err := os.Stat("/usr/lib/libphp8.2.so"); err != nil {
		t.Skip("libphp8.2-embed is not installed: .ci/php-install does it")
	}
	if _, err := os.Stat(include + "/sapi/embed/php_embed.h"); err != nil {
		t.Skip("the headers of PHP are not installed: .ci/php-install does it")
	}
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler")
	}
	dir := t.TempDir()
	source, program := filepath.Join(dir, "embed.c"), filepath.Join(dir, "embed")
	text := `#include <sapi/embed/php_embed.h>
int main(int c, char **v) { PHP_EMBED_START_BLOCK(c, v) zend_file_handle f; zend_stream_init_filename(&f, v[1]); php_execute_script(&f); PHP_EMBED_END_BLOCK() return 0; }`
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-w", "-I"+include, "-I"+include+"/main", "-I"+include+"/Zend", "-I"+include+"/TSRM", "-o", program, source, "-l:libphp8.2.so").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	prog := start(t, program, "testdata/freed.php")
	if line := prog.Line(t); !strings.Contains(line, "usage") {
		t.Fatal(line)
	}
	prog.waiting(t)
	x := read(t, prog.capture(t, capture.Options{}))
	checkBalance(t, &x.info)
}
