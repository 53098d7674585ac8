package report

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
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

// signedCount is a number with its sign, and with a decimal where that matters.
func signedCount(x float64) string {
	size := math.Abs(x)
	text := grouped(whole(size))
	if size < 10 {
		text = strings.TrimSuffix(strconv.FormatFloat(size, 'f', 1, 64), ".0")
	}
	return sign(x) + text
}

// signedBytes is a size with its sign.
func signedBytes(x float64) string { return sign(x) + memory(whole(math.Abs(x))) }

func sign(x float64) string {
	switch {
	case x < 0:
		return "−"
	case x > 0:
		return "+"
	}
	return ""
}

// balance is a size that may be below zero.
func balance(bytes int64) string {
	if bytes < 0 {
		return "−" + memory(uint64(-(bytes+1))+1)
	}
	return memory(uint64(bytes))
}

// change is a number of bytes with its sign, ±0 for none.
func change(bytes int64) string {
	if bytes == 0 {
		return "±0"
	}
	return signedBytes(float64(bytes))
}

// exactly is the largest number up to which a float64 has all integers.
const exactly = 1 << 53

// whole is a number from 0 on without its fraction.
func whole(x float64) uint64 {
	switch {
	case !(x > 0):
		return 0
	case x > exactly:
		return exactly
	}
	return uint64(math.Round(x))
}

// roundly keeps two digits of a number.
func roundly(x float64) uint64 {
	n, unit := whole(x), uint64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return max((n+unit/2)/unit*unit, 1)
}

func chance(p float64) string {
	if p < 0.001 {
		return "below 0.1 %"
	}
	return percent(p)
}

// decimal writes a number with the digits that it takes.
func decimal(x float64) string { return strconv.FormatFloat(cmp.Or(x, 0), 'f', -1, 64) }

// spaced writes numbers with blanks between them.
func spaced[T uint64 | int64](values []T) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = strconv.FormatInt(int64(v), 10)
		if v > 0 {
			list[i] = count(uint64(v))
		}
	}
	return strings.Join(list, " ")
}

func hex(address uint64) string { return "0x" + strconv.FormatUint(address, 16) }

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
