package query

import "memtrail/analysis/paths"

// HideKeys hides the keys of arrays on the paths, which it changes.
func (r *RefPaths) HideKeys() {
	for _, p := range r.Paths {
		for i := range p.Steps {
			s := &p.Steps[i]
			if i > 0 && p.Steps[i-1].Item.Type == "array" && !s.Entry {
				s.Key = paths.HiddenKey
			}
		}
	}
}
