package marks

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// Variable is the environment variable that has the address of the socket.
const Variable = "ANALYZER_MARKS"

// The bounds of the protocol.
const (
	Version = 1
	// MaxLine is the longest line, its end included.
	MaxLine = 4096
	// MaxName is the longest name of a unit, in bytes; the rest is cut off.
	MaxName = 512
	// MaxPlan is the largest number of units that is believed.
	MaxPlan = 1 << 32
	// maxBytes is the largest number of bytes that is believed.
	maxBytes = 1 << 56
)

// None is a number of bytes that is not known, or not given.
const None = -1 << 63

// Verb is what a line asks for.
type Verb uint8

// The verbs.
const (
	Hello Verb = iota // a process begins
	Begin             // a unit with a limit begins
	Mark              // a unit has ended
	End               // there are no more units
	Wait              // an answer is due when all before is taken in
)

var verbs = []string{Hello: "HELLO", Begin: "BEGIN", Mark: "MARK", End: "END", Wait: "WAIT"}

// Request is a line of the program's.
type Request struct {
	Verb Verb

	// Of HELLO:
	Version int
	PHP     string // its version, as it says
	Plan    uint64 // how many units there will be; 0: not known

	// Later is, of HELLO, that the program can tell of units later, and that
	// answers are to say of which; of MARK, that it has gone on since, and takes
	// no answer.
	Later bool

	// Of BEGIN, MARK and END:
	Usage int64 // memory_get_usage(), bytes

	// Of BEGIN and MARK:
	Name string // of the unit, may be anything; never ""

	// Of MARK:
	Left  int64 // bytes that the unit has left behind; None: since the last mark
	Limit int64 // bytes that it may leave behind; None: any
	Code  bool  // files or classes were loaded in it
}

// Errors of a line.
var (
	errVerb   = errors.New("it begins with none of HELLO, BEGIN, MARK, END and WAIT")
	errFields = errors.New("it has too few fields")
	errName   = errors.New("it has no name")
)

// ParseRequest reads a line without its end.
func ParseRequest(line []byte) (Request, error) {
	verb, rest, _ := bytes.Cut(line, []byte(" "))
	for v, word := range verbs {
		if string(verb) == word {
			r := Request{Verb: Verb(v), Left: None, Limit: None}
			switch r.Verb {
			case Hello:
				return r, r.parseHello(rest)
			case Wait:
				return r, nil
			case End: // more fields may follow one day
				usage, _, _ := bytes.Cut(rest, []byte(" "))
				var err error
				r.Usage, err = number(usage, 0)
				return r, err
			}
			return r, r.parseUnit(rest)
		}
	}
	return Request{}, errVerb
}

// parseHello reads VERSION PHP PLAN WORDS; words that are not known, and more
// fields, may follow one day.
func (r *Request) parseHello(rest []byte) error {
	fields := bytes.Split(rest, []byte(" "))
	if len(fields) < 3 {
		return errFields
	}
	version, err := strconv.ParseUint(string(fields[0]), 10, 16)
	if err != nil {
		return fmt.Errorf("%q is no version of the protocol", fields[0])
	}
	plan, err := strconv.ParseUint(string(fields[2]), 10, 64)
	if err != nil || plan > MaxPlan {
		return fmt.Errorf("%q is no number of units", fields[2])
	}
	r.Version, r.PHP, r.Plan = int(version), unescape(fields[1]), plan
	if len(fields) > 3 {
		r.Later = has(fields[3], "later")
	}
	return nil
}

// parseUnit reads USAGE NAME, or USAGE LEFT LIMIT FLAGS NAME.
func (r *Request) parseUnit(rest []byte) error {
	numbers := []*int64{&r.Usage}
	if r.Verb == Mark {
		numbers = append(numbers, &r.Left, &r.Limit)
	}
	for i, to := range numbers {
		var field []byte
		var more bool
		if field, rest, more = bytes.Cut(rest, []byte(" ")); !more {
			return errFields
		}
		if i > 0 && string(field) == "-" {
			continue
		}
		least := int64(0)
		if to == &r.Left {
			least = -maxBytes
		}
		var err error
		if *to, err = number(field, least); err != nil {
			return err
		}
	}
	if r.Verb == Mark {
		flags, name, more := bytes.Cut(rest, []byte(" "))
		if !more {
			return errFields
		}
		r.Code, r.Later = has(flags, "code"), has(flags, "later")
		rest = name
	}
	if r.Name = unescape(rest); r.Name == "" {
		return errName
	}
	return nil
}

