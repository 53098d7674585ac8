package record

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// CurveFile is the name of the curve in the directory of a recording.
const CurveFile = "curve.csv"

// Columns are those of a curve, in order; see docs/format.md.
var Columns = []string{"time", "pid", "usage", "real", "peak", "rss", "event", "detail"}

// The events of a curve. A row without one is a reading.
const (
	EventFound   = "found"   // PHP was found; detail: its version
	EventDump    = "dump"    // a dump was taken; detail: file, reason, pause
	EventRemoved = "removed" // a dump was removed; detail: file
	EventSkipped = "skipped" // a dump could not be taken; detail: why
	EventLost    = "lost"    // a request ended, or another program is executed
	EventEnd     = "end"     // the last row; detail: why
)

// Row is a row of a curve. Sizes are bytes.
type Row struct {
	Time                   time.Time
	PID                    int
	Usage, Real, Peak, RSS uint64
	Known                  bool // false where only RSS is known
	Event, Detail          string
}

// timeForm is RFC 3339 in UTC, to the millisecond.
const timeForm = "2006-01-02T15:04:05.000Z"

// record gives the cells of a row.
func (r *Row) record() []string {
	cells := []string{r.Time.UTC().Format(timeForm), strconv.Itoa(r.PID), "", "", "", strconv.FormatUint(r.RSS, 10), plain.Replace(r.Event), plain.Replace(r.Detail)}
	if r.Known {
		for i, n := range []uint64{r.Usage, r.Real, r.Peak} {
			cells[2+i] = strconv.FormatUint(n, 10)
		}
	}
	return cells
}

// Curve is a file of rows. Each row is written at once and whole, behind those
// that are there: whatever ends the recording, at most the last line is cut.
type Curve struct {
	file *os.File
	last Row
	size int64
}

// stillness is how long a curve may be without a row while nothing changes.
const stillness = 10 * time.Second

// OpenCurve opens a curve for more rows, or begins one.
func OpenCurve(path string) (*Curve, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	c := &Curve{file: f}
	if err := c.begin(); err != nil {
		f.Close()
		return nil, err
	}
	return c, nil
}

// begin writes the head of a new file, and ends the line that an interrupted
// recording has begun.
func (c *Curve) begin() error {
	info, err := c.file.Stat()
	if err != nil {
		return err
	}
	if c.size = info.Size(); c.size == 0 {
		return c.write(Columns)
	}
	var last [1]byte
	if _, err := c.file.ReadAt(last[:], c.size-1); err != nil {
		return err
	}
	if last[0] != '\n' {
		n, err := c.file.WriteString("\n")
		c.size += int64(n)
		return err
	}
	return nil
}

// write writes a line. No cell needs quotes: a quote that an interruption
// leaves open would swallow the rows behind it.
func (c *Curve) write(cells []string) error {
	n, err := c.file.WriteString(strings.Join(cells, ",") + "\n")
	c.size += int64(n)
	return err
}

// plain writes a text without what CSV would have to quote.
var plain = strings.NewReplacer(",", ";", `"`, "'", "\n", " ", "\r", " ")

// Add writes a row. One without an event that is as the row before it is left
// out, unless that is long ago: a value holds until the next row.
func (c *Curve) Add(r Row) error {
	same := c.last
	same.Time, same.Event, same.Detail = r.Time, "", ""
	if r == same && r.Time.Sub(c.last.Time) < stillness {
		return nil
	}
	c.last = r
	return c.write(r.record())
}

// Size is the size of the file in bytes.
func (c *Curve) Size() int64 { return c.size }

// Close closes the file.
func (c *Curve) Close() error { return c.file.Close() }

// ReadCurve gives the rows of a curve to a function, until that returns an
// error. A last line without an end is left out: it was being written. An error
// names the line.
func ReadCurve(r io.Reader, give func(Row) error) error {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	in.ReuseRecord = true
	at := map[string]int{}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err // it names the line
		}
		line, _ := in.FieldPos(0)
		if len(at) == 0 {
			for i, name := range cells {
				if _, twice := at[name]; twice {
					return fmt.Errorf("line %d: the column %q is there twice", line, name)
				}
				at[name] = i
			}
			for _, name := range Columns {
				if _, ok := at[name]; !ok {
					return fmt.Errorf("line %d: there is no column %q", line, name)
				}
			}
			continue
		}
		row, err := parseRow(cells, at)
		if err != nil {
			if len(cells) < len(at) {
				continue // cut by an interruption
			}
			return fmt.Errorf("line %d: %w", line, err)
		}
		if err := give(row); err != nil {
			return err
		}
	}
}

func parseRow(cells []string, at map[string]int) (Row, error) {
	var r Row
	if len(cells) < len(at) {
		return r, errors.New("it has too few cells")
	}
	var err error
	if r.Time, err = time.Parse(time.RFC3339Nano, cells[at["time"]]); err != nil {
		return r, fmt.Errorf("%q is no time", cells[at["time"]])
	}
	if r.PID, err = strconv.Atoi(cells[at["pid"]]); err != nil {
		return r, fmt.Errorf("%q is no process", cells[at["pid"]])
	}
	r.Known = cells[at["usage"]] != ""
	for name, to := range map[string]*uint64{"usage": &r.Usage, "real": &r.Real, "peak": &r.Peak, "rss": &r.RSS} {
		text := cells[at[name]]
		if text == "" && name != "rss" {
			continue
		}
		if *to, err = strconv.ParseUint(text, 10, 63); err != nil {
			return r, fmt.Errorf("%q is no number of bytes", text)
		}
	}
	r.Event, r.Detail = cells[at["event"]], cells[at["detail"]]
	return r, nil
}
