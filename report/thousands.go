package report

import "strconv"

// grouped writes a number with commas between thousands.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// thousands is amount, with commas.
func thousands(n uint64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return grouped(n) + " " + noun
}

// fine is memory, but exact below 10 KiB, for what there are many of.
func fine(bytes uint64) string {
	if bytes < 10<<10 {
		return grouped(bytes) + " B"
	}
	return memory(bytes)
}
