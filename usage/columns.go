package usage

import "strings"

// field is what a column is of.
type field int

const (
	fieldTime field = iota
	fieldPID
	fieldUsage
	fieldReal
	fieldPeak
	fieldRSS
	fieldRequest
	fields
)

// Columns are the names of columns, "" where they are to be guessed. In JSON a name
// may be a path, extra.memory_usage.
type Columns struct {
	Time, PID, Usage, Real, Peak, RSS, Request string
}

func (c *Columns) given() [fields]string {
	return [fields]string{c.Time, c.PID, c.Usage, c.Real, c.Peak, c.RSS, c.Request}
}

// aliases are what columns are often called, the plainest first. Compared are
// letters and digits in lower case: memory_usage, memoryUsage and "Memory usage"
// are one.
var aliases = [fields][]string{
	fieldTime:    {"time", "timestamp", "ts", "datetime", "date", "when", "t"},
	fieldPID:     {"pid", "processid", "process", "worker", "workerid", "workerpid"},
	fieldUsage:   {"usage", "memoryusage", "memorygetusage", "memory", "memusage", "memoryused", "mem", "used"},
	fieldReal:    {"real", "memoryusagereal", "memoryreal", "realusage", "memreal", "realmemoryusage", "allocated"},
	fieldPeak:    {"peak", "memorypeakusage", "peakmemoryusage", "memorypeak", "peakusage", "peakmemory", "mempeak"},
	fieldRSS:     {"rss", "vmrss", "resident", "residentmemory"},
	fieldRequest: {"request", "uri", "url", "route", "path", "job", "jobname", "command", "task", "name", "label"},
}

// plain is a name as aliases are written.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// match says which field a column is of, and how well its name fits: the lower the
// rank the better; -1 for a name that was given. false if it is of none.
func match(name string, given *[fields]string) (f field, rank int, ok bool) {
	last := name[strings.LastIndexByte(name, '.')+1:]
	for f := range fields {
		if given[f] != "" && (given[f] == name || given[f] == last) {
			return f, -1, true
		}
	}
	key := plain(last)
	for f := range fields {
		if given[f] != "" {
			continue
		}
		for rank, alias := range aliases[f] {
			if key == alias {
				return f, rank, true
			}
		}
	}
	return 0, 0, false
}
