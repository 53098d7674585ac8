// Package guard ends the program with one line where memory may not be made
// executable, before sonic panics there; or hands over to the program beside it
// that needs no such memory, which is called NAME-nojit.
//
// Sonic maps executable memory while packages are initialized, before main. Of
// the packages whose imports are initialized, Go takes the one whose path comes
// first: "early.internal/…" is before "github.com/bytedance/…". So neither this
// package nor what it imports may import what comes later.
package guard

import (
	"os"

	"early.internal/executable"
)

const message = `analyzer: this process may not make memory executable (MemoryDenyWriteExecute of systemd, SELinux): run analyzer-nojit, which a release has, or build with -tags nojit
`

func init() {
	if executable.Allowed() {
		return
	}
	if path, err := os.Executable(); err == nil {
		become(path + "-nojit") // returns only where there is none
	}
	_, _ = os.Stderr.WriteString(message)
	os.Exit(2)
}
