package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"memtrail/capture/memory"
)

// Running is a process that runs PHP.
type Running struct {
	PID     int
	Command string // its arguments, joined by blanks; they are the process's own and may hold anything
	OPcache bool   // the extension is mapped, which does not say that it is enabled
}

// MayRead tells why the memory of the process may not be read; nil if it may.
func (r Running) MayRead() error {
	mappings, err := memory.ReadMappings(r.PID)
	if err != nil {
		return err
	}
	for i := range mappings {
		if m := &mappings[i]; m.Permissions[0] == 'r' && m.Writable() && m.Private() {
			return memory.ReadLive(r.PID, make([]byte, 1), m.From)
		}
	}
	return nil
}

// Processes lists the processes that have PHP mapped, as far as we may see:
// by the names of the files, which is quick. A program that embeds PHP without
// saying so in a name is not in the list and can be captured all the same.
func Processes() ([]Running, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	var all []Running
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
		if err != nil || !mapsPHP(maps) {
			continue
		}
		all = append(all, Running{pid, CommandLine(pid), bytes.Contains(maps, []byte("/opcache.so"))})
	}
	slices.SortFunc(all, func(a, b Running) int { return a.PID - b.PID })
	return all, nil
}

// maxCommand bounds a command line, in bytes. A process can say that any part of its
// memory is its command line (PR_SET_MM_MAP).
const maxCommand = 128 << 10

// CommandLine is what a process says that it was started with, its arguments joined by
// blanks, at most 128 KiB of it; "" if that cannot be read.
func CommandLine(pid int) string {
	f, err := os.Open(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return ""
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, maxCommand))
	return strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", " "))
}

// mapsPHP reports whether code is mapped from a file that is named like PHP.
func mapsPHP(maps []byte) bool {
	for line := range bytes.Lines(maps) {
		f := bytes.Fields(line)
		if len(f) < 6 || len(f[1]) < 3 || f[1][2] != 'x' {
			continue
		}
		switch name := path.Base(string(f[5])); {
		case strings.HasPrefix(name, "php"), strings.HasPrefix(name, "libphp"), strings.HasPrefix(name, "frankenphp"), strings.HasPrefix(name, "mod_php"):
			return true
		}
	}
	return false
}

// Activity is what a process does at a moment.
type Activity struct {
	Used   time.Duration // the processor time that it has used
	Asleep bool          // its first thread waits, and not for a disk
	Ended  bool
}

// ActivityOf looks at what a process does.
func ActivityOf(pid int) (Activity, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, os.ErrNotExist) {
		return Activity{Ended: true}, nil
	}
	if err != nil {
		return Activity{}, err
	}
	// The name of the program, in parentheses, may have blanks in it.
	i := bytes.LastIndexByte(text, ')')
	f := strings.Fields(string(text[i+1:]))
	const utime, stime, ticks = 11, 12, 100
	if len(f) <= stime {
		return Activity{}, fmt.Errorf("/proc/%d/stat has too few fields", pid)
	}
	user, _ := strconv.ParseInt(f[utime], 10, 64)
	system, _ := strconv.ParseInt(f[stime], 10, 64)
	used := time.Duration(user+system) * time.Second / ticks
	return Activity{Used: used, Asleep: f[0] == "S", Ended: f[0] == "Z" || f[0] == "X"}, nil
}
