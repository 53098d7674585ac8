package tree

import (
	"cmp"
	"slices"

	"memtrail/graph"
)

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
	b.folds.reset()
	names := 0
	b.each(at, func(place uint32, c graph.NodeID) bool {
		f := b.folds.at(place)
		if f.count == 0 && (f.how == toKey || f.how == toProperty || f.how == toNumbered) {
			names++
		}
		bytes := b.retained(at, c)
		b.folds.add(f, c)
		f.bytes += bytes
		f.kept += b.keeps(at, c)
		f.largest = max(f.largest, bytes)
		return !b.named || names <= maxNamed
	})
	return !b.named || names <= maxNamed
}

// each gives what the items of a branch dominate, with the place of its fold, until
// use says no.
func (b *treeBuilder) each(at *branch, use func(place uint32, c graph.NodeID) bool) {
	// The items of a branch are much alike: a child is likely to belong to the
	// same fold as the one that had its place in the item before.
	const maxLikely = 64
	var likely [maxLikely]uint32
	for _, m := range at.items {
		b.sorter.enter(m, b.named)
		for i, c := range b.children.Of(m) {
			if at.chain.how != noChain && b.isLink(at.chain, c) {
				continue
			}
			s := b.sorter.to(c)
			place := likely[i%maxLikely]
			if !b.folds.isAt(place, s) {
				place = b.folds.of(s, c)
				likely[i%maxLikely] = place
			}
			if !use(place, c) {
				return
			}
		}
	}
}

// choose gives the folds that are shown, with their items, most bytes first.
func (b *treeBuilder) choose(at *branch) []shownFold {
	b.foldAll(at)
	enough := 0
	for f := range b.folds.all() {
		if f.bytes >= b.leastShown() {
			enough++
		}
	}
	shown := make([]shownFold, 0, enough)
	for f := range b.folds.all() {
		if f.bytes >= b.leastShown() {
			shown = append(shown, shownFold{*f, b.folds.items(f)})
		}
	}
	shown = b.mostOf(shown)
	for i := range shown {
		shown = append(shown, b.standOut(at, &shown[i])...)
	}
	return b.mostOf(shown)
}

func (b *treeBuilder) leastShown() uint64 { return max(b.out.Least, 1) }

// mostOf sorts folds, and keeps those that may be shown.
func (b *treeBuilder) mostOf(folds []shownFold) []shownFold {
	folds = slices.DeleteFunc(folds, func(f shownFold) bool { return f.bytes < b.leastShown() })
	slices.SortFunc(folds, func(x, y shownFold) int {
		if x.bytes != y.bytes {
			return cmp.Compare(y.bytes, x.bytes)
		}
		return cmp.Compare(x.first, y.first)
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
func (b *treeBuilder) standOut(at *branch, f *shownFold) []shownFold {
	if f.count == 1 || f.how == toUnreachable || f.largest < b.out.Least {
		return nil
	}
	least := max(b.out.Least, farMore*b.median(at, f.items), 1)
	if f.largest < least {
		return nil
	}
	var out []shownFold
	for _, n := range f.items {
		bytes := b.retained(at, n)
		if bytes < least {
			continue
		}
		one := fold{hold: f.hold, count: 1, bytes: bytes, largest: bytes, kept: b.keeps(at, n), first: n}
		out = append(out, shownFold{one, []graph.NodeID{n}})
		if len(out) > maxStandOut {
			smallest := slices.MinFunc(out, func(x, y shownFold) int { return cmp.Compare(x.bytes, y.bytes) })
			least = smallest.bytes + 1
			out = slices.DeleteFunc(out, func(x shownFold) bool { return x.bytes < least })
		}
	}
	f.items = slices.DeleteFunc(f.items, func(n graph.NodeID) bool {
		return slices.ContainsFunc(out, func(x shownFold) bool { return x.first == n })
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
