// Package record takes dumps of a running PHP process at the moments that tell
// most, and writes down how its memory goes up and down between them.
//
// It goes in four steps:
//
//  1. A reading of the process is taken, ten times a second (package watch).
//  2. The [Engine] decides by it whether a dump is due. It is pure: readings go
//     in, orders come out, and it looks at no clock.
//  3. The [Recorder] has the process copied and the dump written, beside the
//     readings, which go on.
//  4. Each reading, and each event, becomes a row of the [Curve].
//
// The dumps of the series are mem-0001.json.zst and so on in the recording's
// directory, so that the directory is a series. Dumps that are none of the
// series (the peak, the last before memory_limit) are in the directory moments
// below it.
package record
