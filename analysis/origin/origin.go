// Package origin joins what a dump keeps with what a profile made: which functions
// made the members of a place, and how many of the objects made are left.
package origin

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"memtrail/analysis/allocators"
	"memtrail/graph"
	"memtrail/profile"
	"memtrail/zend"
)

// Profiled is what a profile of the same process adds to an answer.
type Profiled struct {
	allocators.Source
	// Foreign says that the profile is of another program: none of the classes of
	// which the dump has objects is in it. Nothing else is taken from it then.
	Foreign bool
}

// MadeBy is a function whose live blocks fit the members of a place: about
// PerMember for each. That is inference, as nothing in a dump names the function
// that made a value.
type MadeBy struct {
	Function  string
	Caller    string // the function that called it, if the blocks of that call alone fit; "" for all its calls
	PerMember uint64 // blocks
	Blocks    uint64
	Rest      int64 // Blocks without PerMember for each member
	Bytes     uint64
}

// Survival compares how often the constructor of a class ran while the profile was
// taken with the objects of the class that the dump has.
type Survival struct {
	Class string
	Alive uint64
	// Made is how many runs there were, MadeAtLeast how many of these other
	// constructors have no part in: one that another constructor called may be
	// parent::__construct(), which makes no object. Objects that were cloned or
	// unserialized, or are older than the profile, are in neither.
	Made, MadeAtLeast uint64
}

// Share is the part of those made that is alive, at least and at most.
func (s *Survival) Share() (least, most float64) {
	return float64(s.Alive) / float64(max(s.Made, 1)), float64(s.Alive) / float64(max(s.MadeAtLeast, 1))
}

const (
	// allAlive is the least share of the objects made that is alive in a place from
	// which nothing is removed; mostGone is the most that a cache which evicts keeps of
	// many. In between is said and not judged: a queue may have been drained once.
	allAlive, mostGone = 0.9, 0.5
	// fewMade objects say nothing about either.
	fewMade = 100
)

// Members are what a place holds.
type Members struct {
	Count uint64
	// Blocks is about how many blocks of PHP's heap each takes; 0 where that is not
	// known. See [Blocks].
	Blocks  uint64
	Bytes   uint64   // that the place retains, its own table included
	Classes []string // of the members, then of what is in them; "" is skipped
}

// Join answers for the places of one dump by one profile.
type Join struct {
	functions, called []allocators.Frame
	constructors      map[string]Survival // by class, Alive not set
	alive             map[string]uint64   // objects, by class
}

// Need is what a join takes beside the profile: the frames, and the constructors.
var Need = profile.Need{Function: allocators.NeedOfFrames.Function + 90, Node: allocators.NeedOfFrames.Node}

// New joins a dump, of which alive are the objects by class, see [Alive], with a
// profile. The join is nil where the profile can say nothing: it is of another
// program.
func New(name string, p *profile.Profile, alive map[string]uint64) (*Profiled, *Join) {
	u := &Profiled{Source: allocators.SourceOf(name, p)}
	j := &Join{alive: alive}
	if u.Foreign = j.isForeign(p); u.Foreign {
		return u, nil
	}
	j.functions, j.called = allocators.Frames(p)
	j.constructors = constructorsOf(p)
	return u, j
}

// Alive counts the objects of a dump by class.
func Alive(g *graph.Graph) map[string]uint64 {
	perKind := make([]uint64, len(g.Kinds()))
	for n := range graph.NodeID(g.Items()) {
		if g.IsObject(n) && !g.Missing(n) {
			perKind[g.KindID(n)]++
		}
	}
	alive := map[string]uint64{}
	for k, kind := range g.Kinds() {
		if n := perKind[k]; n > 0 {
			alive[strings.Clone(g.Name(kind.Class))] += n
		}
	}
	return alive
}

// isForeign reports whether a profile has methods, and the dump objects, but not
// one class in common. A program without classes of its own fits any.
func (j *Join) isForeign(p *profile.Profile) bool {
	methods := false
	for _, f := range p.Functions {
		class, _, ok := strings.Cut(f.Name, "::")
		if !ok {
			continue
		}
		if zend.IsInternal(class) {
			continue
		}
		if methods = true; j.alive[class] > 0 {
			return false
		}
	}
	for class := range j.alive {
		if !zend.IsInternal(class) {
			return methods
		}
	}
	return false
}

const constructor = "::__construct"

// constructorsOf counts the runs of constructors. One that another class's
// constructor called may be a call of parent::__construct().
func constructorsOf(p *profile.Profile) map[string]Survival {
	list := map[string]Survival{}
	if !p.HasCalls {
		return list
	}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		class, ok := constructed(p.Functions[n.Function].Name)
		if !ok {
			continue
		}
		c := list[class]
		c.Class = class
		c.Made += n.Calls
		if caller, ok := constructed(p.Name(n.Parent)); p.Paths && (!ok || caller == class) {
			c.MadeAtLeast += n.Calls
		}
		list[class] = c
	}
	return list
}

// constructed is the class of which a function is the constructor.
func constructed(function string) (class string, ok bool) {
	return strings.CutSuffix(function, constructor)
}

