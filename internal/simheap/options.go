package simheap

import (
	"fmt"
	"slices"
	"strings"
)

// Options say what Write is to simulate. Equal Options give equal bytes.
type Options struct {
	// Items is how many items the dump has, exactly: what the structures
	// leave over becomes elements of an array of numbers,
	// App\Metrics\Clock::$ticks.
	Items int
	// Seed moves the addresses and varies lengths and shapes.
	Seed uint64
	// Mix says which structures the dump has; nil stands for DefaultMix().
	Mix Mix
	// NextFirst makes list nodes list their next node before their payload.
	// The dumper's stack, and that of whoever follows it, then becomes as deep
	// as the list is long; the simulator's takes some 600 bytes a node.
	NextFirst bool
	// Dangling is how many children are to have an id that no item has.
	Dangling int
	// TruncateAt ends the dump behind that many bytes; 0 lets it end by itself.
	TruncateAt int64
}

// A Structure is something planted in a dump.
type Structure int

const (
	// Cache is a service that never evicts: $userService->cache->cache. A leak.
	Cache Structure = iota
	// Listeners are closures that nobody removes. Their captured variables are
	// shown in temporary tables whose addresses are used again, so most of the
	// contents are missing. A leak.
	Listeners
	// List is a linked list that only grows, every node knowing its
	// predecessor too. A leak.
	List
	// Registry is a static array with string keys. A leak.
	Registry
	// Config is a wide array of strings that any program would hold.
	Config
	// Tree is a forest of deep trees whose nodes know their parents.
	Tree
	// Shared are arrays that share their elements (copy-on-write).
	Shared
	// References are scalars that two arrays refer to by &.
	References
	// Cycles are objects that know each other.
	Cycles
	// WeakKeys is a WeakMap whose keys another array keeps alive.
	WeakKeys

	// The structures from here on have one size: their weight only switches
	// them on, and they are no plants.

	// Frames are functions in the middle of their work.
	Frames
	// OddKeys are keys, classes and symbols that are hard to read.
	OddKeys
	// Uninitialised slots have the type "number".
	Uninitialised

	structureCount
)

var structureNames = [structureCount]string{
	"cache", "listeners", "list", "registry", "config", "tree", "shared",
	"references", "cycles", "weakkeys", "frames", "oddkeys", "uninitialised",
}

func (s Structure) String() string {
	if s < 0 || s >= structureCount {
		return fmt.Sprintf("Structure(%d)", int(s))
	}
	return structureNames[s]
}

// MarshalText writes the structure's name.
func (s Structure) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a structure's name.
func (s *Structure) UnmarshalText(text []byte) error {
	i := slices.Index(structureNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown structure %q: there are %s", text, strings.Join(structureNames[:], ", "))
	}
	*s = Structure(i)
	return nil
}

// Mix shares the items out among structures by weight. A structure that is
// missing or has the weight 0 is left out.
type Mix map[Structure]int

// DefaultMix has every structure. The cache dominates, so that an item takes
// about as many bytes and edges as in the dump of a real service of that kind.
func DefaultMix() Mix {
	return Mix{
		Cache: 800, Listeners: 40, List: 40, Registry: 50, Config: 20,
		Tree: 15, Shared: 5, References: 10, Cycles: 15, WeakKeys: 5,
		Frames: 1, OddKeys: 1, Uninitialised: 1,
	}
}
