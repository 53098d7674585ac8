package watch

import "time"

// Reading is what a process says at one moment. Sizes are bytes, summed over
// its PHP threads.
type Reading struct {
	// Found is false while no PHP has been found in the process: then only
	// RSS is known.
	Found bool
	// Fresh is set in the first reading after PHP was found, again after the
	// process executed another program.
	Fresh bool
	PHP   string // version

	Usage uint64 // memory_get_usage()
	Peak  uint64 // memory_get_peak_usage()
	Real  uint64 // memory_get_usage(true)
	Limit uint64 // memory_limit; 0 for none
	RSS   uint64

	// Fatal is set while PHP reports that memory_limit is exhausted.
	Fatal bool
	// Request is false where no thread runs a request: between two of php-fpm's.
	Request bool
	// Ran is the processor time that the PHP threads have used.
	Ran  time.Duration
	Wait Wait
}

// Wait is where a process waits.
type Wait struct {
	// Asleep is set if each PHP thread that runs a request sleeps in a system
	// call that waits for input, for time or for another thread. It is not set
	// for what waits for output, for a lock on a file, or for a child.
	Asleep bool
	// Input is set if nothing but input ends that, for which there is no time
	// limit: then it works when it wakes, and does not only look for work.
	Input bool
	// Place tells places of the program from each other: the innermost calls.
	// 0 where it is not known.
	Place uint64
	// Depth is the number of calls that are open.
	Depth int
}
