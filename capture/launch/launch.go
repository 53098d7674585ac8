package launch

import (
	"errors"
	"io"
)

// Options say how a command is started.
type Options struct {
	// Stdin, Stdout and Stderr are handed on as they are if they are files; so
	// a terminal stays one.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Line is called for each line of the standard output, before it is passed
	// on; nil for none. It makes standard output a pipe or, where it is a
	// terminal, a pseudo-terminal.
	Line func(line []byte)
	// AtStart is for whoever stays with the command from its first instruction
	// on; nil for none. It is called in the thread that has started the command,
	// and what it returns is run in that thread. traced says that the thread
	// traces the command, which stands still until it is detached; else the
	// system does not let us, and the command runs already. For a command that
	// would not gain its rights then, sudo say, AtStart is not called.
	AtStart func(c *Child) (stay func(traced bool))
	// Env is added to the environment, as KEY=VALUE.
	Env []string
}

// ErrPlatform is returned where commands cannot be recorded.
var ErrPlatform = errors.New("commands can be started and read on linux only")

// SignalBase is added to the number of the signal that ended a command, for its
// exit code, as shells do.
const SignalBase = 128
