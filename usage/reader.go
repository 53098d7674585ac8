package usage

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Reading is one line: the memory of a process at a time. Bytes are bytes; what
// the line does not have is 0 and not in Has.
type Reading struct {
	Nanos   int64  // since 1970; 0 without a time
	PID     []byte // as it stands there; valid until the next reading
	Request []byte // what the process did, likewise
	Usage   uint64
	Real    uint64
	Peak    uint64
	RSS     uint64
	Has     Has
}

// Has says what a reading has beside its usage.
type Has uint8

// What a reading may have.
const (
	HasTime Has = 1 << iota
	HasReal
	HasPeak
	HasRSS
)

// Info is what was read.
type Info struct {
	Lines    uint64 // with something on them
	Readings uint64
	// Others are lines without a usage: of another kind, as logs have them.
	Others uint64
	// Damaged are lines that are neither: no record, or with a number that is none.
	// FirstDamaged is the number of the first of them, from 1.
	Damaged, FirstDamaged uint64
	JSON                  bool
	// Columns are the names that the fields were found by.
	Columns Columns
}

// ErrNoUsage says that no line has a usage, and that no column could be it.
var ErrNoUsage = errors.New("no line has a column of memory usage")

// maxLine bounds a line. What is longer is damaged, and passed over.
const maxLine = 1 << 20

// maxPID bounds the name of a process, which whoever reads keeps of each: that of a
// pod has 253 bytes. A line with a longer one is damaged.
const maxPID = 512

// Read reads the readings of a log and hands each to a function, in order. The
// reading is valid until the function returns. The error is that of reading, that
// of the function, or says that the log has no readings.
func Read(r io.Reader, c Columns, each func(*Reading) error) (Info, error) {
	p := &parser{given: c.given()}
	lines := bufio.NewReaderSize(r, maxLine)
	for number := uint64(1); ; number++ {
		line, err := lines.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = lines.ReadSlice('\n')
		}
		if err != nil && err != io.EOF {
			return p.info, err
		}
		if problem := p.line(line, number, long, err == io.EOF, each); problem != nil {
			return p.info, problem
		}
		if err == io.EOF {
			break
		}
	}
	p.info.Columns = p.columns()
	if p.info.Readings == 0 {
		return p.info, fmt.Errorf("%w; name it by --usage", ErrNoUsage)
	}
	return p.info, nil
}

// parser reads lines of one log.
type parser struct {
	info    Info
	given   [fields]string
	names   [fields]string // by which fields were found
	started bool
	csv     csvLayout
	json    jsonLayout
	reading Reading
}

func (p *parser) line(line []byte, number uint64, long, last bool, each func(*Reading) error) error {
	line = bytes.TrimSpace(line)
	if !p.started {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	if len(line) == 0 {
		return nil
	}
	p.info.Lines++
	if !p.started {
		p.started = true
		if p.info.JSON = line[0] == '{' || line[0] == '['; !p.info.JSON {
			return p.csv.head(line, p)
		}
	}
	p.reading = Reading{}
	kind := other
	switch {
	case long:
		kind = damaged
	case p.info.JSON:
		kind = p.json.read(line, p)
	default:
		kind = p.csv.read(line, p)
	}
	switch kind {
	case other:
		p.info.Others++
		return nil
	case damaged:
		if p.info.Damaged++; p.info.Damaged == 1 {
			p.info.FirstDamaged = number
		}
		return nil
	}
	p.info.Readings++
	return each(&p.reading)
}

// lineKind is what a line is.
type lineKind int

const (
	isReading lineKind = iota
	other
	damaged
)

// set takes the value of a field; false if it is none.
func (p *parser) set(f field, value []byte) bool {
	r := &p.reading
	if len(value) == 0 {
		return true
	}
	switch f {
	case fieldPID:
		r.PID = value
		return len(value) <= maxPID
	case fieldRequest:
		r.Request = value
		return true
	case fieldTime:
		nanos, ok := parseTime(value)
		r.Nanos = nanos
		if ok {
			r.Has |= HasTime
		}
		return ok
	}
	n, ok := parseBytes(value)
	switch f {
	case fieldUsage:
		r.Usage = n
	case fieldReal:
		r.Real = n
		r.Has |= HasReal
	case fieldPeak:
		r.Peak = n
		r.Has |= HasPeak
	case fieldRSS:
		r.RSS = n
		r.Has |= HasRSS
	}
	return ok
}

func (p *parser) columns() Columns {
	n := &p.names
	return Columns{n[fieldTime], n[fieldPID], n[fieldUsage], n[fieldReal], n[fieldPeak], n[fieldRSS], n[fieldRequest]}
}
