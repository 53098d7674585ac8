// Package check says how far a dump can be trusted, what is odd in it, and how
// much of the memory that the process used it explains.
package check
