package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"memtrail/analysis/units"
	"memtrail/capture"
	"memtrail/capture/launch"
	"memtrail/capture/memory"
	"memtrail/capture/record"
	"memtrail/capture/watch"
	"memtrail/internal/atomicfile"
	"memtrail/report"
)

// session is a run of record: some processes that are recorded side by side.
type session struct {
	app   *app
	flags *recordFlags
	plan  *recordPlan

	started  bool                         // a command was started: it is recorded to its end
	catchUp  func()                       // returns when the command output was looked at; nil if it is not
	judging  sync.Mutex                   // dumps of units are read by one
	compared map[[2]string][]units.Holder // what was found between two of them; by judging
	starting sync.Mutex                   // two may come to know of a process at once
	starter  *starter                     // of --every-output; never nil once the command runs
	vain     atomic.Bool                  // a line was held until PHP is found, and it was not

	context context.Context
	stop    context.CancelCauseFunc
	running sync.WaitGroup
	writing chan struct{} // one dump at a time is written

	mu      sync.Mutex
	known   map[int]*recorded
	order   []*recorded
	plainly bool // the first recording takes the directory itself
	taken   bool // it is taken
	drawn   time.Time
}

// recorded is a process of a session.
type recorded struct {
	pid      int
	command  string
	recorder *record.Recorder
	subject  *subject
	summary  *record.Summary
	shown    report.Recording // for --watch
	err      error
	ended    bool
}

// errNoCall is for a copy that came too early or too late.
var errNoCall = errors.New("the program had ended, or had not begun, when it was copied")

// Why recordings end that would go on.
var (
	errInterrupted = errors.New("it was interrupted")
	errOver        = errors.New("the time of --for is over")
	errCommand     = errors.New("the command ended")
)

// maxRecorded bounds the processes that are recorded at a time.
const maxRecorded = 64

// begin sees that the directory has no other recording.
func (s *session) begin() error {
	s.known = map[int]*recorded{}
	s.writing = make(chan struct{}, 1)
	s.context, s.stop = context.WithCancelCause(context.Background())
	old, err := recordingIn(s.flags.dir)
	if err != nil {
		return err
	}
	if len(old) == 0 {
		return nil
	}
	if !s.flags.replace {
		return &usageError{fmt.Sprintf("%s has a recording, %s; name another directory, or --replace it", s.flags.dir, filepath.Base(old[0]))}
	}
	for _, path := range old {
		if err := os.RemoveAll(path); err != nil {
			return &inputError{path, err}
		}
	}
	return nil
}

// recordingIn lists what an earlier recording has left in a directory.
func recordingIn(dir string) ([]string, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, &usageError{fmt.Sprintf("%s is no directory: record writes several files", dir)}
	}
	var all []string
	for _, pattern := range []string{record.CurveFile, "mem-[0-9][0-9][0-9][0-9]*.json.zst", record.Moments, record.Units, "pid-[0-9]*"} {
		found, err := filepath.Glob(filepath.Join(escapeGlob(dir), pattern))
		if err != nil {
			return nil, &inputError{dir, err}
		}
		all = append(all, found...)
	}
	return all, nil
}

// escapeGlob makes a path a pattern of itself.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// start records a process beside the others. wait is how long it must run PHP
// before anything is written.
func (s *session) start(pid int, wait time.Duration) error {
	process, err := watch.Open(pid, s.flags.capture.Force)
	if err != nil {
		return err
	}
	x := &recorded{pid: pid, command: capture.CommandLine(pid)}
	o := record.Options{
		PID: pid, Dir: func() string { return s.directory(x) }, Triggers: s.plan.triggers, MaxDisk: s.plan.maxDisk,
		StopWhenDone: !s.started, Settle: wait,
		Note: func(text string) { s.note("process %d: %s", pid, text) },
	}
	if s.catchUp != nil {
		o.CatchUp = s.catchUp
	}
	if s.flags.watch {
		o.Watch = func(sum *record.Summary) { s.show(x, sum) }
	}
	x.subject = &subject{Process: process, session: s, pid: pid}
	if s.plan.triggers.ByMarks {
		const least = 8 << 20 // bytes of PHP's that are writable, with a few classes loaded
		go x.subject.spare.Prepare(least)
		last := ""
		o.Written = func(path string) {
			s.lookAt(last, path)
			last = path
		}
	}
	x.recorder = record.NewRecorder(x.subject, o)
	s.mu.Lock()
	s.known[pid] = x
	s.order = append(s.order, x)
	s.mu.Unlock()
	s.running.Go(func() {
		defer process.Close()
		defer x.subject.spare.Close()
		sum, err := x.recorder.Run(s.context)
		s.mu.Lock()
		defer s.mu.Unlock()
		x.summary, x.err, x.ended = sum, err, true
	})
	return nil
}

// directory gives a recording its directory.
func (s *session) directory(x *recorded) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plainly && !s.taken {
		s.taken = true
		return s.flags.dir
	}
	dir := filepath.Join(s.flags.dir, fmt.Sprintf("pid-%d", x.pid))
	if s.plainly {
		s.note("process %d runs PHP, too: its series is in %s", x.pid, dir)
	}
	return dir
}

// note says something on standard error, as this command.
func (s *session) note(format string, args ...any) {
	s.app.note("record: %s", oneLine(fmt.Sprintf(format, args...)))
}

// active counts the recordings that go on.
func (s *session) active() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, x := range s.order {
		if !x.ended {
			n++
		}
	}
	return n
}

// isKnown reports whether a process is or was recorded.
func (s *session) isKnown(pid int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.known[pid]
	return known
}

