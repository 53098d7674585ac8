// Package dumptest gives tests dumps: those in testdata, simulated ones, and graphs
// and values made in code.
package dumptest
