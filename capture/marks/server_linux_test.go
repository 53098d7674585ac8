package marks

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// heard writes down what it is told.
type heard struct {
	mu    sync.Mutex
	all   []string
	block chan struct{} // a mark named "slow" waits for it
}

func (h *heard) note(pid int, r *Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, fmt.Sprint(pid == os.Getpid(), " ", strings.TrimSuffix(string(r.Append(nil)), "\n")))
}

func (h *heard) Hello(pid int, r *Request) { h.note(pid, r) }
func (h *heard) Begin(pid int, r *Request) { h.note(pid, r) }
func (h *heard) End(pid int, r *Request)   { h.note(pid, r) }
func (h *heard) Ahead(int) Ahead           { return Ahead{3, 1024} }
func (h *heard) Mark(pid int, r *Request) Answer {
	h.note(pid, r)
	if r.Name == "slow" {
		<-h.block
	}
	return Answer{Judged: r.Name == "leak", Held: 7, Trace: []string{"held in $x"}}
}

func serving(t *testing.T) (*Server, *heard) {
	t.Helper()
	s, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	h := &heard{block: make(chan struct{})}
	go s.Serve(h)
	return s, h
}

// say writes lines and gives what comes back until the other end closes, or as
// many lines as were written.
func say(t *testing.T, c net.Conn, lines ...string) string {
	t.Helper()
	in := bufio.NewReader(c)
	answer := ""
	for _, line := range lines {
		if _, err := c.Write([]byte(line)); err != nil {
			return answer + "closed"
		}
		text, err := in.ReadString('\n')
		answer += text
		if err != nil {
			return answer + "closed"
		}
		var held, n int
		if _, err := fmt.Sscanf(text, "HELD %d %d", &held, &n); err == nil {
			for range n {
				text, _ := in.ReadString('\n')
				answer += text
			}
		}
	}
	return answer
}

func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestServer(t *testing.T) {
	t.Parallel()
	s, h := serving(t)
	info, err := os.Stat(filepath.Dir(s.Address()))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", info.Mode(), err)
	}
	got := say(t, dial(t, s), "HELLO 1 8.2 0\n", "BEGIN 5 a\n", "MARK 6 1 - - a\n", "MARK 6 1 - - leak\n", "END 6\n")
	if want := "OK\nOK\nOK\nHELD 7 1\nheld in $x\nOK\n"; got != want {
		t.Errorf("it answers %q, want %q", got, want)
	}
	want := "true HELLO 1 8.2 0,true BEGIN 5 a,true MARK 6 1 - - a,true MARK 6 1 - - leak,true END 6"
	if got := strings.Join(h.all, ","); got != want {
		t.Errorf("it was told %s, want %s", got, want)
	}
	// One that can tell of units later is told of which, and needs no answer to
	// these; to another the word means nothing.
	got = say(t, dial(t, s), "HELLO 1 8.2 0 later\n", "MARK 6 1 - later a\nMARK 6 1 - later b\nMARK 6 1 - - leak\n", "MARK 6 1 - later c\nWAIT\n", "END 6\n")
	if want := "OK 3 1024\nHELD 7 1 3 1024\nheld in $x\nOK 3 1024\nOK 3 1024\n"; got != want {
		t.Errorf("to one that tells later it answers %q, want %q", got, want)
	}
	got = say(t, dial(t, s), "HELLO 1 8.2 0\n", "MARK 6 1 - later a\n")
	if want := "OK\nOK\n"; got != want {
		t.Errorf("to one that waits it answers %q, want %q", got, want)
	}
	want = ",true HELLO 1 8.2 0 later,true MARK 6 1 - later a,true MARK 6 1 - later b,true MARK 6 1 - - leak,true MARK 6 1 - later c,true END 6,true HELLO 1 8.2 0,true MARK 6 1 - - a"
	if got := strings.Join(h.all, ","); !strings.HasSuffix(got, want) {
		t.Errorf("it was told %s, want %s", got, want)
	}
	// What breaks the protocol is told so and left.
	for name, lines := range map[string][]string{
		"version 2":       {"HELLO 2 8.2 0\n"},
		"HELLO comes":     {"MARK 6 1 - - a\n"},
		"HELLO comes 2":   {"HELLO 1 8.2 0\n", "HELLO 1 8.2 0\n"},
		"begins with":     {"GET / HTTP/1.1\r\n"},
		"more than 4096":  {strings.Repeat("x", 5000)},
		"no number of by": {"HELLO 1 8.2 0\n", "MARK x - - - a\n"},
	} {
		c := dial(t, s)
		got := say(t, c, append(lines, "MARK 6 1 - - a\n")...)
		if !strings.Contains(got, "NO ") || !strings.Contains(got, strings.TrimSuffix(name, " 2")) || !strings.HasSuffix(got, "closed") {
			t.Errorf("%s: %q", name, got)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(s.Address())); !os.IsNotExist(err) {
		t.Errorf("the directory is still there: %v", err)
	}
}

// A process that dies in the middle of a line or of a mark, and one whose mark
// takes long, hold up nobody; the end waits for what is being answered.
func TestServerOfManyProcesses(t *testing.T) {
	t.Parallel()
	s, h := serving(t)
	half := dial(t, s)
	if _, err := half.Write([]byte("HELLO 1 8.2 0\nMARK 6 1")); err != nil {
		t.Fatal(err)
	}
	half.Close()
	slow := dial(t, s)
	done := make(chan string, 1)
	go func() { done <- say(t, slow, "HELLO 1 8.2 0\n", "MARK 6 1 - - slow\n") }()
	var all sync.WaitGroup
	for i := range 20 {
		c := dial(t, s)
		all.Go(func() {
			if got := say(t, c, "HELLO 1 8.2 0\n", "MARK 6 1 - - a\n"); got != "OK\nOK\n" {
				t.Errorf("process %d: %q", i, got)
			}
		})
	}
	all.Wait()
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	select {
	case <-closed:
		t.Error("it has closed while a mark is being answered")
	case <-time.After(20 * time.Millisecond):
	}
	close(h.block)
	if got := <-done; got != "OK\nOK\n" {
		t.Errorf("the slow one: %q", got)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// There is a bound to the connections; those beyond are closed, and programs
// then go on without.
func TestServerIsBounded(t *testing.T) {
	t.Parallel()
	s, _ := serving(t)
	defer s.Close()
	for range maxOpen {
		if got := say(t, dial(t, s), "HELLO 1 8.2 0\n"); got != "OK\n" {
			t.Fatal(got)
		}
	}
	if got := say(t, dial(t, s), "HELLO 1 8.2 0\n"); got != "closed" {
		t.Errorf("one more: %q", got)
	}
}
