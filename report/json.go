package report

import (
	"bufio"
	"fmt"
	"iter"
	"math"
	"unicode/utf8"

	"memtrail/analysis"
	"memtrail/internal/escape"
	"memtrail/internal/json"
)

// A document is a JSON object, its keys in order.
type document []member

type member struct {
	key   string
	value any // what package json encodes, or a list, or a document
}

// A list is an array that is encoded one element at a time: the items of a
// large query are never in memory all at once as JSON. So are the lists in a
// document in a list.
type list iter.Seq[any]

func listOf[T, D any](values []T, encode func(*T) D) list {
	return func(yield func(any) bool) {
		for i := range values {
			if !yield(encode(&values[i])) {
				return
			}
		}
	}
}

// sliceOf is listOf for the lists inside elements. It never returns nil, which
// would be encoded as null.
func sliceOf[T, D any](values []T, encode func(*T) D) []D {
	s := make([]D, len(values))
	for i := range values {
		s[i] = encode(&values[i])
	}
	return s
}

const jsonIndent = "  "

// writeJSON writes a document, lists one element at a time.
func writeJSON(out *bufio.Writer, d document) error {
	if err := writeDocument(out, d, ""); err != nil {
		return err
	}
	return out.WriteByte('\n')
}

func writeDocument(out *bufio.Writer, d document, prefix string) error {
	for i, m := range d {
		if i == 0 {
			out.WriteByte('{')
		} else {
			out.WriteByte(',')
		}
		fmt.Fprintf(out, "\n%s%q: ", prefix+jsonIndent, m.key)
		if err := writeValue(out, m.value, prefix+jsonIndent); err != nil {
			return err
		}
	}
	_, err := out.WriteString("\n" + prefix + "}")
	return err
}

func writeList(out *bufio.Writer, l list, prefix string) error {
	out.WriteByte('[')
	empty := true
	for v := range l {
		if !empty {
			out.WriteByte(',')
		}
		empty = false
		out.WriteString("\n" + prefix + jsonIndent)
		if err := writeValue(out, v, prefix+jsonIndent); err != nil {
			return err
		}
	}
	if !empty {
		out.WriteString("\n" + prefix)
	}
	return out.WriteByte(']')
}

func writeValue(out *bufio.Writer, v any, prefix string) error {
	switch v := v.(type) {
	case list:
		return writeList(out, v, prefix)
	case document:
		return writeDocument(out, v, prefix)
	}
	text, err := json.EncodeIndent(v, prefix, jsonIndent)
	if err != nil {
		return err
	}
	return escape.JSON(out, text)
}

// WriteJSON writes a value as JSON in ASCII, on one line.
func WriteJSON(out *bufio.Writer, v any) error {
	text, err := json.Encode(v)
	if err != nil {
		return err
	}
	return escape.JSON(out, text)
}

// Latin1 makes all of some names UTF-8, by the rule for raw bytes: see the comment
// of the package. Names may be nil.
func Latin1(names ...*string) (raw bool) { return latin1(names...) }

// latin1 applies the rule for raw bytes to all names of one object: if any of
// them is not UTF-8, all are turned into Latin-1 and the object is raw. Names
// that the object does not have may be nil.
func latin1(names ...*string) (raw bool) {
	for _, n := range names {
		raw = raw || n != nil && !utf8.ValidString(*n)
	}
	if !raw {
		return false
	}
	for _, n := range names {
		if n == nil {
			continue
		}
		points := make([]rune, len(*n))
		for i := range len(*n) {
			points[i] = rune((*n)[i])
		}
		*n = string(points)
	}
	return true
}

// orNull returns nil, JSON's null, for a name that is absent.
func orNull(name string, present bool) *string {
	if !present {
		return nil
	}
	return &name
}

// completeness is what every document says about the dump it was made from.
func completeness(s *analysis.Source) document {
	d := document{{"complete", sound(s)}}
	if !s.Complete {
		d = append(d, member{"ends_at", s.EndsAt})
	}
	return d
}

// numberOrNull is a number, or null.
func numberOrNull(n uint64, present bool) *uint64 {
	if !present {
		return nil
	}
	return &n
}

// floatOrNull is a number if it is known.
func floatOrNull(x float64, known bool) *float64 {
	if !known {
		return nil
	}
	x = finite(x)
	return &x
}

// finite is a number that JSON has.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// texts is a list that is never null.
func texts(list []string) []string { return append([]string{}, list...) }

// sizesName is the name of the sizes that --sizes chooses.
func sizesName(reported bool) string {
	if reported {
		return "reported"
	}
	return "allocated"
}
