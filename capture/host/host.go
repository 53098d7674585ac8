// Package host tells what the machine lets analyzer do: whose memory it may
// read, and how much memory there is.
package host

import (
	"bufio"
	"bytes"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// A Host is what files below / say of the machine and of this process. Zero
// values stand for what they do not say; outside Linux that is all.
type Host struct {
	Kernel    string // its release
	Container string // what tells that this process is in one, or ""
	User      int    // effective user id; -1 if it is not known
	Ptrace    bool   // this process has the capability SYS_PTRACE
	Yama      int    // kernel.yama.ptrace_scope; -1 without Yama
	Filtered  bool   // a seccomp filter decides on system calls
	Memory    Memory
}

// Memory is in bytes.
type Memory struct {
	Total, Available uint64 // of the machine
	// Of the control group with the least room; 0: none has a limit. Used is
	// without what the kernel keeps of files: it gives that up when it has to.
	Limit, Used uint64
	// What the limits of the process are, ulimit -v and ulimit -d, and what it has of
	// it; 0: it has none. Of the two it is that with the least room.
	Ulimit, UlimitUsed uint64
}

// Ulimit is the Bound that is a limit of the process itself.
const Ulimit = "ulimit"

// Usable is how much this process may still take, 0 if it is not known.
func (m Memory) Usable() uint64 {
	n, _ := m.least()
	return n
}

// Bound says what allows no more than Usable, as a noun phrase.
func (m Memory) Bound() string {
	_, by := m.least()
	return by
}

// least is the least that one of the bounds leaves.
func (m Memory) least() (left uint64, by string) {
	left, by = m.Available, "the machine"
	for _, b := range []struct {
		limit, used uint64
		by          string
	}{{m.Limit, m.Used, "the control group"}, {m.Ulimit, m.UlimitUsed, Ulimit}} {
		if n := b.limit - min(b.used, b.limit); b.limit > 0 && (left == 0 || n < left) {
			left, by = n, b.by
		}
	}
	return left, by
}

// capSysPtrace is the number of the capability, linux/capability.h.
const capSysPtrace = 19

// Read takes what the files of a system say; its root is root.
func Read(root fs.FS) Host {
	h := Host{User: -1, Yama: -1, Kernel: word(root, "proc/sys/kernel/osrelease")}
	if n, err := strconv.Atoi(word(root, "proc/sys/kernel/yama/ptrace_scope")); err == nil {
		h.Yama = n
	}
	for key, value := range pairs(root, "proc/self/status") {
		f := strings.Fields(value)
		switch {
		case len(f) == 0:
		case key == "Uid" && len(f) > 1:
			if n, err := strconv.Atoi(f[1]); err == nil {
				h.User = n
			}
		case key == "CapEff":
			bits, _ := strconv.ParseUint(f[0], 16, 64)
			h.Ptrace = bits&(1<<capSysPtrace) != 0
		case key == "Seccomp":
			h.Filtered = f[0] != "0"
		}
	}
	for key, value := range pairs(root, "proc/meminfo") {
		switch key {
		case "MemTotal":
			h.Memory.Total = kilobytes(value)
		case "MemAvailable":
			h.Memory.Available = kilobytes(value)
		}
	}
	h.Memory.Limit, h.Memory.Used = groupLimit(root)
	h.Memory.Ulimit, h.Memory.UlimitUsed = processLimit(root)
	h.Container = container(root)
	return h
}

// container says by what a container is known, as systemd-detect-virt and
// Kubernetes do.
func container(root fs.FS) string {
	for _, sign := range []struct{ file, what string }{
		{".dockerenv", "docker"},
		{"run/.containerenv", "podman"},
		{"var/run/secrets/kubernetes.io/serviceaccount", "kubernetes"},
	} {
		if _, err := fs.Stat(root, sign.file); err == nil {
			return sign.what
		}
	}
	return word(root, "run/systemd/container")
}

// groupLimit finds the control group with the least room, among that of this
// process and those around it: a limit holds for all that is inside. In a
// container the root of the groups is often that of the container.
func groupLimit(root fs.FS) (limit, used uint64) {
	room := uint64(math.MaxUint64)
	take := func(dir, limitFile, usedFile string) {
		l, err := strconv.ParseUint(word(root, path.Join(dir, limitFile)), 10, 64)
		if err != nil || l == 0 || l >= 1<<62 { // version 1 writes nearly 2^63 for no limit
			return
		}
		u, _ := strconv.ParseUint(word(root, path.Join(dir, usedFile)), 10, 64)
		u -= min(u, fileCache(root, path.Join(dir, "memory.stat")))
		if left := l - min(u, l); left < room {
			room, limit, used = left, l, u
		}
	}
	text, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		for dir := path.Clean("/" + f[2]); ; dir = path.Dir(dir) {
			switch {
			case f[0] == "0" && f[1] == "":
				take("sys/fs/cgroup"+dir, "memory.max", "memory.current")
			case f[1] == "memory":
				take("sys/fs/cgroup/memory"+dir, "memory.limit_in_bytes", "memory.usage_in_bytes")
			}
			if dir == "/" {
				break
			}
		}
	}
	return limit, used
}

// fileCache is what a control group has of files in memory. The numbers are those of
// the group and of all below it: in version 1 they have names of their own.
func fileCache(root fs.FS, name string) uint64 {
	own, all, inAll := uint64(0), uint64(0), false
	text, _ := fs.ReadFile(root, name)
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, _ := strconv.ParseUint(value, 10, 64)
		switch key {
		case "inactive_file", "active_file":
			own += n
		case "total_inactive_file", "total_active_file":
			all += n
			inAll = true
		}
	}
	if inAll {
		return all
	}
	return own
}

// processLimit finds the limit of this process with the least room: on what it has
// mapped, and on what of that it may write to.
func processLimit(root fs.FS) (limit, used uint64) {
	limits, _ := fs.ReadFile(root, "proc/self/limits")
	status := pairs(root, "proc/self/status")
	for line := range strings.Lines(string(limits)) {
		for _, l := range []struct{ name, used string }{{"Max address space", "VmSize"}, {"Max data size", "VmData"}} {
			rest, ok := strings.CutPrefix(line, l.name)
			f := strings.Fields(rest)
			if !ok || len(f) == 0 {
				continue
			}
			n, err := strconv.ParseUint(f[0], 10, 64)
			u := kilobytes(status[l.used])
			if err == nil && (limit == 0 || n-min(u, n) < limit-min(used, limit)) {
				limit, used = n, u
			}
		}
	}
	return limit, used
}

// word is the text of a small file without blanks around it; "" if it cannot be
// read.
func word(root fs.FS, name string) string {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(text))
}

// pairs are the lines "key: value" of a file.
func pairs(root fs.FS, name string) map[string]string {
	all := map[string]string{}
	f, err := root.Open(name)
	if err != nil {
		return all
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok {
			all[key] = value
		}
	}
	return all
}

func kilobytes(value string) uint64 {
	n, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 54)
	if err != nil {
		return 0
	}
	return n << 10
}