// has reports whether a word is among some with commas between.
func has(words []byte, word string) bool {
	for w := range bytes.SplitSeq(words, []byte(",")) {
		if string(w) == word {
			return true
		}
	}
	return false
}

// number reads a number of bytes.
func number(field []byte, least int64) (int64, error) {
	n, err := strconv.ParseInt(string(field), 10, 64)
	if err != nil || n > maxBytes || n < least {
		return 0, fmt.Errorf("%q is no number of bytes", field)
	}
	return n, nil
}

// Append writes the line, with its end.
func (r *Request) Append(b []byte) []byte {
	b = append(b, verbs[r.Verb]...)
	if r.Verb == Wait {
		return append(b, '\n')
	}
	b = append(b, ' ')
	if r.Verb == Hello {
		b = strconv.AppendInt(b, int64(r.Version), 10)
		b = append(b, ' ')
		b = escape(b, r.PHP, true)
		b = append(b, ' ')
		b = strconv.AppendUint(b, r.Plan, 10)
		if r.Later {
			b = append(b, " later"...)
		}
		return append(b, '\n')
	}
	b = append(strconv.AppendInt(b, r.Usage, 10), ' ')
	if r.Verb == Mark {
		for _, n := range []int64{r.Left, r.Limit} {
			b = append(appendBytes(b, n), ' ')
		}
		switch {
		case r.Code && r.Later:
			b = append(b, "code,later "...)
		case r.Code:
			b = append(b, "code "...)
		case r.Later:
			b = append(b, "later "...)
		default:
			b = append(b, "- "...)
		}
	}
	if r.Verb == End {
		b[len(b)-1] = '\n'
		return b
	}
	return append(escape(b, r.Name, false), '\n')
}

// appendBytes writes a number of bytes, or "-" for None.
func appendBytes(b []byte, n int64) []byte {
	if n == None {
		return append(b, '-')
	}
	return strconv.AppendInt(b, n, 10)
}

// escape writes a text with %XX for what ends a line, and for blanks if asked.
func escape(b []byte, text string, blanks bool) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '%' || c == 0x7f || blanks && c == ' ' {
			b = append(b, '%', digits[c>>4], digits[c&15])
		} else {
			b = append(b, c)
		}
	}
	return b
}

// unescape reads %XX, of which any other % is itself, and cuts what is too long.
func unescape(b []byte) string {
	out := make([]byte, 0, min(len(b), MaxName))
	for i := 0; i < len(b) && len(out) < MaxName; i++ {
		if b[i] == '%' && i+2 < len(b) {
			if n, err := strconv.ParseUint(string(b[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, b[i])
	}
	return string(out)
}

// Answer is what the program is told at a mark.
type Answer struct {
	// Judged is set if the unit has left more than its limit and it was looked at
	// what holds it: Held bytes are, for which Trace has lines.
	Judged bool
	Held   uint64
	Trace  []string
	// Ahead is for a program that can tell of units later; nil for another.
	Ahead *Ahead
}

// Ahead says when the program is to wait again.
type Ahead struct {
	Units uint64 // so many may be told of later
	Left  int64  // bytes: none that has left so much; None: any may
}

// maxTrace bounds the lines of an answer.
const maxTrace = 64

// Append writes the answer's lines.
func (a *Answer) Append(b []byte) []byte {
	if !a.Judged {
		return append(a.Ahead.append(append(b, "OK"...)), '\n')
	}
	lines := a.Trace[:min(len(a.Trace), maxTrace)]
	b = fmt.Appendf(b, "HELD %d %d", a.Held, len(lines))
	b = append(a.Ahead.append(b), '\n')
	for _, line := range lines {
		from := len(b)
		b = escape(b, line, false)
		if len(b)-from >= MaxLine {
			b = b[:from+MaxLine-1]
		}
		b = append(b, '\n')
	}
	return b
}

// append writes the fields behind those of an answer. It may be of nil.
func (a *Ahead) append(b []byte) []byte {
	if a == nil {
		return b
	}
	b = strconv.AppendUint(append(b, ' '), a.Units, 10)
	return appendBytes(append(b, ' '), a.Left)
}
