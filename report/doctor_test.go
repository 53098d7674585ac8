package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"memtrail/capture/host"
	"memtrail/capture/memory"
)

func TestDoctor(t *testing.T) {
	for want, h := range map[string]host.Host{
		"no process: kernel.yama.ptrace_scope is 3":                   {Yama: 3, Ptrace: true},
		"all processes seen here":                                     {Yama: 2, Ptrace: true, User: 5},
		"nothing without SYS_PTRACE":                                  {Yama: 2, User: 5},
		"what analyzer starts: capture or record -- CMD; others with": {Yama: 1, User: 5},
		"processes of user 33, and what analyzer":                     {Yama: 0, User: 33},
	} {
		if got := (diagnosis{&Diagnosis{Host: h}}).reading(); !strings.HasPrefix(got, want) {
			t.Errorf("%+v: got %q, want %q", h, got, want)
		}
	}
	if got := (diagnosis{&Diagnosis{Host: host.Host{Ptrace: true}, NoTrace: true}}).reading(); !strings.Contains(got, "filtered") {
		t.Errorf("where ptrace is filtered it says %q", got)
	}
	if got := (diagnosis{&Diagnosis{}}).memory(); !strings.HasPrefix(got, "not known") {
		t.Errorf("without /proc it says %q", got)
	}
	d := &Diagnosis{Program: "analyzer 1", Linux: true, Host: host.Host{Kernel: "6.1", Container: "docker", Filtered: true, Yama: -1, User: 33,
		Memory: host.Memory{Total: 8 << 30, Available: 2 << 30, Limit: 1 << 30, Used: 1 << 20}}}
	for i := range mostProcesses + 2 {
		d.PHP = append(d.PHP, PHPFound{PHPProcess: PHPProcess{PID: 100 + i, Command: "php \x1b[31mworker\u202e.php"}})
	}
	d.PHP[0].OPcache = true
	d.PHP[1].Err = fmt.Errorf("%w to read it", memory.ErrPermission)
	d.PHP[2].Err = memory.ErrGone
	var out bytes.Buffer
	if err := Doctor(&out, d, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Linux 6.1, in a container (docker), a seccomp filter is set", "2.0 GiB of 8.0 GiB available; its group uses 1.0 MiB of 1.0 GiB",
		"memory may not be made executable; this build needs none", `100 can be read, OPcache: php \x1B[31mworker\u{202E}.php`, "101 may not be read: ", "102 has ended: ", "2 more; analyzer capture --list",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	out.Reset()
	if err := Doctor(&out, &Diagnosis{}, Options{}); err != nil || !strings.Contains(out.String(), "processes only on Linux") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
