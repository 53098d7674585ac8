package analysis

import (
	"math"
	"strings"

	"memtrail/dump"
	"memtrail/graph"
)

func Signed(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

// Over is what a is more than b, at least 0.
func Over(a, b uint64) uint64 { return a - min(a, b) }

// Verdict says how much of a dump could be read, and whether to believe it.
type Verdict string

// The verdicts.
const (
	Sound      Verdict = "sound"      // all of it
	Doubtful   Verdict = "doubtful"   // all of it, but address reuse cost contents, or the items come to more than memory_usage
	Damaged    Verdict = "damaged"    // to its end, but parts had to be left out
	Incomplete Verdict = "incomplete" // it ends early
)

// Readable reports whether all of the dump is there and could be read.
func (v Verdict) Readable() bool { return v == Sound || v == Doubtful }

// Caveats is what a dump leaves open of the memory that its process had.
type Caveats struct {
	Explained  uint64 // bytes that the items and the engine's own tables account for; shares are shares of this
	Unreliable uint64 // references that address reuse made up, in the whole dump
	// Unreachable is what items retain that no root leads to, bytes.
	Unreachable uint64
}

// Confidence says how sure it is that a suspect leaks. One dump shows what is
// big, only several show what grows: High is for what hardly anything but a
// leak looks like.
type Confidence string

// The degrees of confidence.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
)

// Place is an item with the way to it.
type Place struct {
	Path     string // expression; "" where no root reaches it
	Item     Item   // without children, with its sizes; zero where the place is no item
	Retained uint64
}

// PathStep is one item on the way from a root to an accumulation point. One
// that is labelled "…", without an item, stands for the middle of a long way.
type PathStep struct {
	Label    string // "$app", "->cache", "[501]"
	Key      string // the key by which the step before holds it; "" of the root
	Item     Item   // without children
	Retained uint64 // bytes; of the suspects of one dump only

	Node graph.NodeID // of the item, or graph.None
}

// A Kind is a type, with the class of objects.
type Kind struct{ Type, Class string }

// Changes are the places in code that can change what a place holds: what they
// can do, not what they did.
type Changes struct {
	Adds    []Site // the likeliest first
	Removes []Site
	// Other sites replace it by what cannot be told, or pass it by reference.
	Other []Site
}

// A Site is a place in code, and what it does.
type Site = dump.Site

// CallsItself is what a [Site] does that makes a function call itself.
const CallsItself = dump.CallsItself

// OnlySetUp reports whether only constructors add, to the object that they make:
// then nothing is added later.
func (c *Changes) OnlySetUp() bool {
	for _, s := range c.Adds {
		if s.Self == "" || !strings.HasSuffix(s.Function, "::__construct()") {
			return false
		}
	}
	return len(c.Adds) > 0 && len(c.Other) == 0
}
