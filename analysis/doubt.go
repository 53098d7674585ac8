package analysis

// doubt says what the dump leaves open. What is retained must be known.
func (r *Retention) doubt() Doubt {
	d := Doubt{Explained: r.sizes.Explained(), Unreliable: r.g.Counts().Unreliable, Unreachable: r.retained.Unreachable}
	if r.reported {
		// The dump's own sizes know nothing of the engine's tables.
		d.Explained = r.retained.Root
	}
	return d
}
