package report

import "strings"

// flowing is a sheet that breaks its lines at blanks, to the width of a page.
// What follows on a first line is indented by two.
type flowing struct {
	sheet
	width int
}

// flow is the sheet for prose. A browser breaks the lines of Markdown itself.
func flow(out sheet, o Options) sheet {
	if o.Format == Markdown {
		return out
	}
	return flowing{out, o.columns()}
}

func (f flowing) info(text string) { f.each(f.sheet.info, text) }
func (f flowing) line(text string) { f.each(f.sheet.line, text) }
func (f flowing) note(text string) { f.each(f.sheet.note, text) }
func (f flowing) fail(text string) { f.each(f.sheet.fail, text) }

func (f flowing) each(write func(string), text string) {
	if textWidth(printable(text)) <= f.width {
		write(text)
		return
	}
	rest := strings.TrimLeft(text, " ")
	indent := text[:len(text)-len(rest)]
	for i, line := range wrap(rest, f.width-len(indent)-2) {
		if i > 0 {
			indent = text[:len(text)-len(rest)] + "  "
		}
		write(indent + line)
	}
}
