package marks

import (
	"strings"
	"testing"
)

func TestParseRequest(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]Request{
		"HELLO 1 8.2.20 240":                {Verb: Hello, Version: 1, PHP: "8.2.20", Plan: 240, Left: None, Limit: None},
		"HELLO 2 8.2.20 0 more to come":     {Verb: Hello, Version: 2, PHP: "8.2.20", Left: None, Limit: None},
		"HELLO 1 8.2.20 7 x,later":          {Verb: Hello, Version: 1, PHP: "8.2.20", Plan: 7, Later: true, Left: None, Limit: None},
		"MARK 1 2 - code,later a":           {Verb: Mark, Usage: 1, Left: 2, Limit: None, Code: true, Later: true, Name: "a"},
		"WAIT":                              {Verb: Wait, Left: None, Limit: None},
		"BEGIN 1048576 a test":              {Verb: Begin, Usage: 1 << 20, Name: "a test", Left: None, Limit: None},
		"MARK 1048576 - - - App\\Job":       {Verb: Mark, Usage: 1 << 20, Name: `App\Job`, Left: None, Limit: None},
		"MARK 1048576 -20 1024 code,x a::b": {Verb: Mark, Usage: 1 << 20, Left: -20, Limit: 1024, Code: true, Name: "a::b"},
		"MARK 1 2 - x,y two%0Alines 100%":   {Verb: Mark, Usage: 1, Left: 2, Limit: None, Name: "two\nlines 100%"},
		"MARK 1 2 - -  ":                    {Verb: Mark, Usage: 1, Left: 2, Limit: None, Name: " "},
		"END 5":                             {Verb: End, Usage: 5, Left: None, Limit: None},
	} {
		if got, err := ParseRequest([]byte(line)); err != nil || got != want {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
	for _, line := range []string{
		"", "hello 1 8 1", "HELLO", "HELLO 1 8.2", "HELLO one 8.2 1", "HELLO 1 8.2 -1", "HELLO 1 8.2 99999999999",
		"BEGIN", "BEGIN 5", "BEGIN x y", "BEGIN -1 y", "BEGIN - y", "BEGIN 5 ", "MARK 1 2 3 name", "MARK 1 2 3 - ", "MARK 1 x - - name",
		"MARK 1 2 -3 - name", "MARK 99999999999999999 - - - name", "MARK 1 -99999999999999999 - - name", "END", "END x",
	} {
		if r, err := ParseRequest([]byte(line)); err == nil {
			t.Errorf("%q: %+v", line, r)
		}
	}
	long, err := ParseRequest([]byte("BEGIN 5 " + strings.Repeat("x", 3000)))
	if err != nil || len(long.Name) != MaxName {
		t.Errorf("a long name has %d bytes, %v", len(long.Name), err)
	}
}

func TestAppendAnswer(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]Answer{
		"OK\n":                          {Held: 5, Trace: []string{"x"}},
		"HELD 0 0\n":                    {Judged: true},
		"OK 12 1024\n":                  {Ahead: &Ahead{12, 1024}},
		"OK 0 -\n":                      {Ahead: &Ahead{0, None}},
		"HELD 9 1 0 -\na\n":             {Judged: true, Held: 9, Trace: []string{"a"}, Ahead: &Ahead{0, None}},
		"HELD 10 2\na%0Ab\n100%25 \\\n": {Judged: true, Held: 10, Trace: []string{"a\nb", `100% \`}},
	} {
		if got := string(a.Append(nil)); got != want {
			t.Errorf("%+v is %q", a, got)
		}
	}
	many := Answer{Judged: true, Trace: make([]string, 1000)}
	for i := range many.Trace {
		many.Trace[i] = strings.Repeat("%", 5000)
	}
	lines := strings.SplitAfter(string(many.Append(nil)), "\n")
	if len(lines) != maxTrace+2 {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if len(line) > MaxLine {
			t.Errorf("a line has %d bytes", len(line))
		}
	}
}

// What is read of any line is written as a line that reads the same.
func FuzzRequest(f *testing.F) {
	for _, line := range []string{"HELLO 1 8.2.20 240", "BEGIN 5 a b", "MARK 5 - 7 code x%20%0a%", "MARK 5 -6 - - \xff", "END 3", "MARK 1 2 3", "HELLO 1 8 0 later", "MARK 1 2 3 code,later a", "WAIT"} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := ParseRequest(line)
		if err != nil {
			return
		}
		if len(r.Name) > MaxName {
			t.Fatalf("a name has %d bytes", len(r.Name))
		}
		again := r.Append(nil)
		if again[len(again)-1] != '\n' || strings.Count(string(again), "\n") != 1 {
			t.Fatalf("%q is no line", again)
		}
		if got, err := ParseRequest(again[:len(again)-1]); err != nil || got != r {
			t.Fatalf("%q: %+v becomes %q: %+v, %v", line, r, again, got, err)
		}
	})
}
