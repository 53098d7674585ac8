package capture

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"memtrail/dump"
)

// runOf reads when a process was started and what it has spent, of all its
// threads; nil if the system does not tell.
func runOf(pid int) *dump.Run {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	// The name of the program, in parentheses, may have any text in it. The
	// field behind it is the third.
	const startTime = 22 - 3
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= startTime {
		return nil
	}
	started, err := strconv.ParseUint(string(fields[startTime]), 10, 64)
	if err != nil {
		return nil
	}
	r := &dump.Run{PID: pid, Started: started}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has ended
		}
		spent, _, _ := bytes.Cut(text, []byte(" "))
		n, _ := strconv.ParseUint(string(spent), 10, 64)
		r.CPU += n
	}
	if len(tasks) == 0 {
		return nil
	}
	r.CPUAfter = r.CPU
	return r
}
