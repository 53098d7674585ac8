package dump

import (
	"bytes"
	"regexp"
)

// This file tells what only a dump has from the text around it: warnings of
// PHP, output of the program, JSON that it logs.

var (
	// itemMarks are fields that php-meminfo gives to items, and nothing else is
	// known to print. Scalars of the version for PHP 5 have but type and size.
	itemMarks = regexp.MustCompile(`"(?:is_root|symbol_name|object_handle)"\s*:|` +
		`"type"\s*:\s*"(?:null|bool|boolean|int|integer|float|double|string|array|object|resource)"\s*,\s*"size"\s*:\s*"?\d`)

	itemText   = regexp.MustCompile(`^\{\s*(?:` + itemMarks.String() + `)`)
	headerText = regexp.MustCompile(`^\{\s*"(?:peak_)?memory_usage(?:_real)?"\s*:`)
)

// findRemains finds the first place in b where an item, or what is left of one,
// stands; -1 if there is none.
func findRemains(b []byte) int {
	if bytes.IndexByte(b, '"') < 0 {
		return -1
	}
	i := findItem(b, 0)
	if i >= 0 {
		b = b[:i]
	}
	if m := itemMarks.FindIndex(b); m != nil {
		return m[0]
	}
	return i
}

// ahead reports whether the text from pos on matches.
func (s *Scanner) ahead(text *regexp.Regexp) bool {
	s.more(reach)
	b := s.buf[s.pos:s.end]
	return text.Match(b[:min(len(b), reach)])
}
