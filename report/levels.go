package report

import (
	"strings"

	"memtrail/analysis/growth"
	"memtrail/analysis/levels"
)

// keptText says that most of what PHP has taken from the system is free, what keeps
// it and what gives it back; "" for nil.
func keptText(k *levels.Kept) string {
	if k == nil {
		return ""
	}
	const giveBack = "gc_mem_caches(), the end of the request or a restart give them back."
	text := "PHP uses " + Size(k.Usage) + " and keeps " + Size(k.Real) + " of chunks: not a leak of values."
	of := " of " + plural(k.Chunks, "chunk") + " "
	switch {
	case k.Hollow > 0 && k.NearlyEmpty > 0:
		return text + " " + grouped(uint64(k.Hollow)) + of + one(k.Hollow, "has", "have") + " nothing in use: " + giveBack +
			" " + grouped(uint64(k.NearlyEmpty)) + " more " + one(k.NearlyEmpty, "stays", "stay") + " while the few values in " + one(k.NearlyEmpty, "it", "them") + " do: analyzer heap names these."
	case k.Hollow > 0:
		return text + " " + grouped(uint64(k.Hollow)) + of + one(k.Hollow, "has", "have") + " nothing in use (analyzer heap): " + giveBack
	case k.NearlyEmpty > 0:
		return text + " " + grouped(uint64(k.NearlyEmpty)) + of + one(k.NearlyEmpty, "stays", "stay") + " while the few values in " + one(k.NearlyEmpty, "it", "them") +
			" do: analyzer heap names these. The end of the request or a restart give " + one(k.NearlyEmpty, "it", "them") + " back."
	}
	return text + " analyzer heap tells what keeps them; " + giveBack
}

// outsideText says that memory rises which PHP does not count; "" for nil.
func outsideText(o *levels.Outside) string {
	if o == nil {
		return ""
	}
	return "RSS went from " + Size(o.First.RSS) + " to " + Size(o.Last.RSS) + ", and memory_usage from " + Size(o.First.Usage) + " to " + Size(o.Last.Usage) +
		": what rises is outside PHP's allocator, such as documents of libxml, results of database drivers, images or memory of FFI. " +
		"analyzer check of a captured dump tells what of the process it is."
}

// levelsText says how memory went from one level to another, beside memory_usage;
// what is not known of both is left out.
func levelsText(first, last levels.Level) string {
	var b strings.Builder
	for _, of := range levelColumns[1:] {
		if x, y := of.value(&first), of.value(&last); x > 0 && y > 0 {
			b.WriteString(", " + of.words + " " + Size(x) + " → " + Size(y))
		}
	}
	return b.String()
}

// levelColumn is one of the figures of a process.
type levelColumn struct {
	title, words string
	value        func(*levels.Level) uint64
}

var levelColumns = []levelColumn{
	{"usage", "memory_usage", func(l *levels.Level) uint64 { return l.Usage }},
	{"real", "taken from the system", func(l *levels.Level) uint64 { return l.Real }},
	{"peak", "peak", func(l *levels.Level) uint64 { return l.Peak }},
	{"RSS", "RSS", func(l *levels.Level) uint64 { return l.RSS }},
}

// LevelLine is one figure of a process over a series of dumps, in bytes.
type LevelLine struct {
	Name   string // usage, real, peak or RSS
	Words  string
	Values []uint64
}

// LevelLines are the figures that all dumps of a series have; none of a single dump.
func LevelLines(g *growth.Growth) []LevelLine {
	if len(g.Snapshots) < 2 {
		return nil
	}
	var list []LevelLine
	for _, of := range levelColumns {
		line := LevelLine{Name: of.title, Words: of.words}
		for i := range g.Snapshots {
			l := levels.Of(&g.Snapshots[i].Source)
			if v := of.value(&l); v > 0 {
				line.Values = append(line.Values, v)
			}
		}
		if len(line.Values) == len(g.Snapshots) {
			list = append(list, line)
		}
	}
	return list
}

// levelRemarks draw the figures of the process, dump by dump, where they tell more
// than memory_usage does, or all is asked for.
func levelRemarks(g *growth.Growth, all bool) []remark {
	if !all && g.Kept == nil && g.Outside == nil {
		return nil
	}
	var list []remark
	for _, l := range LevelLines(g) {
		list = append(list, remark{l.Name, words(sparkline(floats(l.Values)) + "  " + listed(l.Values, g.WarmUp, all, Size))})
	}
	return list
}

// keptJSON is memory that PHP keeps without using it. The chunks are those of a
// capture.
type keptJSON struct {
	Bytes       uint64 `json:"bytes"`
	Usage       uint64 `json:"memory_usage"`
	Real        uint64 `json:"memory_usage_real"`
	Chunks      *int   `json:"chunks"`
	Hollow      *int   `json:"hollow"`
	NearlyEmpty *int   `json:"nearly_empty"`
}

func encodeKept(k *levels.Kept) *keptJSON {
	if k == nil {
		return nil
	}
	d := &keptJSON{Bytes: k.Bytes(), Usage: k.Usage, Real: k.Real}
	if k.Chunks > 0 {
		d.Chunks, d.Hollow, d.NearlyEmpty = &k.Chunks, &k.Hollow, &k.NearlyEmpty
	}
	return d
}

// risesOutsideJSON is memory that rises outside PHP's allocator.
type risesOutsideJSON struct {
	Bytes uint64    `json:"bytes"`
	First levelJSON `json:"first"`
	Last  levelJSON `json:"last"`
}

func encodeRisesOutside(o *levels.Outside) *risesOutsideJSON {
	if o == nil {
		return nil
	}
	return &risesOutsideJSON{Bytes: o.Rise, First: encodeLevel(&o.First), Last: encodeLevel(&o.Last)}
}

// levelJSON has null for what is not known.
type levelJSON struct {
	Usage uint64  `json:"usage"`
	Real  *uint64 `json:"real"`
	Peak  *uint64 `json:"peak"`
	RSS   *uint64 `json:"rss"`
}

func encodeLevel(l *levels.Level) levelJSON {
	return levelJSON{l.Usage, numberOrNull(l.Real, l.Real > 0), numberOrNull(l.Peak, l.Peak > 0), numberOrNull(l.RSS, l.RSS > 0)}
}
