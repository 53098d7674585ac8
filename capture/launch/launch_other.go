//go:build !linux

package launch

// Child is a command that runs.
type Child struct{}

// Start is not possible here.
func Start([]string, Options) (*Child, error) { return nil, ErrPlatform }

// PID is the process of the command.
func (*Child) PID() int { return 0 }

// Ended is closed when the command has ended.
func (*Child) Ended() <-chan struct{} { return nil }

// CatchUp does nothing.
func (*Child) CatchUp() {}

// Wait gives the exit code.
func (*Child) Wait() (int, error) { return 0, ErrPlatform }

// Urgent does nothing.
func Urgent() {}

// GiveWay does nothing.
func GiveWay() {}

// GiveWayAll does nothing.
func GiveWayAll() (restore func()) { return func() {} }

// Descendants gives the processes below one.
func Descendants(int) []int { return nil }
