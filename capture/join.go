package capture

import (
	"cmp"
	"slices"

	"memtrail/dump"
)

// join adds the facts of a thread's heap to those of others.
func join(sum, c *dump.Capture) *dump.Capture {
	if sum == nil {
		return c
	}
	sum.Threads += c.Threads
	sum.Off += c.Off
	sum.Balanced = sum.Balanced && c.Balanced
	sum.Blocks = add(sum.Blocks, c.Blocks)
	sum.Owners = joinOwners(sum.Owners, c.Owners)
	sum.Native = joinOwners(sum.Native, c.Native)
	slices.SortStableFunc(sum.Native, func(a, b dump.Owner) int { return cmp.Compare(b.Bytes, a.Bytes) })
	sum.Uncollected.Objects += c.Uncollected.Objects
	sum.Uncollected.Bytes += c.Uncollected.Bytes
	for _, x := range c.Uncollected.Classes {
		if i := slices.IndexFunc(sum.Uncollected.Classes, func(y dump.ClassCount) bool { return y.Class == x.Class }); i >= 0 {
			sum.Uncollected.Classes[i].Objects += x.Objects
		} else {
			sum.Uncollected.Classes = append(sum.Uncollected.Classes, x)
		}
	}
	if sum.Code == nil {
		sum.Code = c.Code // threads run the same program
	}
	sum.Uncollected.Cycles = append(sum.Uncollected.Cycles, c.Uncollected.Cycles...)
	if sum.Collector == nil {
		sum.Collector = c.Collector
	}
	sum.Closures = append(sum.Closures, c.Closures...)
	sum.Lost = append(sum.Lost, c.Lost...)
	sum.Problems = append(sum.Problems, c.Problems...)
	h := &sum.Heap
	h.Real += c.Heap.Real
	h.Cached += c.Heap.Cached
	h.Huge = add(h.Huge, c.Heap.Huge)
	h.FreePages += c.Heap.FreePages
	for i := range min(len(h.Bins), len(c.Heap.Bins)) {
		h.Bins[i].Slots += c.Heap.Bins[i].Slots
		h.Bins[i].Free += c.Heap.Bins[i].Free
	}
	h.HugeList = append(h.HugeList, c.Heap.HugeList...)
	h.Chunks = append(h.Chunks, c.Heap.Chunks...)
	return sum
}

func add(a, b dump.Amount) dump.Amount {
	return dump.Amount{Blocks: a.Blocks + b.Blocks, Bytes: a.Bytes + b.Bytes}
}

// joinOwners adds up owners of the same name; new ones go to the end.
func joinOwners(sum, more []dump.Owner) []dump.Owner {
	for _, o := range more {
		if i := slices.IndexFunc(sum, func(x dump.Owner) bool { return x.Name == o.Name }); i >= 0 {
			sum[i].Amount = add(sum[i].Amount, o.Amount)
		} else {
			sum = append(sum, o)
		}
	}
	return sum
}
