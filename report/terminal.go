package report

import "bufio"

// The escapes of Symfony's console, of which php-meminfo's analyzer is made:
// they set the foreground alone and reset it alone.
const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	normal = "\x1b[39m"
)

// tablewriter needs 14 µs and 5 KB a row. A page with more lines of tables
// than this is drawn by hand from there on.
const byLibraryUpTo = 1000

// terminal is the sheet of the table format.
type terminal struct {
	out   *bufio.Writer
	color bool
	width int // columns that tables have; 0: as many as they take
	drawn int // lines of tables so far
	err   error
	links []hyperlink // texts that are links, on the lines to come
}

func (t *terminal) info(text string) { t.write(green, text) }

func (t *terminal) line(text string) { t.write("", text) }

func (t *terminal) note(text string) { t.write(yellow, text) }

func (t *terminal) fail(text string) { t.write(red, text) }

func (t *terminal) gap() { t.write("", "") }

func (t *terminal) write(color, text string) {
	t.out.WriteString(t.paint(color, withLinks(printable(text), t.links)))
	t.out.WriteByte('\n')
}

func (t *terminal) paint(color, text string) string {
	if !t.color || color == "" {
		return text
	}
	return color + text + normal
}

func (t *terminal) table(g grid) {
	if t.err != nil {
		return
	}
	if t.width > 0 {
		g = fit(g, t.width)
	}
	widths, lines := measure(g)
	t.drawn += lines
	if t.drawn <= byLibraryUpTo {
		t.err = drawByLibrary(t.out, t.titles(g), g)
	} else {
		t.err = drawByHand(t.out, t.titles(g), g, widths)
	}
}

// titles returns the head of a table, nil for none.
func (t *terminal) titles(g grid) []string {
	if g.headless {
		return nil
	}
	titles := make([]string, len(g.columns))
	for i, c := range g.columns {
		titles[i] = t.paint(green, printable(c.title))
	}
	return titles
}
