package pprof

import (
	"io"
	"time"

	pprofile "github.com/google/pprof/profile"

	"memtrail/profile"
)

// WriteCalls writes a profile of memprof: a call path is a stack, its values the
// blocks and bytes that its function made and still holds. A profile without call
// paths has stacks of one function. taken is when it was, or zero. The error is
// that of the writer.
func WriteCalls(w io.Writer, name string, taken time.Time, p *profile.Profile) error {
	return callsOf(name, taken, p).Write(w)
}

// CallsNeed is about what WriteCalls takes, in bytes. The format writes each stack
// out in full, so that a program that calls itself n times deep can have n²/2
// frames in its stacks.
func CallsNeed(p *profile.Profile) uint64 {
	const perFrame, perSample, perFunction = 8 + 8 + 6, 256, 600
	depth := make([]uint32, len(p.Nodes))
	sum := perFunction * uint64(len(p.Functions))
	for i := range p.Nodes {
		n := &p.Nodes[i]
		depth[i] = 1
		if i > 0 && p.Paths {
			depth[i] += depth[n.Parent]
		}
		if n.Self != (profile.Amount{}) {
			sum += perSample + perFrame*uint64(depth[i])
		}
	}
	return sum
}

func callsOf(of string, taken time.Time, p *profile.Profile) *pprofile.Profile {
	comments := []string{"profile: " + name(of), "bytes are those asked for, before PHP's allocator rounds them up"}
	if !p.HasBlocks {
		comments = append(comments, "the heap format of memprof has no blocks: inuse_objects is 0")
	}
	b := newBuilder(comments)
	if !taken.IsZero() {
		b.p.TimeNanos = taken.UnixNano()
	}
	frames := make([]*pprofile.Location, len(p.Functions))
	for i := range p.Functions {
		f := &p.Functions[i]
		frames[i] = b.frame(f.Name, name(f.File))
	}
	var stack []*pprofile.Location
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if n.Self == (profile.Amount{}) {
			continue
		}
		stack = stack[:0]
		for at := profile.NodeID(i); ; at = p.Nodes[at].Parent {
			stack = append(stack, frames[p.Nodes[at].Function])
			if at == profile.Root || !p.Paths {
				break
			}
		}
		b.leafFirst(append([]*pprofile.Location(nil), stack...), int64(n.Self.Blocks), int64(n.Self.Bytes))
	}
	return b.p
}
