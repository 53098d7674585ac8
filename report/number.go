package report

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Size writes a number of bytes as all pages do: a whole number of the largest
// unit that it has one of, with one decimal below 10 (1.2 MiB); bytes have no
// decimal.
func Size(bytes uint64) string {
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

// Count writes a number with the noun that it counts, given in the singular:
// 1 entry, 1,234 entries.
func Count(n uint64, noun string) string {
	if n != 1 {
		noun = pluralOf(noun)
	}
	return grouped(n) + " " + noun
}

// plural is Count for the length of a list.
func plural(n int, noun string) string { return Count(uint64(max(n, 0)), noun) }

// pluralOf is the plural of a noun, by the rules that the nouns of pages follow.
func pluralOf(noun string) string {
	switch {
	case noun == "child":
		return "children"
	case strings.HasSuffix(noun, "ss"):
		return noun + "es"
	case strings.HasSuffix(noun, "ry"):
		return strings.TrimSuffix(noun, "y") + "ies"
	}
	return noun + "s"
}

// grouped writes a number with commas between thousands.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// ungrouped writes a number as php-meminfo and CSV do: digits alone.
func ungrouped(n uint64) string { return strconv.FormatUint(n, 10) }

// percent writes a share, 1 for the whole, with one decimal.
func percent(share float64) string {
	tenths := math.Round(1000 * share)
	sign := ""
	if tenths < 0 {
		sign = minus
	}
	return sign + strconv.FormatFloat(math.Abs(tenths)/10, 'f', 1, 64) + " %"
}

// percentOf writes what part of a total a number of bytes is.
func percentOf(bytes, total uint64) string {
	return percent(float64(bytes) / float64(max(total, 1)))
}

// chance writes a probability.
func chance(p float64) string {
	if p < 0.001 {
		return "below 0.1 %"
	}
	return percent(p)
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

// changed writes a difference with its sign, ±0 for none. text writes its
// amount.
func changed(d int64, text func(uint64) string) string {
	switch {
	case d < 0:
		return minus + text(magnitude(d))
	case d > 0:
		return "+" + text(uint64(d))
	}
	return "±0"
}

// netSize is a size that may be below zero.
func netSize(bytes int64) string {
	if bytes < 0 {
		return minus + Size(magnitude(bytes))
	}
	return Size(uint64(bytes))
}

// magnitude is a number without its sign. The least int64 has one, too.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// signedCount writes a rate of items with its sign, below 10 with one decimal.
func signedCount(x float64) string {
	size := math.Abs(x)
	text := grouped(whole(size))
	if size < 10 {
		text = strings.TrimSuffix(strconv.FormatFloat(size, 'f', 1, 64), ".0")
	}
	return sign(x) + text
}

// signedBytes writes a rate of bytes with its sign.
func signedBytes(x float64) string { return sign(x) + Size(whole(math.Abs(x))) }

func sign(x float64) string {
	switch {
	case x < 0:
		return minus
	case x > 0:
		return "+"
	}
	return ""
}

// exactUpTo is the largest number up to which a float64 has all integers.
const exactUpTo = 1 << 53

// whole rounds a number; what is below zero or no number is zero.
func whole(x float64) uint64 {
	switch {
	case !(x > 0):
		return 0
	case x > exactUpTo:
		return exactUpTo
	}
	return uint64(math.Round(x))
}

// twoDigits rounds an estimate to its two leading digits; it is never zero.
func twoDigits(x float64) uint64 {
	n, unit := whole(x), uint64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return max((n+unit/2)/unit*unit, 1)
}

// decimal writes a number with the digits that it takes, for CSV.
func decimal(x float64) string { return strconv.FormatFloat(cmp.Or(x, 0), 'f', -1, 64) }

// spaced writes numbers with blanks between them, for CSV.
func spaced[T uint64 | int64](values []T) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = fmt.Sprint(v)
	}
	return strings.Join(list, " ")
}

// hex writes an address.
func hex(address uint64) string { return "0x" + strconv.FormatUint(address, 16) }

// milliseconds writes a duration.
func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
