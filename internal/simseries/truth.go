package simseries

import (
	"fmt"
	"slices"
)

// A Verdict is what there is to say of a series.
type Verdict uint8

// The verdicts.
const (
	Leak        Verdict = iota // a container grows without bound
	Clean                      // whatever grows, stops
	Unexplained                // the memory grows, and the items do not
)

var verdictNames = [...]string{"leak", "clean", "unexplained"}

func (v Verdict) String() string {
	if int(v) >= len(verdictNames) {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return verdictNames[v]
}

// MarshalText writes the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Truth is what is known of a series.
type Truth struct {
	Verdict Verdict `json:"verdict"`
	// Ambiguous: the dumps do not tell the verdict. Of a leak, none of Leaks
	// can be told; of any other series, something that is bounded happens to
	// look like a leak.
	Ambiguous bool `json:"ambiguous"`
	// Leaks are the containers that grow without bound.
	Leaks []Container `json:"leaks"`
	// Bounded are those whose content varies and does not leak. A finding
	// there is a false alarm, unless that one is Ambiguous.
	Bounded []Container `json:"bounded"`
	// Companions are paths of what grows because of a leak elsewhere. A finding
	// there is no false alarm, and does not name the leak.
	Companions []string `json:"companions,omitempty"`
	// Unexplained is the memory that no item shows.
	Unexplained UnexplainedBytes `json:"unexplained"`
}

// UnexplainedBytes is memory that no item shows, in bytes.
type UnexplainedBytes struct {
	Bytes       []int   `json:"bytes"`        // by dump
	PerInterval float64 `json:"per_interval"` // of growth, in the mean
	// Grows: without bound, and by more than a gate lets pass.
	Grows bool `json:"grows"`
	// Ambiguous: Bytes does not tell.
	Ambiguous bool `json:"ambiguous"`
}

// unexplainedLimit is by how much a gate lets unexplained memory grow in an interval
// unless told otherwise, in bytes.
const unexplainedLimit = 256 << 10

func (u *UnexplainedBytes) finish() {
	u.PerInterval = slope(u.Bytes, 0)
	c := judged(u.Bytes)
	least, mean := c[1]-c[0], slope(c, 0)
	for i := 2; i < len(c); i++ {
		least = min(least, c[i]-c[i-1])
	}
	switch {
	case u.Grows && len(c) <= few:
		u.Ambiguous = least < unexplainedLimit*11/10
	case u.Grows:
		u.Ambiguous = mean < unexplainedLimit*5/4 || !couldLeak(u.Bytes)
	default:
		u.Ambiguous = mean > unexplainedLimit*4/5 && looksLeaky(u.Bytes)
	}
}

// Rate is the mean growth in an interval from a dump to the last one.
func (u UnexplainedBytes) Rate(from int) float64 { return slope(u.Bytes, from) }

// A Container is something whose content varies over the series.
type Container struct {
	// Paths name it, any of them rightly, in the analyzer's notation. [*] is
	// all keys, and * in a name any text. Counts belong to the first.
	Paths []string `json:"paths"`
	// Through names it by way of the keys of a WeakMap, which keep it; the dump's
	// own references do not lead there in that way.
	Through []string `json:"through,omitempty"`
	// Holds is the class of what it holds, or the type; * is any text.
	Holds string `json:"holds"`
	// Link is set where it is a chain: the property that leads to the next.
	Link string `json:"link,omitempty"`
	// AlsoHolds are further classes that it accumulates, as Holds.
	AlsoHolds []string `json:"also_holds,omitempty"`
	// ByClass: Counts and the like are of the members of Holds and AlsoHolds only.
	ByClass bool `json:"by_class,omitempty"`
	// Lossy: dumps may show fewer members, as it is seen in a table that is made
	// for the visit (see package graph on the reuse of addresses).
	Lossy bool `json:"lossy,omitempty"`
	// Slots: the paths lead to the members, not to what holds them.
	Slots bool `json:"slots,omitempty"`
	// Counts is how much it holds in each dump: its children, all together
	// where a path names several containers; of a chain the objects; of a
	// string the bytes.
	Counts []int `json:"counts"`
	// Bytes is what it retains in each dump, with its own tables and keys, as
	// PHP allocates it; without the property tables that dumps have made.
	Bytes []int `json:"bytes"`
	// Classes are those of its members, or their types.
	Classes []ClassCounts `json:"classes,omitempty"`
	// Stayed is, for each interval, how many of the members that the dump
	// before had are still there.
	Stayed []int `json:"stayed,omitempty"`
	// Kept is how many the next dump shows with the same key, of objects
	// those with the same handle and class, and the same key if it is a text:
	// those that have stayed, and those that took the place of others.
	Kept []int `json:"kept,omitempty"`
	// From is the dump from which on it leaks.
	From int `json:"from"`
	// PerInterval is how much Counts grows in an interval since From, in the mean.
	PerInterval float64 `json:"per_interval"`
	// BytesPerInterval is the same of Bytes.
	BytesPerInterval float64 `json:"bytes_per_interval"`
	// Ambiguous: neither Counts nor Kept tells whether this is a leak.
	Ambiguous bool `json:"ambiguous"`
}

// ClassCounts are the members of one class, or of one type.
type ClassCounts struct {
	Class string `json:"class"`
	// Counts is how many there are in each dump, and Bytes what they retain.
	Counts []int `json:"counts"`
	Bytes  []int `json:"bytes"`
	// PerInterval and BytesPerInterval are as those of the Container.
	PerInterval      float64 `json:"per_interval"`
	BytesPerInterval float64 `json:"bytes_per_interval"`
	// Leaks: without bound.
	Leaks bool `json:"leaks"`
}

func (c *Container) finish(leak bool) {
	c.PerInterval, c.BytesPerInterval = slope(c.Counts, c.From), slope(c.Bytes, c.From)
	for i := range c.Classes {
		class := &c.Classes[i]
		class.PerInterval, class.BytesPerInterval = slope(class.Counts, c.From), slope(class.Bytes, c.From)
		class.Leaks = leak && (class.Class == c.Holds || slices.Contains(c.AlsoHolds, class.Class))
	}
	switch replaced := c.replaced(); {
	case leak:
		c.Ambiguous = replaced || !couldLeak(c.Counts)
	default:
		c.Ambiguous = !replaced && looksLeaky(c.Counts)
	}
}

// slope is the mean growth in an interval from one dump to the last.
func slope(counts []int, from int) float64 {
	intervals := len(counts) - 1 - from
	if intervals <= 0 {
		return 0
	}
	return float64(counts[len(counts)-1]-counts[from]) / float64(intervals)
}

// Rate is what one class of the members adds in an interval, in the mean from a
// dump to the last one: how many, and how many bytes. Where the class is none of
// several that leak, it is the rate of all.
func (c Container) Rate(class string, from int) (members, bytes float64) {
	from = max(from, c.From)
	for _, k := range c.Classes {
		if k.Class == class && len(c.AlsoHolds) > 0 {
			return slope(k.Counts, from), slope(k.Bytes, from)
		}
	}
	return slope(c.Counts, from), slope(c.Bytes, from)
}

// HasClass reports whether the members of a class, or type, leak. Names may have
// one *.
func (c Container) HasClass(name string) bool {
	for _, own := range append([]string{c.Holds}, c.AlsoHolds...) {
		if own == name || covers(own, name) || covers(name, own) {
			return true
		}
	}
	return false
}

// IsString reports whether it is one string, of which Counts are the bytes.
func (c Container) IsString() bool { return c.Holds == "string" && len(c.Classes) == 0 }
