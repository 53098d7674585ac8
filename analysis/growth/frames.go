package growth

import (
	"slices"

	"memtrail/analysis/paths"
)

// joinFrames makes one finding of the variables of one function that are more
// and more: its frames are, as it calls itself. The variable that keeps most
// names it.
func (t *steps) joinFrames() {
	sh := t.s.shapes
	first := map[string]int{} // by frame: its finding in kept
	var kept []finding
	for _, f := range t.found {
		frame := sh.Frame(f.step)
		if f.parent != paths.NoShape || frame == "" || f.by == byText || slices.Min(t.counts(f.keys...)[t.from:]) < 1 {
			kept = append(kept, f)
			continue
		}
		i, ok := first[frame]
		if !ok {
			first[frame] = len(kept)
			f.frames = true
			kept = append(kept, f)
			continue
		}
		if f.rate.Bytes > kept[i].rate.Bytes {
			kept[i], f = f, kept[i]
			kept[i].also, f.also = f.also, nil
			kept[i].frames, f.frames = true, false
		}
		kept[i].also = append(kept[i].also, f)
	}
	t.found = kept
}

// frameCounts is how many frames of its function a finding's variables are of.
func (t *steps) frameCounts(f *finding) []uint64 {
	most := t.counts(f.keys...)
	for i := range f.also {
		for d, n := range t.counts(f.also[i].keys...) {
			most[d] = max(most[d], n)
		}
	}
	return most
}
