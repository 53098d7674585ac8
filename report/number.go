package report

import (
	"math"
	"strconv"
)

// Size writes a number of bytes as all pages have them, 1.2 MiB: for messages
// beside a page.
func Size(bytes uint64) string { return memory(bytes) }

// memory is a size, rounded to a whole number of the largest unit that it has
// one of; below 10 of it there is a decimal. Bytes have none.
func memory(bytes uint64) string {
	const unit = 1024
	if bytes < unit {
		return grouped(bytes) + " B"
	}
	n, prefix := float64(bytes), ""
	for _, p := range []string{"K", "M", "G", "T"} {
		n, prefix = n/unit, p
		// What rounds to a whole next unit is one: 1,048,575 bytes are 1.0 MiB.
		if math.Round(n) < unit {
			break
		}
	}
	if tenths := math.Round(n * 10); tenths < 100 {
		return strconv.FormatFloat(tenths/10, 'f', 1, 64) + " " + prefix + "iB"
	}
	return grouped(uint64(math.Round(n))) + " " + prefix + "iB"
}

// percent is a share as a percentage.
func percent(share float64) string {
	tenths := math.Round(1000 * share)
	sign := ""
	if tenths < 0 {
		sign = minus
	}
	return sign + strconv.FormatFloat(math.Abs(tenths)/10, 'f', 1, 64) + " %"
}

// minus is the sign of numbers on pages. In CSV and JSON it is a hyphen.
const minus = "−"

// delta is after − before, as far as an int64 goes.
func delta(before, after uint64) int64 {
	if after >= before {
		return int64(min(after-before, math.MaxInt64))
	}
	return -int64(min(before-after, math.MaxInt64))
}

// changed writes a difference with its sign.
func changed(d int64, text func(uint64) string) string {
	switch {
	case d < 0:
		return minus + text(uint64(-d))
	case d > 0:
		return "+" + text(uint64(d))
	}
	return "±0"
}

// count writes a number as php-meminfo does: digits alone.
func count(n uint64) string { return strconv.FormatUint(n, 10) }

// grouped writes a number with commas between thousands.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Count writes a number with what it counts, in the plural if need be: for
// messages beside a page.
func Count(n uint64, noun string) string { return thousands(n, noun) }

// thousands is a number with what it counts.
func thousands(n uint64, noun string) string {
	switch {
	case n == 1:
	case noun == "child":
		noun = "children"
	default:
		noun += "s"
	}
	return grouped(n) + " " + noun
}

// plural is thousands for the length of a list.
func plural(n int, noun string) string { return thousands(uint64(max(n, 0)), noun) }
