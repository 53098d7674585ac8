package memory

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// parseMaps reads /proc/PID/maps.
func parseMaps(r io.Reader) ([]Mapping, error) {
	var all []Mapping
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		m, err := ParseMapping(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("line %d of the mappings: %w", len(all)+1, err)
		}
		all = append(all, m)
	}
	return all, lines.Err()
}

// ParseMapping reads a line of /proc/PID/maps or smaps: "from-to perms offset dev inode path".
func ParseMapping(line string) (Mapping, error) {
	fields := strings.SplitN(line, " ", 6)
	if len(fields) < 5 {
		return Mapping{}, fmt.Errorf("%q has too few fields", line)
	}
	from, to, _ := strings.Cut(fields[0], "-")
	var m Mapping
	for _, n := range []struct {
		text string
		to   *uint64
	}{{from, &m.From}, {to, &m.To}, {fields[2], &m.Offset}} {
		v, err := strconv.ParseUint(n.text, 16, 64)
		if err != nil {
			return Mapping{}, err
		}
		*n.to = v
	}
	if m.To <= m.From {
		return Mapping{}, fmt.Errorf("the range %s ends before it begins", fields[0])
	}
	m.Permissions = fields[1]
	if len(fields) == 6 {
		m.Path = strings.TrimLeft(fields[5], " ")
	}
	return m, nil
}

// statusNumber gives the number behind a name in /proc/PID/status, 0 if there
// is none.
func statusNumber(text []byte, name string) int {
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(rest))
			return n
		}
	}
	return 0
}
