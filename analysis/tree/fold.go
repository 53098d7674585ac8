package tree

import (
	"cmp"
	"slices"

	"memtrail/graph"
)

// fold is what several siblings have in common, and come to.
type fold struct {
	hold
	count   uint64
	bytes   uint64 // that they retain
	largest uint64 // that one of them retains
	kept    uint64 // items that they keep, themselves included, if that is asked for
	first   graph.NodeID
	items   []graph.NodeID
}

// maxNamed is the number of folds from which on names of keys are not told
// apart any more.
const maxNamed = 4096

// foldAll sorts what the items of a branch dominate into folds.
func (b *treeBuilder) foldAll(at *branch) {
	b.named = true
	if !b.tryFold(at) {
		b.named = false
		b.tryFold(at)
	}
}

// tryFold makes the folds. It gives up where names make too many.
func (b *treeBuilder) tryFold(at *branch) bool {
	b.folds = b.folds[:0]
	clear(b.index)
	names := 0
	b.each(at, func(s hold, place int, c graph.NodeID) bool {
		if place < 0 {
			place = len(b.folds)
			b.index[s] = int32(place)
			b.folds = append(b.folds, fold{hold: s, first: c})
			if s.how == toKey || s.how == toProperty || s.how == toNumbered {
				names++
			}
		}
		f := &b.folds[place]
		bytes := b.retained(at, c)
		f.items = append(f.items, c)
		f.count++
		f.bytes += bytes
		f.kept += b.keeps(at, c)
		f.largest = max(f.largest, bytes)
		return !b.named || names <= maxNamed
	})
	return !b.named || names <= maxNamed
}

// each gives what the items of a branch dominate, with how they hold it and the
// place of its fold, -1 if there is none, until use says no.
func (b *treeBuilder) each(at *branch, use func(s hold, place int, c graph.NodeID) bool) {
	// The items of a branch are much alike: a child is likely to belong to the
	// same fold as the one that had its place in the item before.
	const maxLikely = 64
	var likely [maxLikely]int32
	for _, m := range at.items {
		b.sorter.enter(m, b.named)
		for i, c := range b.children.Of(m) {
			if at.chain.how != noChain && b.isLink(at.chain, c) {
				continue
			}
			s := b.sorter.to(c)
			place := int(likely[i%maxLikely])
			if place >= len(b.folds) || b.folds[place].hold != s {
				if p, ok := b.index[s]; ok {
					place = int(p)
				} else {
					place = -1
				}
			}
			if !use(s, place, c) {
				return
			}
			if place >= 0 {
				likely[i%maxLikely] = int32(place)
			}
		}
	}
}

// choose gives the folds that are shown, with their items, most bytes first.
func (b *treeBuilder) choose(at *branch) []fold {
	b.foldAll(at)
	shown := b.mostOf(slices.Clone(b.folds))
	for i := range shown {
		shown = append(shown, b.standOut(at, &shown[i])...)
	}
	return b.mostOf(shown)
}

// mostOf sorts folds, and keeps those that may be shown.
func (b *treeBuilder) mostOf(folds []fold) []fold {
	folds = slices.DeleteFunc(folds, func(f fold) bool { return f.bytes < max(b.out.Least, 1) })
	slices.SortFunc(folds, func(x, y fold) int {
		return cmp.Or(cmp.Compare(y.bytes, x.bytes), cmp.Compare(x.first, y.first))
	})
	return folds[:min(len(folds), b.most)]
}

const (
	// An item stands out that retains so many times what the median one does.
	farMore = 5
	// The most items that stand out of one fold.
	maxStandOut = 10
	// The median is that of so many items, evenly chosen.
	medianOf = 1001
)

// standOut takes out of a fold the items that retain far more than the others,
// and enough to be shown. Each is a fold of its own.
func (b *treeBuilder) standOut(at *branch, f *fold) []fold {
	if f.count == 1 || f.how == toUnreachable || f.largest < b.out.Least {
		return nil
	}
	least := max(b.out.Least, farMore*b.median(at, f.items), 1)
	if f.largest < least {
		return nil
	}
	var out []fold
	for _, n := range f.items {
		bytes := b.retained(at, n)
		if bytes < least {
			continue
		}
		out = append(out, fold{hold: f.hold, count: 1, bytes: bytes, largest: bytes, kept: b.keeps(at, n), first: n, items: []graph.NodeID{n}})
		if len(out) > maxStandOut {
			smallest := slices.MinFunc(out, func(x, y fold) int { return cmp.Compare(x.bytes, y.bytes) })
			least = smallest.bytes + 1
			out = slices.DeleteFunc(out, func(x fold) bool { return x.bytes < least })
		}
	}
	f.items = slices.DeleteFunc(f.items, func(n graph.NodeID) bool {
		return slices.ContainsFunc(out, func(x fold) bool { return x.first == n })
	})
	for _, x := range out {
		f.count--
		f.bytes -= x.bytes
		f.kept -= x.kept
	}
	if len(out) > 0 {
		f.first = f.items[0]
	}
	return out
}

// median is about the median of what items retain, the lower of two.
func (b *treeBuilder) median(at *branch, items []graph.NodeID) uint64 {
	by := (len(items) + medianOf - 1) / medianOf
	sample := make([]uint64, 0, medianOf)
	for i := 0; i < len(items); i += by {
		sample = append(sample, b.retained(at, items[i]))
	}
	slices.Sort(sample)
	return sample[(len(sample)-1)/2]
}
