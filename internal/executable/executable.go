// Package executable asks whether memory may be made executable. It is a module
// of its own for the sake of its path: see package guard in it.
package executable
