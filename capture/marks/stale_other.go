//go:build !unix

package marks

// removeStale does nothing: nothing is recorded here.
func removeStale(string) {}
