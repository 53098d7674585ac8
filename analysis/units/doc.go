// Package units says what units of work have left behind, jobs or tests say, and
// what holds it.
//
// A program tells of its units (package capture/marks), and a recorder knows what
// memory_usage was higher behind each. That is no leak yet: classes were loaded,
// caches were filled, a test runner has noted a result. So the dumps before and
// behind a unit are compared, and what has become more is sorted by what it is
// ([What]). What is [Held] is given to the unit that can have left it, by its
// bytes.
package units

import (
	"memtrail/analysis"
)

// What tells what has become more between two dumps.
type What string

// What memory is for.
const (
	// Held is held by a container of the program's that has gained members.
	Held What = "held"
	// FirstUse fills once: a property or static that had no value, and caches by
	// the names of classes, functions and files, of which a program has only so many.
	// An array in it that has begun to grow is held, if a unit has left it that has
	// loaded no code.
	FirstUse What = "first_use"
	// Code is compiled code.
	Code What = "code"
	// OfTest is held by nothing but a test case, which a test runner keeps until
	// the end: by its properties, and its mock objects.
	OfTest What = "test_case"
	// OfRunner is held by nothing but the test runner, or the recorder's own code.
	OfRunner What = "runner"
	// Garbage waits for PHP's collector.
	Garbage What = "garbage"
)

// Holder is a place that holds more than in the dump before.
type Holder struct {
	What        What
	Path        string // as an expression
	Fingerprint string
	Holds       analysis.Kind // what it has more of
	Count       uint64        // how many
	Bytes       uint64        // of these and of what hangs on them
	Trace       []analysis.PathStep
	// Changes is the code that can add to the place and remove from it; nil where
	// that is not known.
	Changes *analysis.Changes
	// Declared is where the program declares the code that the place belongs to;
	// nil where the dumps do not tell.
	Declared *analysis.Declared
	// Begun is an array in what is there for the first time, which has most of its
	// bytes, and to which code adds element by element; nil if there is none.
	Begun *Holder
	// Inside is set on such an array.
	Inside bool
}

// Ended is a unit that has ended and left something.
type Ended struct {
	Number uint64 // from 1
	Name   string
	Left   int64 // bytes by which memory_usage was higher
	Code   bool  // files or classes were loaded in it
}

// Blamed is a unit that has left memory behind which is held.
type Blamed struct {
	Ended
	Holders []Holder // that are Held; most bytes first
	// Among are other units that may have left it just as well, since the dumps
	// are not close enough to tell.
	Among []string
}

// Held is the number of bytes that the holders hold.
func (b *Blamed) Held() uint64 {
	n := uint64(0)
	for i := range b.Holders {
		n += b.Holders[i].Bytes
	}
	return n
}
