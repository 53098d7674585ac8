package memory

import (
	"errors"
	"fmt"
	"time"
)

// Limits bound what a capture may cost the process that is captured.
type Limits struct {
	// MaxPause is how long the process may stand still. A capture that would
	// take longer is refused before the process is stopped, or given up.
	MaxPause time.Duration
	// MaxMemory bounds the copy, in bytes; 0: what the system leaves does.
	MaxMemory uint64
	// Spare has room that may be ready; nil for none.
	Spare *Spare
}

// Stats say what a capture cost.
type Stats struct {
	Paused time.Duration // how long the process stood still
	Copied uint64        // bytes that were copied meanwhile
}

// The reasons why the memory of a process cannot be had. Errors wrap them.
var (
	// ErrPlatform is returned where processes cannot be read at all.
	ErrPlatform = errors.New("running processes can be read on linux (amd64, arm64) only; a core or a dump can be read here")
	// ErrPermission is returned where the system does not let us read it.
	ErrPermission = errors.New("not permitted")
	// ErrGone is returned for a process that does not exist, or ended meanwhile.
	ErrGone = errors.New("there is no such process")
	// ErrPause is returned for a capture that takes longer than it may.
	ErrPause = errors.New("the pause would be too long")
	// ErrMemory is returned where there is no room for the copy.
	ErrMemory = errors.New("not enough free memory")
)

// SizeError says that something would take more memory than it may. It is an
// [ErrMemory].
type SizeError struct {
	What    string // that takes it
	Needed  uint64 // bytes
	AtLeast bool   // it may be more
	Allowed uint64 // bytes
	Instead string // what to do where there is no more
}

func (e *SizeError) Error() string {
	least := ""
	if e.AtLeast {
		least = "at least "
	}
	return fmt.Sprintf("%v: %s takes %s%d MB, %d MB may be used here; %s", ErrMemory, e.What, least, e.Needed>>20, e.Allowed>>20, e.Instead)
}

// Unwrap gives ErrMemory.
func (e *SizeError) Unwrap() error { return ErrMemory }
