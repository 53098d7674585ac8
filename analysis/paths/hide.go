package paths

import "regexp"

// HiddenKey stands for a key of an array that is hidden.
const HiddenKey = "…"

// keysIn are the keys in an expression: in double quotes, with PHP's escapes, or
// numbers.
var keysIn = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?|\[-?[0-9]+\]`)

// WithoutKeys is an expression, or a part of one, with its keys hidden. They may be
// names of people.
func WithoutKeys(expression string) string {
	return keysIn.ReplaceAllStringFunc(expression, func(key string) string {
		if key[0] == '[' {
			return "[" + HiddenKey + "]"
		}
		return `"` + HiddenKey + `"`
	})
}
