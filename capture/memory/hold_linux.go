//go:build linux && (amd64 || arm64)

package memory

// Held is a process that stands still until it is released, or until we end.
type Held struct {
	tracee *tracee
	trap   *trap // nil for one that goes on for good
}

// Hold stops a process. The goroutine that holds it must release it.
func Hold(pid int) (*Held, error) {
	t, err := seize(pid)
	if err != nil {
		return nil, err
	}
	return &Held{tracee: t}, nil
}

// Capture copies the memory of the process and lets it go on: at once, or where
// a trap holds it, when the trap is told to.
func (h *Held) Capture(limits Limits) (*Image, Stats, error) {
	c := &copier{live: &live{pid: h.tracee.pid}, limits: limits}
	if h.trap == nil {
		return c.stopped(h.tracee, h.tracee.release)
	}
	h.trap.haltOthers()
	defer h.trap.continueOthers()
	return c.stopped(h.tracee, func() {})
}

// Release lets the process go on.
func (h *Held) Release() { h.tracee.release() }
