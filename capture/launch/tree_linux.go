package launch

import (
	"bytes"
	"os"
	"slices"
	"strconv"
)

// Descendants gives a process and those below it, nearest first and, at equal
// distance, in the order of their numbers.
func Descendants(pid int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	children := map[int][]int{}
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if parent, ok := parentOf(e.Name()); ok {
			children[parent] = append(children[parent], child)
		}
	}
	all := []int{pid}
	seen := map[int]bool{pid: true}
	for i := 0; i < len(all); i++ {
		below := children[all[i]]
		slices.Sort(below)
		for _, child := range below {
			if !seen[child] { // what is read while it changes may go round
				seen[child] = true
				all = append(all, child)
			}
		}
	}
	return all
}

// parentOf reads the parent of a process: the second field behind the name.
func parentOf(pid string) (parent int, ok bool) {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0, false
	}
	i := bytes.LastIndexByte(text, ')')
	f := bytes.Fields(text[i+1:])
	if len(f) < 2 {
		return 0, false
	}
	parent, err = strconv.Atoi(string(f[1]))
	return parent, err == nil
}
