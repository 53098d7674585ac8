package usage

import (
	"bytes"
	"math"
	"time"
)

// parseBytes reads a number of bytes: digits, a decimal, or one with a unit, as in
// "12.5 MB", 1 KB being 1,024. A negative one is none.
func parseBytes(text []byte) (uint64, bool) {
	var n uint64
	for i, c := range text {
		if c < '0' || c > '9' || i > 17 {
			return parseWithUnit(text)
		}
		n = 10*n + uint64(c-'0')
	}
	return n, len(text) > 0
}

// maxBytes is more than any process has, and what a sum of many does not overflow
// with.
const maxBytes = 1 << 48

func parseWithUnit(text []byte) (uint64, bool) {
	whole, fraction, rest, ok := decimal(bytes.TrimSpace(text), true)
	if !ok {
		return 0, false
	}
	x := (float64(whole) + float64(fraction)/1e9) * scaleOf(bytes.TrimSpace(rest))
	if !(x >= 0 && x <= maxBytes) {
		return 0, false
	}
	return uint64(x), true
}

// scaleOf is the bytes of a unit: K, kB, MiB, bytes; NaN if it is none.
func scaleOf(unit []byte) float64 {
	scale := 1.0
	if len(unit) > 0 {
		if i := bytes.IndexByte([]byte("kmgt"), unit[0]|0x20); i >= 0 {
			scale = float64(uint64(1) << (10 * (i + 1)))
			unit = unit[1:]
			if len(unit) == 2 && unit[0]|0x20 == 'i' {
				unit = unit[1:]
			}
		}
	}
	if len(unit) == 0 || len(unit) == 1 && unit[0]|0x20 == 'b' || scale == 1 && bytes.EqualFold(unit, []byte("bytes")) {
		return scale
	}
	return math.NaN()
}

// decimal reads digits, with a fraction of up to nine digits, in thousands that
// commas part if these may be.
func decimal(text []byte, commas bool) (whole, billionths uint64, rest []byte, ok bool) {
	i := 0
	for ; i < len(text); i++ {
		c := text[i]
		if commas && c == ',' && i > 0 {
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		if whole > math.MaxUint64/10-1 {
			return 0, 0, nil, false
		}
		whole = 10*whole + uint64(c-'0')
		ok = true
	}
	if i < len(text) && text[i] == '.' {
		scale := uint64(1e9)
		for i++; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
			scale /= 10
			billionths += uint64(text[i]-'0') * scale
		}
	}
	return whole, billionths, text[i:], ok
}

// layouts of dates, the most usual first. One without a zone is in UTC: only
// differences count.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999", "02/Jan/2006:15:04:05 -0700", time.RFC1123Z, time.RFC1123, "2006/01/02 15:04:05", "15:04:05.999999999",
}

// parseTime reads a time: a date, or a number since 1970 in seconds, milliseconds,
// microseconds or nanoseconds, which its size tells.
func parseTime(text []byte) (nanos int64, ok bool) {
	if n, ok := rfc3339(text); ok {
		return n, true
	}
	if whole, fraction, rest, ok := decimal(text, false); ok && len(rest) == 0 {
		switch {
		case whole < 1e11:
			return int64(whole)*1e9 + int64(fraction), true
		case whole < 1e14:
			return int64(whole)*1e6 + int64(fraction)/1e3, true
		case whole < 1e17:
			return int64(whole) * 1e3, true
		}
		return int64(min(whole, math.MaxInt64)), true
	}
	s := string(bytes.Trim(text, "[]"))
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixNano(), true
		}
	}
	return 0, false
}

// rfc3339 reads 2026-11-25T18:50:07.897Z, and the same with a blank, with an offset
// and without a zone, as time.Parse does, several times as fast.
func rfc3339(b []byte) (nanos int64, ok bool) {
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || b[10] != 'T' && b[10] != ' ' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	number := func(from, to int) int {
		n := 0
		for _, c := range b[from:to] {
			if c < '0' || c > '9' {
				ok = false
				return 0
			}
			n = 10*n + int(c-'0')
		}
		return n
	}
	ok = true
	y, m, d, h, min, s := number(0, 4), number(5, 7), number(8, 10), number(11, 13), number(14, 16), number(17, 19)
	i, fraction, scale := 19, int64(0), int64(1e9)
	if i < len(b) && b[i] == '.' {
		for i++; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
			if scale > 1 {
				scale /= 10
				fraction += int64(b[i]-'0') * scale
			}
		}
	}
	zone := int64(0)
	switch rest := b[i:]; {
	case len(rest) == 0, len(rest) == 1 && rest[0] == 'Z':
	case len(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':':
		zone = int64(number(i+1, i+3)*3600 + number(i+4, i+6)*60)
		if rest[0] == '-' {
			zone = -zone
		}
	default:
		return 0, false
	}
	if !ok || m < 1 || m > 12 || d < 1 || d > 31 || h > 23 || min > 59 || s > 60 {
		return 0, false
	}
	return (days(y, m, d)*86400+int64(h)*3600+int64(min)*60+int64(s)-zone)*1e9 + fraction, true
}

// days since 1970-01-01 of the Gregorian calendar, by Howard Hinnant's
// days_from_civil.
func days(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	return int64(era)*146097 + int64(yoe*365+yoe/4-yoe/100+doy) - 719468
}
