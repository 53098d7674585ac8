// Package phptest finds the builds of PHP that tests run, and talks to their
// programs through pipes.
package phptest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Build is an installed build of PHP. Debian's is named "8.2-debian", one of
// .ci/php-install by its version.
type Build struct{ Name, Path string }

// installed is how many builds .ci/php-install installs, beside Debian's.
const installed = 7

// Builds finds the builds that .ci/php-install has installed in the directory
// MEMTRAIL_PHP, by version, and Debian's 8.2 behind them. It skips the test where
// there is none; where MEMTRAIL_PHP_REQUIRED is set, one that is missing is an
// error.
func Builds(t testing.TB) []Build {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("processes can be read on linux only")
	}
	required := os.Getenv("MEMTRAIL_PHP_REQUIRED") != ""
	var all []Build
	if dir := os.Getenv("MEMTRAIL_PHP"); dir != "" {
		paths, err := filepath.Glob(filepath.Join(dir, "php-*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			all = append(all, Build{strings.TrimPrefix(filepath.Base(p), "php-"), p})
		}
	}
	if required && len(all) < installed {
		t.Fatalf("MEMTRAIL_PHP=%q has %d builds of PHP, want %d: see .ci/php-install", os.Getenv("MEMTRAIL_PHP"), len(all), installed)
	}
	if p, err := exec.LookPath("php8.2"); err == nil {
		all = append(all, Build{"8.2-debian", p})
	} else if required {
		t.Fatal("php8.2 of Debian is missing: see .ci/php-install")
	}
	if len(all) == 0 {
		t.Skip("no PHP is installed: .ci/php-install DIR installs seven, MEMTRAIL_PHP=DIR tells the tests")
	}
	return all
}

// Any is the path of one build: Debian's, or the latest.
func Any(t testing.TB) string {
	t.Helper()
	all := Builds(t)
	return all[len(all)-1].Path
}

// Program is a program that runs until its input is closed.
type Program struct {
	*exec.Cmd
	In  io.WriteCloser
	Out *bufio.Scanner // the lines that it prints, of up to a megabyte
}

// Start starts a command. It is killed at the end of the test.
func Start(t testing.TB, cmd *exec.Cmd) *Program {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &Program{cmd, in, bufio.NewScanner(out)}
	p.Out.Buffer(nil, 1<<20)
	t.Cleanup(p.Stop)
	return p
}

// Stop kills the program.
func (p *Program) Stop() {
	_ = p.In.Close()
	_ = p.Process.Kill()
	_ = p.Wait()
}

// PID is the process of the program.
func (p *Program) PID() int { return p.Process.Pid }

// Line is the next line that the program prints.
func (p *Program) Line(t testing.TB) string {
	t.Helper()
	if !p.Out.Scan() {
		t.Fatalf("the program ended: %v", p.Out.Err())
	}
	return p.Out.Text()
}
