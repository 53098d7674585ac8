// Package growth finds what grows over a series of dumps of one process, and says
// where each byte is by which its memory grew.
//
// A [Series] takes the dumps one by one and keeps of each what the shapes of its
// paths hold. [Series.Growth] judges them; its comment lists the steps.
package growth
