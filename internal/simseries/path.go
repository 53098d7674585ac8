package simseries

import (
	"slices"
	"strings"
)

// Names reports whether a path in the analyzer's notation names the container.
// Keys may be [*] on either side, and names may have one *.
func (c Container) Names(path string) bool {
	steps := splitPath(path)
	for _, own := range slices.Concat(c.Paths, c.Through) {
		if samePath(splitPath(own), steps) {
			return true
		}
	}
	return false
}

// Leak finds the leak that a path names.
func (t Truth) Leak(path string) (Container, bool) {
	for _, c := range t.Leaks {
		if c.Names(path) {
			return c, true
		}
	}
	return Container{}, false
}

// Excused reports whether a finding at the path is not to be counted as a false
// alarm: what is there, or above, grows by chance, in a way that nobody can tell, or with a leak.
func (t Truth) Excused(path string) bool {
	for steps := splitPath(path); len(steps) > 0; steps = steps[:len(steps)-1] {
		at := strings.Join(steps, "")
		for _, c := range t.Bounded {
			if c.Ambiguous && c.Names(at) {
				return true
			}
		}
		if (Container{Paths: t.Companions}).Names(at) {
			return true
		}
	}
	return false
}

// splitPath cuts a path before each -> and [.
func splitPath(path string) []string {
	var steps []string
	start := 0
	// The frame in front of a root's variable has arrows of its own.
	i := max(strings.Index(path, "$"), 0)
	for i < len(path) {
		switch {
		case path[i] == '"':
			i++
			for i < len(path) && path[i] != '"' {
				if path[i] == '\\' {
					i++
				}
				i++
			}
			i++
			continue
		case path[i] == '[', strings.HasPrefix(path[i:], "->"):
			steps = append(steps, path[start:i])
			start = i
		}
		i++
	}
	return append(steps, path[start:])
}

func samePath(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !covers(a[i], b[i]) && !covers(b[i], a[i]) {
			return false
		}
	}
	return true
}

// covers reports whether a step with one * stands for another step.
func covers(pattern, step string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star || strings.HasPrefix(pattern, "*::") { // a protected static
		return false
	}
	return len(step) >= len(before)+len(after) && strings.HasPrefix(step, before) && strings.HasSuffix(step, after)
}
