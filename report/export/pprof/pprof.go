// Package pprof writes the dominator tree of a dump as a profile of pprof's, for
// the tools and the systems that watch fleets by such profiles.
//
// A place of the tree is a stack: the places above it, from a variable or static
// down. Its values are what its items are and take themselves, so that what pprof
// sums up over a stack (cum) is what the place keeps alive. Frames in parentheses
// make the sum what the process had allocated, memory_usage.
package pprof

import (
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/pprof/profile"

	"memtrail/analysis/inventory"
	"memtrail/analysis/paths"
	"memtrail/analysis/tree"
)

// The frames of what is no place of its own.
const (
	leftOut     = "(left out, small)" // below a place, too small to be told apart
	itself      = "(PHP itself)"      // an empty script, and the engine's table of objects
	unexplained = "(unexplained)"     // the rest of memory_usage; negative where the sizes come to more
)

// Write writes the profile of a tree of the inventory, compressed. The error is
// that of the writer.
func Write(w io.Writer, v *inventory.Inventory, t *tree.Tree) error {
	return profileOf(v, t).Write(w)
}

// profileOf makes the profile. Functions are numbered in the order of the tree: the
// same dump gives the same bytes.
func profileOf(v *inventory.Inventory, t *tree.Tree) *profile.Profile {
	b := newBuilder(comments(v))
	if !v.Time.IsZero() {
		b.p.TimeNanos = v.Time.UnixNano()
	}
	var stack []*profile.Location // by depth, all roots left out
	for _, place := range inventory.Places(t) {
		if place.Depth > 0 {
			stack = append(stack[:place.Depth-1], b.place(&place))
		}
		if objects := place.Items(); objects > 0 || place.Own > 0 {
			b.sample(stack, int64(objects), int64(place.Own)).Label = map[string][]string{
				"class": {name(place.Class)}, "type": {name(place.Type)},
			}
			b.last().NumLabel = map[string][]int64{"members": {int64(place.Count)}}
		}
		if place.LeftOutBytes > 0 || place.LeftOutItems > 0 {
			b.sample(append(stack[:len(stack):len(stack)], b.frame(leftOut, "")), int64(place.LeftOutItems), int64(place.LeftOutBytes))
		}
	}
	if bytes := v.Itself(); bytes > 0 {
		b.sample([]*profile.Location{b.frame(itself, "")}, 0, int64(bytes))
	}
	if bytes := v.Unexplained(); bytes != 0 {
		b.sample([]*profile.Location{b.frame(unexplained, "")}, 0, bytes)
	}
	return b.p
}

// comments say what the profile is of, and what its numbers mean.
func comments(v *inventory.Inventory) []string {
	list := []string{
		"dump: " + name(v.Name),
		"flat is what items take themselves, cum what would be freed with them",
	}
	if _, ok := v.MemoryUsage(); !ok {
		list = append(list, "the dump does not say how much its process had allocated: the total is what its items account for")
	}
	if !v.Verdict().Readable() {
		list = append(list, "the dump is "+string(v.Verdict())+": parts of it are missing")
	}
	return list
}

// builder makes a profile, sample by sample.
type builder struct {
	p  *profile.Profile
	at map[[2]string]*profile.Location // by the name and file of their function
}

func newBuilder(comments []string) *builder {
	return &builder{at: map[[2]string]*profile.Location{}, p: &profile.Profile{
		SampleType:        []*profile.ValueType{{Type: "inuse_objects", Unit: "count"}, {Type: "inuse_space", Unit: "bytes"}},
		DefaultSampleType: "inuse_space",
		PeriodType:        &profile.ValueType{Type: "space", Unit: "bytes"},
		Period:            1,
		Mapping:           []*profile.Mapping{{ID: 1, File: "php", HasFunctions: true, HasFilenames: true}},
		Comments:          comments,
	}}
}

// place is the frame of a place.
func (b *builder) place(p *inventory.Place) *profile.Location {
	what := p.Class
	if what == "" {
		what = p.Type
	}
	if what == "" {
		return b.frame(p.Label, "")
	}
	return b.frame(name(p.Label)+" "+name(what), name(what))
}

// frame gives the location of a function. Its file is a class, so that pprof's
// -files sums up by class.
func (b *builder) frame(text, file string) *profile.Location {
	text = unshortened(name(text))
	key := [2]string{text, file}
	if l := b.at[key]; l != nil {
		return l
	}
	id := uint64(len(b.p.Function) + 1)
	// pprof takes a name that is also the system's for one of C++, and cuts what it
	// takes for templates and arguments: [], <> and ().
	f := &profile.Function{ID: id, Name: text, SystemName: "php:" + strconv.FormatUint(id, 10), Filename: file}
	l := &profile.Location{ID: id, Mapping: b.p.Mapping[0], Line: []profile.Line{{Function: f}}}
	b.p.Function, b.p.Location = append(b.p.Function, f), append(b.p.Location, l)
	b.at[key] = l
	return l
}

// sample adds a sample of a stack, the topmost frame first.
func (b *builder) sample(stack []*profile.Location, objects, bytes int64) *profile.Sample {
	leafFirst := make([]*profile.Location, len(stack))
	for i, l := range stack {
		leafFirst[len(stack)-1-i] = l
	}
	return b.leafFirst(leafFirst, objects, bytes)
}

func (b *builder) leafFirst(stack []*profile.Location, objects, bytes int64) *profile.Sample {
	b.p.Sample = append(b.p.Sample, &profile.Sample{Location: stack, Value: []int64{objects, bytes}})
	return b.last()
}

func (b *builder) last() *profile.Sample { return b.p.Sample[len(b.p.Sample)-1] }

// name makes a class or type printable, different ones differently: pprof writes
// names to terminals as they are. What cannot be printed is written as a string
// of PHP's.
func name(text string) string {
	if paths.PlainText(text) == text && !strings.HasPrefix(text, `"`) {
		return text
	}
	return paths.Quote(text)
}

var (
	// pprof cuts what it takes for the path and the version of a Go module out of
	// names: see ShortenFunctionName in its package internal/graph.
	module  = regexp.MustCompile(`^(?:[\w\-.]+/)+[^.]+\.`)
	version = regexp.MustCompile(`/(v(?:[2-9]|[1-9][0-9]+)[./])`)
)

// unshortened keeps pprof from cutting a name, by escapes of PHP's.
func unshortened(text string) string {
	text = version.ReplaceAllString(text, `\x2F$1`)
	if module.MatchString(text) {
		text = strings.ReplaceAll(text, "/", `\x2F`)
	}
	return text
}
