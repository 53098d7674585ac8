package report

import (
	"fmt"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/check"
	"memtrail/analysis/levels"
)

// ownerNames say in words what blocks belong to. They leave room for a heap of
// gigabytes on a page of 80 columns.
var ownerNames = map[string]string{
	"values":      "values: strings, arrays, …",
	"tables":      "tables: elements, properties",
	"keys":        "keys: strings that are no value",
	"frames":      "frames: VM stack, generators",
	"internals":   "internals of objects",
	"engine":      "engine: tables of the executor",
	"code":        "code: classes, functions",
	"native":      "native: held by C code only",
	"uncollected": "uncollected: garbage in cycles",
	"lost":        "lost: no pointer to it",
	"unknown":     "unknown",
	"in_flight":   "in flight: being allocated",
}

const (
	nativeUpTo      = 5 // holders named on a page
	uncollectedUpTo = 5
)

// owners draws the balance of a capture: every block has an owner.
func (c checkPage) owners(p points) {
	b, facts := c.Balance, c.Capture
	p.gap()
	rows := [][]cell{{{"memory_usage"}, {ungrouped(b.MemoryUsage)}, {""}, {Size(b.MemoryUsage)}, {""}}}
	for _, o := range facts.Owners {
		rows = append(rows, []cell{{minus + " " + ownerNames[o.Name]}, {ungrouped(o.Bytes)}, {ungrouped(o.Blocks)}, {Size(o.Bytes)}, {percentOf(o.Bytes, b.MemoryUsage)}})
	}
	rows = append(rows, []cell{{"= unexplained"}, {strings.Replace(fmt.Sprint(b.Unexplained), "-", minus, 1)}, {""}, {netSize(b.Unexplained)}, {percent(float64(b.Unexplained) / float64(max(b.MemoryUsage, 1)))}})
	p.table(grid{
		columns: []column{{title: "Balance"}, numeric("Bytes"), numeric("Blocks"), numeric("Size"), numeric("Share")},
		rows:    rowsOf(rows, func(_ int, r *[]cell) []cell { return *r }),
	})
	h := &facts.Heap
	p.line(fmt.Sprintf("memory_usage_real: %s in %s and %s, taken from the system.",
		Size(h.Real), Count(uint64(len(h.Chunks)), "chunk"), Count(h.Huge.Blocks, "huge block")))
	if text := keptText(levels.KeptBy(&c.Source)); text != "" {
		p.note(text)
	}
	if b.Unexplained != 0 && facts.Balanced {
		p.line("The unexplained bytes are the one block that PHP was allocating or freeing when it was stopped.")
	}
	c.nativeHolders(p)
	c.lostBlocks(p)
	c.uncollected(p)
	c.process(p)
}

// nativeHolders lists the libraries and symbols that hold blocks which no PHP value
// holds.
func (c checkPage) nativeHolders(p points) {
	if len(c.Capture.Native) == 0 {
		return
	}
	p.gap()
	p.line("Held by C code only, by who holds it:")
	for i, o := range c.Capture.Native {
		if i == nativeUpTo {
			p.point(fmt.Sprintf("… and %d more (--format json lists all)", len(c.Capture.Native)-i))
			break
		}
		p.point(fmt.Sprintf("%s: %s in %s", o.Name, Size(o.Bytes), Count(o.Blocks, "block")))
	}
}

// uncollected lists the classes of garbage in cycles.
func (c checkPage) uncollected(p points) {
	u := &c.Capture.Uncollected
	if u.Objects == 0 {
		return
	}
	p.gap()
	p.note(fmt.Sprintf("%s are garbage in cycles that PHP's collector has not freed yet. With all that they hold they take %s:",
		Count(u.Objects, "object"), Size(u.Bytes)))
	for i, k := range u.Classes {
		if i == uncollectedUpTo {
			p.point(fmt.Sprintf("… and %d more classes (--format json lists all)", len(u.Classes)-i))
			break
		}
		p.point(fmt.Sprintf("%s × %s", grouped(k.Objects), k.Class))
	}
	for i, k := range u.Cycles {
		if i == uncollectedUpTo {
			break
		}
		if k.Example != "" {
			p.point(fmt.Sprintf("%s of %s, such as %s", Count(k.Count, "cycle"), k.Class, k.Example))
		}
	}
	if why := whyUncollected(c.Capture.Collector); why != "" {
		p.line(why)
	}
}

