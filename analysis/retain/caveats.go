package retain

import "memtrail/analysis"

// Caveats says what the dump leaves open. What is retained must be known.
func (r *Retention) Caveats() analysis.Caveats {
	d := analysis.Caveats{Explained: r.Sizes.Explained(), Unreliable: r.Graph.Counts().Unreliable, Unreachable: r.Retained.Unreachable}
	if r.Reported {
		// The dump's own sizes know nothing of the engine's tables.
		d.Explained = r.Retained.Root
	}
	return d
}
