// Package gate makes a verdict for CI of what grows: limits, rules that let places
// pass, and a baseline of what is known.
package gate
