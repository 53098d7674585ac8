package main

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"memtrail/dump"
	"memtrail/internal/json"
	"memtrail/profile"
)

// A peerTool is what reads the heap of a process.
type peerTool struct {
	name string
	// find gives its version, or says why it cannot be run.
	find func() (version string, err error)
	// argv is the command that reads a process into a file; nil for an extension, and
	// for nobody.
	argv func(pid int, file string) []string
	// prepare writes what it is to read, and is not timed; mostly nil.
	prepare func(pid int, file string) error
	// inside is what the process is asked for, where it makes the dump itself, and
	// phpArgs and phpEnv what PHP needs for that.
	inside          string
	phpArgs, phpEnv []string
	// explain sums up the bytes that a file of it accounts for, and gives the
	// memory_get_usage() by which it did, 0 where the file does not tell; nil if it
	// accounts for none.
	explain func(file string) (bytes, usage uint64, err error)
}

// tools are all that are compared, whether they are there or not.
func (p *peers) tools() []peerTool {
	return []peerTool{
		{name: "nothing", find: func() (string, error) { return "", nil }},
		{
			name: "analyzer capture", find: p.version(p.analyzer, "--version"), explain: p.accountedByCheck,
			argv: func(pid int, file string) []string {
				return []string{p.analyzer, "capture", strconv.Itoa(pid), "-o", file + ".json.zst", "-q"}
			},
		},
		{
			name: "analyzer leaks pid:PID", find: p.version(p.analyzer, "--version"),
			argv: func(pid int, _ string) []string {
				return []string{p.analyzer, "leaks", fmt.Sprintf("pid:%d", pid), "-q"}
			},
		},
		p.extension("php-meminfo", "meminfo", "MEMINFO_SO", nil, p.accountedByItems),
		p.extension("memprof", "memprof", "MEMPROF_SO", []string{"MEMPROF_PROFILE=1"}, accountedByProfile),
		p.external("reli inspector:memory", "RELI", "reli", func(program string, pid int, file string) []string {
			return []string{program, "inspector:memory", "-p", strconv.Itoa(pid), "-f", "meminfo", "-o", file}
		}, p.accountedByItems),
		p.external("gcore", "GCORE", "gcore", func(program string, pid int, file string) []string {
			return []string{program, "-o", file, strconv.Itoa(pid)}
		}, nil),
		p.wordCount(),
	}
}

// wordCount is the yardstick: it reads a dump of the process, as text, that is there.
func (p *peers) wordCount() peerTool {
	t := p.external("wc -l of a dump", "WC", "wc", func(program string, _ int, file string) []string {
		return []string{program, "-l", file + ".json"}
	}, nil)
	t.prepare = func(pid int, file string) error {
		out, err := exec.Command(p.analyzer, "capture", strconv.Itoa(pid), "-o", file+".json", "-q").CombinedOutput()
		if err != nil {
			return fmt.Errorf("analyzer capture: %w: %s", err, firstLine(string(out)))
		}
		return nil
	}
	return t
}

// external is a tool that is a program.
func (p *peers) external(name, variable, program string, argv func(program string, pid int, file string) []string, explain func(string) (bytes, usage uint64, err error)) peerTool {
	path := program
	return peerTool{
		name: name, explain: explain,
		find: func() (string, error) {
			found, err := p.program(variable, program)
			if err != nil {
				return "", errNotInstalled
			}
			path = found
			return p.version(found, "--version")()
		},
		argv: func(pid int, file string) []string { return argv(path, pid, file) },
	}
}

// extension is a tool that is loaded into PHP, from a file that a variable names unless
// PHP is configured for it.
func (p *peers) extension(name, extension, variable string, env []string, explain func(string) (bytes, usage uint64, err error)) peerTool {
	var args []string
	if file := p.getenv(variable); file != "" {
		args = []string{"-d", "extension=" + file}
	}
	return peerTool{
		name: name, inside: extension, phpArgs: args, phpEnv: env, explain: explain,
		find: func() (string, error) {
			const print = `echo extension_loaded($argv[1]) ? "has ".phpversion($argv[1]) : "";`
			out, err := exec.Command(p.php, append(append([]string{}, args...), "-r", print, "--", extension)...).Output()
			version, ok := strings.CutPrefix(strings.TrimSpace(string(out)), "has")
			if err != nil || !ok {
				return "", errNotInstalled
			}
			return strings.TrimSpace(version), nil
		},
	}
}

var errNotInstalled = errors.New("not installed")

// number is what looks like a version.
var number = regexp.MustCompile(`[0-9]+(\.[0-9]+)+(-[0-9A-Za-z.~]+)?`)

// version gives the version that a program prints. A program without one can be run.
func (p *peers) version(program, flag string) func() (string, error) {
	return func() (string, error) {
		out, _ := exec.Command(program, flag).CombinedOutput()
		return number.FindString(string(out)), nil
	}
}

// accountedByCheck is what a capture accounts for: what has an owner.
func (p *peers) accountedByCheck(file string) (bytes, usage uint64, err error) {
	var doc struct {
		Balance struct {
			Usage   uint64           `json:"memory_usage"`
			ByOwner map[string]int64 `json:"by_owner"`
		} `json:"balance"`
	}
	if err := p.ask(&doc, "check", file+".json.zst"); err != nil {
		return 0, 0, err
	}
	sum := int64(0)
	for owner, bytes := range doc.Balance.ByOwner {
		if owner != "unknown" {
			sum += bytes
		}
	}
	return uint64(max(sum, 0)), doc.Balance.Usage, nil
}

// accountedByItems is what the items of a dump come to by the dump itself.
func (p *peers) accountedByItems(file string) (bytes, usage uint64, err error) {
	var doc struct {
		Types []struct {
			Bytes uint64 `json:"reported_bytes"`
		} `json:"types"`
	}
	if err := p.ask(&doc, "summary", file); err != nil {
		return 0, 0, err
	}
	for _, t := range doc.Types {
		bytes += t.Bytes
	}
	return bytes, 0, nil // the header counts what the dump itself took
}

// ask has the analyzer answer in JSON.
func (p *peers) ask(answer any, command, file string) error {
	out, err := exec.Command(p.analyzer, command, file, "--format", "json").Output()
	if err != nil {
		return fmt.Errorf("analyzer %s: %w", command, err)
	}
	return json.Decode(out, answer)
}

// accountedByProfile is what a profile says is held.
func accountedByProfile(file string) (bytes, usage uint64, err error) {
	in, err := dump.Open(file, nil)
	if err != nil {
		return 0, 0, err
	}
	defer in.Close()
	p, err := profile.Read(in)
	if err != nil {
		return 0, 0, err
	}
	return p.Total().Bytes, 0, nil
}
