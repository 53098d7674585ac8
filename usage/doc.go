// Package usage reads what PHP processes have logged of their memory: a line for
// each reading, as CSV or as JSON.
//
// People log memory_get_usage() in many forms: columns of a CSV file, records of
// Monolog with the fields of its processors, the curve that a recording writes.
// The names of columns are guessed, or given. Numbers may have units, as in
// "12 MB"; a time is in seconds, milliseconds or more since 1970, or a date.
//
// Lines are read one after another in memory that does not grow with the file. A
// line that is no record, or has no usage, is counted and left out: logs hold
// other lines, too, and end in the middle of one.
package usage