// whyUncollected says why PHP's collector has not freed garbage.
func whyUncollected(g *analysis.Collector) string {
	switch {
	case g == nil:
		return ""
	case !g.Enabled:
		return "PHP's collector is switched off: gc_disable(), or zend.enable_gc=0."
	case g.Protected:
		return "PHP's collector has failed before and takes no more values."
	case g.Full:
		return "The buffer of PHP's collector is full: values that are noted from now on are lost to it."
	}
	return fmt.Sprintf("PHP's collector counts values, not bytes: it runs when %s that may be part of a cycle are noted; there are %s.",
		Count(g.Threshold, "value"), grouped(g.Roots))
}

// process sets PHP's memory into that of the process, which people watch.
func (c checkPage) process(p points) {
	list := c.Capture.Process
	if len(list) == 0 {
		return
	}
	total := uint64(0)
	for _, o := range list {
		total += o.Bytes
	}
	p.gap()
	rows := [][]cell{{{"RSS of the process"}, {ungrouped(total)}, {Size(total)}, {""}}}
	for _, o := range list {
		rows = append(rows, []cell{{minus + " " + o.Name}, {ungrouped(o.Bytes)}, {Size(o.Bytes)}, {percentOf(o.Bytes, total)}})
	}
	p.table(grid{
		columns: []column{{title: "Where the process's memory is"}, numeric("Bytes"), numeric("Size"), numeric("Share")},
		rows:    rowsOf(rows, func(_ int, r *[]cell) []cell { return *r }),
	})
	p.line(verdictOfProcess(list, total))
}

// verdictOfProcess says in a sentence whether PHP's heap is the reason why a
// process is large.
func verdictOfProcess(list []check.Owner, total uint64) string {
	var php, largest check.Owner
	for _, o := range list {
		if o.Name == check.ProcessInUse {
			php = o
		}
		if o.Bytes > largest.Bytes {
			largest = o
		}
	}
	share := percentOf(php.Bytes, total)
	switch {
	case 2*php.Bytes >= total:
		return "PHP's heap is the reason for the size of the process: what is in use there is " + share + " of it."
	case largest.Name == php.Name:
		return "PHP's heap is the largest part of the process, but less than half: what is in use there is " + share + " of it."
	}
	return fmt.Sprintf("PHP's heap is not the reason for the size of the process: what is in use there is %s of it. The largest part is %s, %s.",
		share, largest.Name, percentOf(largest.Bytes, total))
}

// ownersJSON are the bytes of each owner; they sum to memory_usage.
func ownersJSON(c *check.Check) map[string]int64 {
	if c.Capture == nil {
		return nil
	}
	m := map[string]int64{}
	for _, o := range c.Capture.Owners {
		m[o.Name] = int64(o.Bytes)
	}
	if c.Capture.Off != 0 {
		m["in_flight"] = -c.Capture.Off
	}
	return m
}

type uncollectedJSON struct {
	Objects   uint64              `json:"objects"`
	Bytes     uint64              `json:"bytes"`
	Classes   []check.ClassCount  `json:"classes"`
	Cycles    []check.Cycle       `json:"cycles"`
	Collector *analysis.Collector `json:"collector"`
}

func (c checkPage) encodeUncollected() *uncollectedJSON {
	if c.Capture == nil {
		return nil
	}
	u := &c.Capture.Uncollected
	return &uncollectedJSON{u.Objects, u.Bytes, append([]check.ClassCount{}, u.Classes...), append([]check.Cycle{}, u.Cycles...), c.Capture.Collector}
}

func (c checkPage) encodeProcess() map[string]uint64 {
	if c.Capture == nil || len(c.Capture.Process) == 0 {
		return nil
	}
	m := map[string]uint64{}
	for _, o := range c.Capture.Process {
		m[o.Name] = o.Bytes
	}
	return m
}

func (c checkPage) encodeNative() []ownerJSON {
	if c.Capture == nil {
		return nil
	}
	return sliceOf(c.Capture.Native, func(o *check.Owner) ownerJSON { return ownerJSON{o.Name, o.Blocks, o.Bytes} })
}

type ownerJSON struct {
	Name   string `json:"name"`
	Blocks uint64 `json:"blocks"`
	Bytes  uint64 `json:"bytes"`
}
