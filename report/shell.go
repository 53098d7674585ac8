package report

import "strings"

// shellWord quotes a text for a POSIX shell, if it needs that.
func shellWord(text string) string {
	const plain = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_./:@%+=-,"
	if text != "" && strings.Trim(text, plain) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// shellPath quotes the path of a dump. One that cannot be typed as it is
// printed, for bytes that do not show, is left to the reader.
func shellPath(path string) string {
	switch {
	case path == "", printable(path) != path:
		return "DUMP"
	case path[0] == '-' && path != "-":
		path = "./" + path
	}
	return shellWord(path)
}
