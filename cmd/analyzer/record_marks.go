package main

import (
	"memtrail/capture/launch"
	"memtrail/capture/marks"
)

// told brings what a command says of its units of work to those that record its
// processes.
type told struct {
	server  *marks.Server
	session *session
}

// listen makes the socket for a command and puts it into the environment of it.
// What it returns is nil without --marks.
func (s *session) listen(o *launch.Options) (*told, error) {
	if !s.plan.triggers.ByMarks {
		return nil, nil
	}
	server, err := marks.Listen()
	if err != nil {
		return nil, &inputError{"the socket of --marks", err}
	}
	o.Env = append(o.Env, marks.Variable+"="+server.Address())
	t := &told{server, s}
	go server.Serve(t)
	return t, nil
}

// close ends the socket. It may be of no session.
func (t *told) close() {
	if t == nil {
		return
	}
	if err := t.server.Close(); err != nil {
		t.session.note("%v", err)
	}
}

// of gives the recording of a process, which begins now if it has not yet; nil if
// it cannot be recorded.
func (t *told) of(pid int) *recorded {
	s := t.session
	s.starting.Lock()
	defer s.starting.Unlock()
	if x := s.get(pid); x != nil {
		return x
	}
	if s.context.Err() != nil || s.active() >= maxRecorded || s.start(pid, 0) != nil {
		return nil
	}
	return s.get(pid)
}

// Hello implements marks.Handler.
func (t *told) Hello(pid int, r *marks.Request) {
	if x := t.of(pid); x != nil {
		x.recorder.Hello(r)
	}
}

// Begin implements marks.Handler.
func (t *told) Begin(pid int, _ *marks.Request) {
	if x := t.of(pid); x != nil {
		x.recorder.Begin()
	}
}

// End implements marks.Handler.
func (t *told) End(pid int, _ *marks.Request) {
	if x := t.of(pid); x != nil {
		x.recorder.End()
	}
}

// Ahead implements marks.Handler.
func (t *told) Ahead(pid int) marks.Ahead {
	x := t.session.get(pid)
	if x == nil {
		return marks.Ahead{Units: unheard, Left: marks.None} // nobody listens
	}
	return x.recorder.Ahead()
}

// unheard is how many units need no answer of a process that is not recorded.
const unheard = 512

// Mark implements marks.Handler.
func (t *told) Mark(pid int, r *marks.Request) marks.Answer {
	x := t.of(pid)
	if x == nil {
		return marks.Answer{}
	}
	before, after := x.recorder.Mark(r)
	if after == "" {
		return marks.Answer{}
	}
	return t.session.judgeUnit(before, after, r)
}
