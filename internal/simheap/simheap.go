// Package simheap writes php-meminfo dumps of a simulated PHP 8.2 process: of
// any size, in the extension's exact layout, with structures planted whose
// place, size and nature it reports.
//
// The process has an allocator like PHP's, so addresses tell what they tell in
// a real dump: elements lie 16 or 32 bytes apart, scalar properties inside their
// object, everything in pages of size classes in chunks of 2 MiB. The dumper
// visits it as php-meminfo does, frames innermost first, then the main script's
// variables, then static members, and has that dumper's defects.
//
// Structures of millions of members are never kept: they are built again, with
// the same addresses, whenever they are needed. What grows with the dump is the
// set of visited addresses, by one bit for 8 bytes of the process, and the weak
// map.
package simheap

import (
	"errors"
	"fmt"
	"io"
)

// Write writes the dump that o describes and reports what it holds. It fails
// if o is impossible, such as too few items for the structures wanted, or with
// the writer's error.
func Write(w io.Writer, o Options) (Truth, error) {
	p := newProgram(o.Seed)
	truth := Truth{Dangling: o.Dangling}
	if err := p.run(o, &truth); err != nil {
		return Truth{}, err
	}
	truth.Header = p.finish()

	d := &dumper{
		out:     newOutput(w, o.TruncateAt),
		scratch: scratch{heap: p.heap},
		seen:    visited{top: p.top},
		truth:   &truth,
		tally:   make(map[tallyKey]*Tally),
	}
	switch err := d.dump(p); {
	case errors.Is(err, errCut):
		truth.Truncated = true
	case err != nil:
		return Truth{}, fmt.Errorf("simheap: %w", err)
	case truth.Items != o.Items:
		return Truth{}, fmt.Errorf("simheap: wrote %d items where %d were wanted", truth.Items, o.Items)
	}
	truth.Bytes = d.out.flushed
	truth.Tallies = d.tallies()
	for _, planted := range p.plants {
		if d.seen.has(planted.example) {
			planted.Example = string(appendID(nil, planted.example))
		}
		truth.Plants = append(truth.Plants, planted.Plant)
	}
	return truth, nil
}

// dump prints the whole program. It returns errCut if the limit came first.
func (d *dumper) dump(p *program) error {
	d.header(d.truth.Header)
	for _, roots := range [][]root{p.frames, p.globals, p.statics} {
		for _, r := range roots {
			if err := d.root(r.frame, r.symbol, r.to); err != nil {
				return err
			}
		}
	}
	d.footer()
	limit := d.out.limit
	cut := limit > 0 && d.out.flushed+int64(len(d.out.buf)) > limit
	d.out.flush()
	if cut {
		return errCut
	}
	return d.out.err
}

// A recipe tells how to plant a structure, and what it will take.
type recipe struct {
	structure Structure
	fixed     int // items without a member, at most
	each      int // items that lot members take; 0: the structure has one size
	lot       int
	plant     func(p *program, members int)
}

func recipes(o Options) []recipe {
	return []recipe{
		{Cache, 4, 4, 1, (*program).cache},
		{Listeners, listenerItems, 5, 2, (*program).listeners},
		{List, 4, 2, 1, func(p *program, n int) { p.list(n, o.NextFirst) }},
		{Registry, 1, 4, 1, (*program).registry},
		{Config, 2, 1, 1, (*program).config},
		{Tree, 2, 4*treeNodes + 1, 1, (*program).forest},
		{Shared, 2 + settingCount, 3, 1, (*program).shared},
		{References, 3, 1, 1, (*program).references},
		{Cycles, 1, 5, 1, (*program).cycles},
		{WeakKeys, 2, 5, 1, (*program).weakKeys},
		{Frames, frameItems, 0, 0, func(p *program, _ int) { p.work() }},
		{OddKeys, oddItems, 0, 0, func(p *program, _ int) { p.odd() }},
		{Uninitialised, 5, 0, 0, func(p *program, _ int) { p.uninitialised() }},
	}
}

// run executes the program: it shares the items out and plants everything.
func (p *program) run(o Options, truth *Truth) error {
	if o.Dangling < 0 || o.TruncateAt < 0 {
		return errors.New("simheap: a number of dangling children or bytes is negative")
	}
	mix := o.Mix
	if mix == nil {
		mix = DefaultMix()
	}
	spent, weights := superglobalItems+1, 0 // the one is $ticks
	if o.Dangling > 0 {
		spent++
	}
	var chosen []recipe
	for _, r := range recipes(o) {
		weight := mix[r.structure]
		if weight <= 0 {
			continue
		}
		chosen = append(chosen, r)
		spent += r.fixed
		if r.each > 0 {
			weights += weight
		}
	}
	if o.Items < spent {
		return fmt.Errorf("simheap: %d items are too few: the structures wanted take %d without any member", o.Items, spent)
	}
	free := o.Items - spent
	left := free
	for _, r := range chosen {
		members := 0
		if r.each > 0 {
			lots := int(int64(free) * int64(mix[r.structure]) / int64(weights*r.each))
			left -= lots * r.each
			members = lots * r.lot
		}
		r.plant(p, members)
	}
	p.stale(o.Dangling)
	p.ticks(left, o.Items, truth)
	return nil
}
