package marks

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Handler is who is told of units. Its methods are called by a goroutine for
// each process, in the order of the process's lines; the process waits meanwhile,
// but for marks that are told of later.
type Handler interface {
	// Hello is called once for each connection.
	Hello(pid int, r *Request)
	Begin(pid int, r *Request)
	Mark(pid int, r *Request) Answer
	End(pid int, r *Request)
	// Ahead is asked behind each of these that is answered.
	Ahead(pid int) Ahead
}

// Server is a socket that programs tell of their units.
type Server struct {
	dir      string
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

const (
	// maxOpen bounds the connections, and by that the processes.
	maxOpen = 256
	// answering is how long an answer may be on its way: a program that does not
	// read is left.
	answering = 5 * time.Second
	// longestPath is that of a socket's address, less the zero at its end.
	longestPath = 107
	// prefix begins the name of a socket's directory.
	prefix = "analyzer-marks-"
	socket = "socket"
)

// Listen makes a socket in a directory of its own, which only this user can look
// into. Those that recorders have left which were killed are removed.
func Listen() (*Server, error) {
	var errs []error
	for _, parent := range []string{os.TempDir(), "/tmp"} {
		removeStale(parent)
		dir, err := os.MkdirTemp(parent, prefix) // 0700
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s := &Server{dir: dir, open: map[net.Conn]bool{}}
		if len(s.Address()) <= longestPath {
			if s.listener, err = net.Listen("unix", s.Address()); err == nil {
				return s, nil
			}
		} else {
			err = fmt.Errorf("%s: its path is too long for a socket", s.Address())
		}
		errs = append(errs, err, os.RemoveAll(dir))
	}
	return nil, errors.Join(errs...)
}

// Address is the value of [Variable].
func (s *Server) Address() string { return filepath.Join(s.dir, socket) }

// Serve takes connections until Close.
func (s *Server) Serve(h Handler) {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(10 * time.Millisecond) // out of descriptors, say
			continue
		}
		if !s.add(c) {
			_ = c.Close()
			continue
		}
		s.running.Go(func() {
			defer s.remove(c)
			serve(c, h)
		})
	}
}

func (s *Server) add(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.open) >= maxOpen {
		return false
	}
	s.open[c] = true
	return true
}

func (s *Server) remove(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	_ = c.Close()
}

// Close ends all connections, waits until what was asked is answered, and removes
// the socket and its directory.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	err := s.listener.Close()
	for c := range s.open {
		_ = c.SetReadDeadline(time.Unix(1, 0)) // it may be answering
	}
	s.mu.Unlock()
	s.running.Wait()
	return errors.Join(err, os.RemoveAll(s.dir))
}

// serve answers a process until it goes, or breaks the protocol.
func serve(c net.Conn, h Handler) {
	pid, err := peer(c)
	if err != nil {
		return
	}
	in := bufio.NewReaderSize(c, MaxLine)
	greeted, later := false, false
	var out []byte
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			refuse(c, fmt.Errorf("a line has more than %d bytes", MaxLine))
			return
		}
		if err != nil {
			return // it has gone; half a line is none
		}
		r, err := ParseRequest(line[:len(line)-1])
		switch {
		case err != nil:
		case (r.Verb == Hello) == greeted:
			err = errors.New("HELLO comes once, before all else")
		case r.Verb == Hello && r.Version != Version:
			err = fmt.Errorf("version %d of the protocol is not known, only %d", r.Version, Version)
		}
		if err != nil {
			refuse(c, err)
			return
		}
		var answer Answer
		switch r.Verb {
		case Hello:
			greeted, later = true, r.Later
			h.Hello(pid, &r)
		case Begin:
			h.Begin(pid, &r)
		case Mark:
			r.Later = r.Later && later
			answer = h.Mark(pid, &r)
			if r.Later {
				continue
			}
		case End:
			h.End(pid, &r)
		}
		if later {
			ahead := h.Ahead(pid)
			answer.Ahead = &ahead
		}
		out = answer.Append(out[:0])
		_ = c.SetWriteDeadline(time.Now().Add(answering))
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

// refuse says why a connection is closed.
func refuse(c net.Conn, err error) {
	_ = c.SetWriteDeadline(time.Now().Add(answering))
	_, _ = c.Write(append(escape([]byte("NO "), err.Error(), false), '\n'))
}
