// Package guard ends the program with one line where memory may not be made
// executable, before sonic panics there; or hands over to the program beside it
// that needs no such memory, which is called NAME-nojit.
//
// Sonic maps executable memory while packages are initialized, before main. Of
// the packages whose imports are initialized, Go takes the one whose path comes
// first: "early.internal/…" is before "github.com/bytedance/…". So neither this
// package nor what it imports may import what comes later.
//
// It also has sonic interpret: to compile the code for a type costs 40 ms and 10 MB,
// which is half of what a small dump takes, and no type is decoded or encoded so often
// that it is worth that. Sonic reads the variables that say so when it is initialized.
// Whoever has set one has decided already.
package guard

import (
	"os"

	"early.internal/executable"
)

const message = `analyzer: this process may not make memory executable (MemoryDenyWriteExecute of systemd, SELinux): run analyzer-nojit, which a release has, or build with -tags nojit
`

// interpret are the variables by which sonic is told to interpret; [Restore] removes
// them.
var interpret = map[string]string{"SONIC_USE_OPTDEC": "1", "SONIC_ENCODER_USE_VM": "1"}

var set []string

// Restore removes the variables that were set for sonic, once it is initialized: what
// else this program starts is none of ours.
func Restore() {
	for _, name := range set {
		_ = os.Unsetenv(name)
	}
	set = nil
}

func init() {
	if executable.Allowed() {
		for name, value := range interpret {
			if _, known := os.LookupEnv(name); !known && os.Setenv(name, value) == nil {
				set = append(set, name)
			}
		}
		return
	}
	if path, err := os.Executable(); err == nil {
		become(path + "-nojit") // returns only where there is none
	}
	_, _ = os.Stderr.WriteString(message)
	os.Exit(2)
}
