package host

import (
	"os"
	"runtime"
	"testing"
	"testing/fstest"
)

func files(texts map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range texts {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		files  map[string]string
		want   Host
		usable uint64
	}{
		"nothing": {nil, Host{User: -1, Yama: -1}, 0},
		"a container with version 2": {map[string]string{
			"proc/sys/kernel/osrelease":         "6.1.0-18-amd64\n",
			"proc/sys/kernel/yama/ptrace_scope": "1\n",
			"proc/self/status":                  "Name:\tx\nUid:\t1000\t33\t1000\t1000\nCapEff:\t0000000000080000\nSeccomp:\t2\n",
			"proc/meminfo":                      "MemTotal:        8000000 kB\nMemFree: 1 kB\nMemAvailable:    3000000 kB\n",
			"proc/self/cgroup":                  "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max":      "max\n",
			"sys/fs/cgroup/a/memory.max":        "1000000\n",
			"sys/fs/cgroup/a/memory.current":    "400000\n",
			"sys/fs/cgroup/memory.max":          "900000\n",
			"sys/fs/cgroup/memory.current":      "100000\n",
			".dockerenv":                        "",
		}, Host{Kernel: "6.1.0-18-amd64", Container: "docker", User: 33, Ptrace: true, Yama: 1, Filtered: true,
			Memory: Memory{Total: 8000000 << 10, Available: 3000000 << 10, Limit: 1000000, Used: 400000}}, 600000},
		"version 1 without a limit": {map[string]string{
			"proc/self/cgroup": "4:memory:/x\n1:name=systemd:/y\n",
			"proc/meminfo":     "MemAvailable:    5 kB\n",
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9223372036854771712\n",
			"proc/self/status": "Uid:\t0\nCapEff:\tzz\nSeccomp:\nno colon\n",
		}, Host{User: -1, Yama: -1, Memory: Memory{Available: 5 << 10}}, 5 << 10},
		"files in memory, version 2": {map[string]string{
			"proc/self/cgroup":               "0::/a\n",
			"sys/fs/cgroup/a/memory.max":     "1000\n",
			"sys/fs/cgroup/a/memory.current": "900\n",
			"sys/fs/cgroup/a/memory.stat":    "anon 100\nfile 800\ninactive_file 500\nactive_file 200\n",
		}, Host{User: -1, Yama: -1, Memory: Memory{Limit: 1000, Used: 200}}, 800},
		"files in memory, version 1": {map[string]string{
			"proc/self/cgroup": "4:memory:/x\n",
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "1000\n",
			"sys/fs/cgroup/memory/x/memory.usage_in_bytes": "900\n",
			"sys/fs/cgroup/memory/x/memory.stat":           "inactive_file 1\ntotal_inactive_file 300\ntotal_active_file 100\n",
		}, Host{User: -1, Yama: -1, Memory: Memory{Limit: 1000, Used: 500}}, 500},
		"ulimit -v": {map[string]string{
			"proc/self/limits": "Limit                     Soft Limit           Hard Limit           Units     \n" +
				"Max data size             unlimited            unlimited            bytes     \n" +
				"Max address space         4096000              unlimited            bytes     \n",
			"proc/self/status": "VmSize:\t    1000 kB\nVmData:\t  5 kB\n",
			"proc/meminfo":     "MemAvailable:    5000000 kB\n",
		}, Host{User: -1, Yama: -1, Memory: Memory{Available: 5000000 << 10, Ulimit: 4096000, UlimitUsed: 1024000}}, 3072000},
		"ulimit -d, the lesser of two": {map[string]string{
			"proc/self/limits": "Max data size             2048000            unlimited            bytes     \n" +
				"Max address space         4096000              unlimited            bytes     \n",
			"proc/self/status": "VmSize:\t    1000 kB\nVmData:\t  1000 kB\n",
		}, Host{User: -1, Yama: -1, Memory: Memory{Ulimit: 2048000, UlimitUsed: 1024000}}, 1024000},
		"above its limit": {map[string]string{
			"proc/self/cgroup":                           "4:cpu,memory:/\n4:memory:/x\n0::/../..\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "1000\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes": "2000\n",
			"run/systemd/container":                      "lxc\n",
		}, Host{User: -1, Yama: -1, Container: "lxc", Memory: Memory{Limit: 1000, Used: 2000}}, 0},
	} {
		got := Read(files(c.files))
		if got != c.want {
			t.Errorf("%s: got %+v\nwant %+v", name, got, c.want)
		}
		if n := got.Memory.Usable(); n != c.usable {
			t.Errorf("%s: %d bytes usable, want %d", name, n, c.usable)
		}
	}
}

func TestHere(t *testing.T) {
	h := Read(os.DirFS("/"))
	if runtime.GOOS == "linux" && (h.Kernel == "" || h.User != os.Geteuid() || h.Memory.Total < h.Memory.Available || h.Memory.Total == 0) {
		t.Errorf("%+v", h)
	}
}
