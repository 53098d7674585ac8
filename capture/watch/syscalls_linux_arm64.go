package watch

// olderWaits are calls that newer platforms do not have.
var olderWaits []int64

// olderLimits are the time limits of those of them that wait for input.
var olderLimits map[int64]limit
