// Package leaks names what looks like a leak in one dump: what keeps much memory
// alive in a shape that leaks have, and where it accumulates.
package leaks
