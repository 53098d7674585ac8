package usage

import (
	"bytes"
	"fmt"
	"strings"
)

// csvLayout is which column has what. Cells may stand in quotes, without line
// breaks in them.
type csvLayout struct {
	comma   byte
	columns []field // by column; fields for one of no use
	least   int     // cells that a line needs: up to the usage
	cells   [][]byte
	quoted  []byte
}

// head reads the names of the columns.
func (c *csvLayout) head(line []byte, p *parser) error {
	c.comma = ','
	for _, b := range []byte{'\t', ';', '|'} {
		if bytes.Count(line, []byte{b}) > bytes.Count(line, []byte{c.comma}) {
			c.comma = b
		}
	}
	c.split(line)
	var ranks [fields]int
	var at [fields]int
	var found [fields]bool
	names := make([]string, len(c.cells))
	for i, cell := range c.cells {
		names[i] = string(cell)
		f, rank, ok := match(names[i], &p.given)
		if !ok || found[f] && ranks[f] <= rank {
			continue
		}
		found[f], ranks[f], at[f], p.names[f] = true, rank, i, names[i]
	}
	for f := range fields {
		if p.given[f] != "" && !found[f] {
			return fmt.Errorf("there is no column %q: the first line has %s", p.given[f], strings.Join(names, ", "))
		}
	}
	if !found[fieldUsage] {
		return fmt.Errorf("%w in the first line; it has %s", ErrNoUsage, strings.Join(names, ", "))
	}
	c.columns = make([]field, len(names))
	for i := range c.columns {
		c.columns[i] = fields
	}
	for f := range fields {
		if found[f] {
			c.columns[at[f]] = f
		}
	}
	c.least = at[fieldUsage] + 1
	return nil
}

// split cuts a line into cells, their quotes taken off.
func (c *csvLayout) split(line []byte) {
	c.cells, c.quoted = c.cells[:0], c.quoted[:0]
	for {
		if len(line) > 0 && line[0] == '"' {
			cell, rest, more := c.unquote(line[1:])
			c.cells = append(c.cells, cell)
			if !more {
				return
			}
			line = rest
			continue
		}
		end := bytes.IndexByte(line, c.comma)
		if end < 0 {
			c.cells = append(c.cells, trim(line))
			return
		}
		c.cells = append(c.cells, trim(line[:end]))
		line = line[end+1:]
	}
}

// trim takes off blanks; most cells have none.
func trim(cell []byte) []byte {
	if len(cell) > 0 && (cell[0] <= ' ' || cell[len(cell)-1] <= ' ') {
		return bytes.TrimSpace(cell)
	}
	return cell
}

// unquote reads a cell up to its closing quote, and past the comma behind it.
func (c *csvLayout) unquote(line []byte) (cell, rest []byte, more bool) {
	from := len(c.quoted)
	for {
		i := bytes.IndexByte(line, '"')
		if i < 0 { // never closed
			c.quoted = append(c.quoted, line...)
			return c.quoted[from:], nil, false
		}
		c.quoted = append(c.quoted, line[:i]...)
		if line = line[i+1:]; len(line) > 0 && line[0] == '"' {
			c.quoted = append(c.quoted, '"')
			line = line[1:]
			continue
		}
		_, rest, more = bytes.Cut(line, []byte{c.comma})
		return c.quoted[from:], rest, more
	}
}

// read reads a line. A line of fewer cells than the head has is cut, or of another
// kind.
func (c *csvLayout) read(line []byte, p *parser) lineKind {
	c.split(line)
	if len(c.cells) < len(c.columns) {
		return damaged
	}
	for i, f := range c.columns {
		if f < fields && !p.set(f, c.cells[i]) {
			return damaged
		}
	}
	if len(c.cells[c.least-1]) == 0 {
		return other
	}
	return isReading
}
