package query

import "memtrail/analysis/paths"

// HideKeys hides the keys of arrays on the paths, which it changes.
func (r *RefPaths) HideKeys() {
	for i := range r.Paths {
		p := &r.Paths[i]
		p.hidden = true
		for k := 1; k < len(p.Steps); k++ {
			if k != p.at || len(p.between) == 0 {
				p.Steps[k].hide(p.Steps[k-1].Item.Type)
			}
		}
		if len(p.between) > 0 {
			p.Steps[p.at].hide(p.Step(p.at + len(p.between) - 1).Item.Type)
		}
	}
}

// hide hides the key by which an item of a type holds the step.
func (s *Step) hide(holder string) {
	if holder == "array" && !s.Entry {
		s.Key = paths.HiddenKey
	}
}
