//go:build linux && (amd64 || arm64)

package memory

// Held is a process that stands still until it is released, or until we end.
type Held struct{ tracee *tracee }

// Hold stops a process. The goroutine that holds it must release it.
func Hold(pid int) (*Held, error) {
	t, err := seize(pid)
	if err != nil {
		return nil, err
	}
	return &Held{t}, nil
}

// Capture copies the memory of the process and lets it go on.
func (h *Held) Capture(limits Limits) (*Image, Stats, error) {
	c := &copier{live: &live{pid: h.tracee.pid}, limits: limits}
	return c.stopped(h.tracee)
}

// Release lets the process go on.
func (h *Held) Release() { h.tracee.release() }