// finish ends all recordings and gives those that found PHP; the others count
// only if there are none.
func (s *session) finish() []*recorded {
	s.stop(nil)
	s.running.Wait()
	return s.order
}

// subject is a process for the recorder: read by the watch, copied by capture.
type subject struct {
	*watch.Process
	session    *session
	pid        int
	fatalWords atomic.Pointer[[]uint64]
	copying    sync.Mutex   // a process can be stopped once at a time
	held       *memory.Held // by whoever is about to have it copied; nil if nobody
	spare      memory.Spare // of a process that waits for its copies, at marks
}

// hold says that the process is held by the caller until it is copied.
func (x *subject) hold(h *memory.Held) {
	x.copying.Lock()
	defer x.copying.Unlock()
	x.held = h
}

// Copy implements record.Subject.
func (x *subject) Copy(u record.Urgency) (record.Snapshot, error) {
	x.copying.Lock()
	held := x.held
	x.copying.Unlock()
	if held != nil && u == record.AtOnce {
		return x.copyHeld(held)
	}
	x.session.starter.leave(x.pid)
	x.copying.Lock()
	defer x.copying.Unlock()
	c, err := copies[u](x.pid, x.options())
	if err != nil {
		return nil, err
	}
	if x.session.plan.triggers.ByMarks {
		go x.spare.Prepare(c.Stats.Copied)
	}
	return &snapshot{c, x.session}, nil
}

// copies are the ways to copy a process by how urgent it is.
var copies = map[record.Urgency]func(pid int, o capture.Options) (*capture.Copied, error){
	record.Calm: capture.Copy, record.AtOnce: capture.CopyAtOnce, record.Waiting: capture.CopyWaiting,
}

// Attend implements record.Subject.
func (x *subject) Attend(stopped func(func() (record.Snapshot, error)) error, release <-chan struct{}) error {
	atCall := func(h *memory.Held) error {
		return stopped(func() (record.Snapshot, error) { return x.copyHeld(h) })
	}
	if ok, err := x.session.starter.adopt(x.pid, atCall, release); ok {
		return err
	}
	launch.Urgent() // the goroutine attends, and nothing else
	return memory.Trap(x.pid, atCall, release)
}

// Fatal implements record.Subject.
func (x *subject) Fatal() bool {
	words := x.fatalWords.Load()
	if words == nil {
		return false
	}
	var b [4]byte
	for _, a := range *words {
		if memory.ReadLive(x.pid, b[:], a) == nil && b != [4]byte{} {
			return true
		}
	}
	return false
}

// copyHeld copies a process that is held.
func (x *subject) copyHeld(h *memory.Held) (record.Snapshot, error) {
	c, err := capture.CopyHeld(h, x.pid, x.options())
	if err != nil {
		return nil, err
	}
	return &snapshot{c, x.session}, nil
}

func (x *subject) options() capture.Options {
	o := x.session.flags.capture
	o.MaxPause, o.Spare = x.session.app.maxPause, &x.spare
	return o
}

// Read implements record.Subject.
func (x *subject) Read() (watch.Reading, error) {
	r, err := x.Process.Read()
	if r.Fresh {
		words := x.FatalWords()
		x.fatalWords.Store(&words)
	}
	return r, err
}

// snapshot is a copy of a process on its way to a file.
type snapshot struct {
	copied  *capture.Copied
	session *session
}

// Paused implements record.Snapshot.
func (s *snapshot) Paused() time.Duration { return s.copied.Stats.Paused }

// Size implements record.Snapshot.
func (s *snapshot) Size() uint64 { return s.copied.Stats.Copied }

// Discard implements record.Snapshot.
func (s *snapshot) Discard() { s.copied.Close() }

// Write implements record.Snapshot.
func (s *snapshot) Write(path string) (record.Written, error) {
	s.session.writing <- struct{}{}
	defer func() { <-s.session.writing }()
	c, err := s.copied.Read()
	if err != nil {
		return record.Written{}, err
	}
	defer c.Close()
	if !c.InCall() {
		return record.Written{}, errNoCall
	}
	r := &report.Captured{File: path}
	// A signal is for the recording, which ends with its dumps written, or for a
	// command.
	err = atomicfile.WriteOn(path, atomicfile.Private, func(w io.Writer) error { return writeTo(w, c, r) })
	if err != nil {
		return record.Written{}, err
	}
	return record.Written{Bytes: int64(r.Bytes), Balanced: c.Balanced(), PHP: c.PHP}, nil
}

// unreadable gives the error of a recording, as one of an input.
func (x *recorded) unreadable() error {
	if x.err == nil {
		return nil
	}
	return &inputError{fmt.Sprintf("%s%d", processPrefix, x.pid), x.err}
}

// firstError gives the error of the first recording that has one.
func firstError(all []*recorded) error {
	var errs []error
	for _, x := range all {
		if err := x.unreadable(); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errors.Join(errs[:1]...)
}

// recordingsBelow says that a directory has recordings of several processes;
// "" if it has none.
func recordingsBelow(dir string) string {
	found, err := filepath.Glob(filepath.Join(escapeGlob(dir), "pid-[0-9]*", "mem-*.json.zst"))
	if err != nil {
		return ""
	}
	if len(found) == 0 {
		if _, err := os.Stat(filepath.Join(dir, record.CurveFile)); err == nil {
			return "; its recording took none: record again with --replace, and --every 1s or --every-output for when to dump"
		}
		return ""
	}
	return fmt.Sprintf("; it has the recordings of several processes: give one of them, such as %s", filepath.Dir(found[0]))
}

// get gives the recording of a process; nil if there is none.
func (s *session) get(pid int) *recorded {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[pid]
}