// Survival tells how many of the objects that a place holds are left of those made:
// of its members, else of what is in these.
func (j *Join) Survival(m *Members) (list []Survival) {
	for _, class := range m.Classes {
		c, ok := j.constructors[class]
		if !ok || c.Made == 0 || slices.ContainsFunc(list, func(l Survival) bool { return l.Class == c.Class }) {
			continue
		}
		c.Alive = j.alive[class]
		list = append(list, c)
	}
	return list
}

// Fate is what became of the objects of a class.
type Fate string

// The fates.
const (
	Unknown Fate = ""        // the profile does not tell, or some are gone
	Survive Fate = "survive" // about all that were made are alive
	Gone    Fate = "gone"    // most that were made are gone, as in a cache that evicts
)

// Fate judges a class.
func (s *Survival) Fate() Fate {
	least, most := s.Share()
	switch {
	case s.MadeAtLeast < fewMade || most > 1:
	case least >= allAlive:
		return Survive
	case most <= mostGone:
		return Gone
	}
	return Unknown
}

const (
	// Blocks may differ from a multiple of the members by fewBlocks, for tables that
	// grew and what the first call made, by part of the members at most. In the
	// profiles at hand the rest is 0 to 18 where a function made the members, and 297
	// of 1,500 where one made something else.
	fewBlocks, restPart = 20, 0.02
	// moreBlocks is how many times the blocks that the dump shows of a member may have
	// been made for it: a dump hides some, as a closure's variables.
	moreBlocks = 1.25
	// The functions that fit together must account for about what the members take by
	// the allocator's model, which rounds up what was asked for: by 1 to 4 % in the
	// profiles at hand, 25 % where all are short strings.
	leastModel, mostModel, usualModel = 0.95, 1.3, 1.02
	// maxFitting functions are tried in all combinations.
	maxFitting = 12
)

// MadeBy finds the functions that made the members of a place: those of which the
// blocks are about a multiple of the members, and that together account for the
// blocks and bytes of these. That of most bytes is first.
func (j *Join) MadeBy(m *Members) []MadeBy {
	if m.Count == 0 || m.Bytes == 0 {
		return nil
	}
	// Even the smallest block takes 8 bytes.
	most := m.Bytes/m.Count/8 + 1
	if m.Blocks > 0 {
		most = uint64(moreBlocks*float64(m.Blocks)) + 1
	}
	var fitting []MadeBy
	fits := map[string]bool{}
	for _, list := range [][]allocators.Frame{j.functions, j.called} {
		for _, f := range list {
			b, ok := fit(&f, m.Count, most)
			if !ok || float64(b.Bytes) > float64(m.Bytes)/leastModel || allocators.IsDump(b.Function) || f.Caller != "" && fits[b.Function] {
				continue
			}
			if f.Caller == "" {
				fits[b.Function] = true
			}
			fitting = append(fitting, b)
		}
	}
	slices.SortFunc(fitting, func(a, b MadeBy) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Function, b.Function), cmp.Compare(a.Caller, b.Caller))
	})
	return bestFit(fitting[:min(len(fitting), maxFitting)], m, most)
}

// Blocks is about how many blocks of PHP's heap some items of a type take, which
// allocate so many bytes: one for each object and string, two for an array with
// elements, three for an object that may have a table of properties.
func Blocks(typ string, count, bytes uint64) uint64 {
	switch {
	case bytes == 0:
		return 0
	case typ == "array" && bytes > emptyArray*count:
		return 2 * count
	case typ == "object" && bytes >= withTable*count:
		return 3 * count
	}
	return count
}

const (
	// emptyArray is what an array takes without elements, in bytes.
	emptyArray = 56
	// withTable is the least that an object takes with a table of properties: 40 bytes
	// of its own, the array, and eight slots of 32 bytes with their hashes.
	withTable = 40 + emptyArray + 8*32 + 64
)

// fit divides the blocks of a function by the members.
func fit(f *allocators.Frame, members, most uint64) (MadeBy, bool) {
	blocks := f.Made.Self.Blocks
	k := uint64(math.Round(float64(blocks) / float64(members)))
	m := MadeBy{Function: f.Function, Caller: f.Caller, PerMember: k, Blocks: blocks, Bytes: f.Made.Self.Bytes}
	if k == 0 || k > most {
		return m, false
	}
	m.Rest = int64(blocks) - int64(k*members)
	tolerance := max(restPart*float64(members), min(fewBlocks, float64(members)/5))
	return m, math.Abs(float64(m.Rest)) <= tolerance
}

// bestFit tries all combinations of functions, and takes the one whose bytes and
// blocks come nearest to the members'.
func bestFit(fitting []MadeBy, m *Members, most uint64) []MadeBy {
	best, least := 0, math.Inf(1)
	for set := 1; set < 1<<len(fitting); set++ {
		var bytes, per uint64
		for i := range fitting {
			if set>>i&1 == 1 {
				bytes += fitting[i].Bytes
				per += fitting[i].PerMember
			}
		}
		model := float64(m.Bytes) / float64(max(bytes, 1))
		if per > most || model < leastModel || model > mostModel {
			continue
		}
		off := math.Abs(math.Log(model / usualModel))
		if m.Blocks > 0 {
			off += math.Abs(float64(per)-float64(m.Blocks)) / float64(m.Blocks)
		}
		if off < least {
			best, least = set, off
		}
	}
	var list []MadeBy
	for i := range fitting {
		if best>>i&1 == 1 {
			list = append(list, fitting[i])
		}
	}
	return list
}
