package main

import (
	"cmp"
	"os"
	"slices"
	"time"

	"memtrail/analysis/retain"
	"memtrail/dump"
	"memtrail/graph"
)

// How many dumps stay in memory, and how many items they have in all: a million
// take some 70 MB. The one asked for last stays, however large it is.
const (
	mostKept      = 4
	mostKeptItems = 16_000_000
)

// keptDumps are graphs of dumps that were read, the one asked for last at the end.
// The nil one keeps none.
type keptDumps struct {
	list        []*keptDump
	most, items int // dumps and items in all, if not mostKept and mostKeptItems
}

type keptDump struct {
	file  fileState
	graph *graph.Graph
	info  dump.Info
	sizes map[retain.RetentionOptions]*retain.Retention
}

// fileState tells whether a file is still what was read.
type fileState struct {
	path    string
	size    int64
	changed time.Time
}

func stateOf(path string) (fileState, bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return fileState{}, false
	}
	return fileState{path, info.Size(), info.ModTime()}, true
}

// get gives what is kept of a file as it is now; nil if nothing is.
func (k *keptDumps) get(path string) *keptDump {
	if k == nil {
		return nil
	}
	now, ok := stateOf(path)
	i := slices.IndexFunc(k.list, func(d *keptDump) bool { return ok && d.file == now })
	if i < 0 {
		return nil
	}
	d := k.list[i]
	k.list = append(slices.Delete(k.list, i, i+1), d)
	return d
}

// makeRoom forgets what will be too much beside one more dump.
func (k *keptDumps) makeRoom(items int) {
	most, mostItems := cmp.Or(k.most, mostKept), cmp.Or(k.items, mostKeptItems)
	for len(k.list) > 0 {
		total := items
		for _, d := range k.list {
			total += d.graph.Len()
		}
		if len(k.list) < most && total <= mostItems {
			return
		}
		k.list = slices.Delete(k.list, 0, 1)
	}
}

// keep keeps a graph. before is the state of its file before it was read.
func (k *keptDumps) keep(before fileState, g *graph.Graph, info dump.Info) {
	if k == nil {
		return
	}
	k.list = slices.DeleteFunc(k.list, func(d *keptDump) bool { return d.file.path == before.path })
	k.makeRoom(g.Len())
	k.list = append(k.list, &keptDump{file: before, graph: g, info: info, sizes: map[retain.RetentionOptions]*retain.Retention{}})
}

// any reports whether anything is kept.
func (k *keptDumps) any() bool { return k != nil && len(k.list) > 0 }

// memory is about what is kept, in bytes.
func (k *keptDumps) memory() uint64 {
	if k == nil {
		return 0
	}
	sum := uint64(0)
	for _, d := range k.list {
		sum += d.graph.Memory()
		for _, r := range d.sizes {
			sum += r.Memory()
		}
	}
	return sum
}

// forgetOthers forgets all but one.
func (k *keptDumps) forgetOthers(d *keptDump) {
	k.list = slices.DeleteFunc(k.list, func(o *keptDump) bool { return o != d })
}

// forget forgets all.
func (k *keptDumps) forget() { k.list = nil }

// retention computes the sizes of a kept dump once.
func (d *keptDump) retention(o retain.RetentionOptions) *retain.Retention {
	r := d.sizes[o]
	if r == nil {
		clear(d.sizes) // one of them at a time: it is half as large as the graph
		r = retain.Retain(d.graph, &d.info, o)
		d.sizes[o] = r
	}
	return r
}
