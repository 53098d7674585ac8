package dump

import (
	"bytes"
	"fmt"
	"regexp"
)

// FormatError says that an input is no php-meminfo dump, and what it is.
type FormatError struct {
	Offset int64  // where that was found, in bytes of the uncompressed input
	Found  string // what stands there, as a noun phrase
}

func (e *FormatError) Error() string {
	if e.Offset > 0 {
		return fmt.Sprintf("not a php-meminfo dump: at byte %d, %s", e.Offset, e.Found)
	}
	return "not a php-meminfo dump: " + e.Found
}

var (
	number     = regexp.MustCompile(`^-?\d+(\.\d+)?([eE][+-]?\d+)?$`)
	serialized = regexp.MustCompile(`^(a:\d+:\{|O:\d+:"|s:\d+:")`)
	printed    = regexp.MustCompile(`^(Array|array|stdClass Object|object\([\w\\]+\)#\d+|\\?[A-Z][\w\\]* Object)\s*[(\[{]|^array\(\d+\) \{|^\[\s*["'\d][^,]*=>`)
)

// describe names what an input is that has no dump in it.
func describe(b []byte) string {
	t := bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff")))
	begins := func(s string) bool { return bytes.HasPrefix(t, []byte(s)) }
	switch {
	case len(b) == 0:
		return "the input is empty"
	case serialized.Match(t):
		return "a serialized PHP value; write the dump with meminfo_dump()"
	case printed.Match(t):
		return "a PHP array as print_r, var_dump or var_export shows it; write the dump with meminfo_dump()"
	case begins("<?php"):
		return "PHP source; write a dump with meminfo_dump()"
	case begins("["):
		return "a JSON list"
	case begins("<"):
		return "HTML or XML"
	case begins("{"):
		return "something that starts like JSON but is not"
	case begins(`"`), begins("true"), begins("false"), begins("null"), number.Match(t):
		return "a JSON scalar"
	case begins("PK\x03\x04"):
		return "a ZIP archive; unpack it first"
	case begins("BZh"):
		return "a bzip2 file; only gzip and zstd are read directly"
	case begins("\xfd7zXZ"):
		return "an xz file; only gzip and zstd are read directly"
	case bytes.IndexByte(t[:min(len(t), 512)], 0) >= 0:
		return "binary data"
	}
	return "text that is no JSON"
}
