package paths

import "unicode/utf8"

// Glob is a pattern for paths and class names:
//
//   - any text, the empty one included
//     ?    one character
//     [*]  the key of an array: [*] itself, or one like [501] or ["name"]
//
// Everything else stands for itself, so that a path as it is printed matches
// itself. The whole text must match.
type Glob string

// Match reports whether a text is what the pattern describes. It takes time in
// proportion to the product of both lengths, whatever they are: it follows all
// ways through the text at once.
func (p Glob) Match(text string) bool {
	// at[i]: the part of the pattern that was read so far describes text[:i].
	at := make([]bool, len(text)+1)
	next := make([]bool, len(text)+1)
	at[0] = true
	for i := 0; i < len(p); {
		clear(next)
		size := 1
		switch {
		case p[i] == '*':
			reached := false
			for j := range at {
				reached = reached || at[j]
				next[j] = reached
			}
		case p[i] == '?':
			for j := range text {
				if at[j] {
					_, n := utf8.DecodeRuneInString(text[j:])
					next[j+n] = true
				}
			}
		case i+3 <= len(p) && p[i:i+3] == "[*]":
			size = 3
			matchKeys(text, at, next)
		default:
			for j := range len(text) {
				if at[j] && text[j] == p[i] {
					next[j+1] = true
				}
			}
		}
		i += size
		at, next = next, at
	}
	return at[len(text)]
}

// matchKeys steps over the key of an array wherever one begins. No byte of the
// text is looked at twice: a quoted key ends where another may begin.
func matchKeys(text string, at, next []bool) {
	for j := range len(text) {
		if at[j] && text[j] == '[' {
			if end := keyEnd(text, j+1); end > 0 {
				next[end] = true
			}
		}
	}
}

// keyEnd is the position behind the bracket that closes the key at i; 0 if none
// stands there.
func keyEnd(text string, i int) int {
	switch {
	case i >= len(text):
		return 0
	case text[i] == '*':
		i++
	case text[i] == '"':
		for i++; i < len(text) && text[i] != '"'; i++ {
			if text[i] == '\\' {
				i++
			}
		}
		i++
	default:
		if text[i] == '-' {
			i++
		}
		digits := i
		for i < len(text) && IsDigit(text[i]) {
			i++
		}
		if i == digits {
			return 0
		}
	}
	if i < len(text) && text[i] == ']' {
		return i + 1
	}
	return 0
}
