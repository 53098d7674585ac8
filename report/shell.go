package report

import (
	"strings"

	"al.essio.dev/pkg/shellescape"
)

// shellPath quotes the path of a dump. One that cannot be typed as it is
// printed, for bytes that do not show, is left to the reader.
func shellPath(path string) string {
	switch {
	case path == "", printable(path) != path:
		return "DUMP"
	case path[0] == '-' && path != "-":
		path = "./" + path
	}
	return shellescape.Quote(path)
}

// plainWord reports whether a shell takes text as it stands.
func plainWord(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool {
		return !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", r)
	}) < 0
}
