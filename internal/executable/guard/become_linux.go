package guard

import (
	"os"
	"syscall"
)

// become executes another program in place of this one.
func become(path string) { _ = syscall.Exec(path, os.Args, os.Environ()) }
