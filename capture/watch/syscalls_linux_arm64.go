package watch

// olderWaits are calls that newer platforms do not have.
var olderWaits []int64
