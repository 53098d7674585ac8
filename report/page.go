package report

import "strings"

// What text is laid out in where there is no terminal, and the least and the
// most that it is in one: longer lines are hard to read.
const (
	pageWidth    = 80
	pageWidthMin = 48
	pageWidthMax = 120
)

// columns are those that text is laid out in.
func (o Options) columns() int {
	if o.Width > 0 {
		return min(max(o.Width, pageWidthMin), pageWidthMax)
	}
	return pageWidth
}

// A textPage lays prose out on a sheet: in lines of its width, under titles, and
// with commands that stay whole.
type textPage struct {
	sheet
	width  int // columns of a line
	all    bool
	detail detail
}

// textPageOf is a page as wide as the options say.
func textPageOf(out sheet, o Options) textPage {
	return textPage{sheet: out, width: o.columns(), all: o.Verbose, detail: o.detail()}
}

// A remark is what is said of a finding under a title.
type remark struct {
	title string
	text  prose
}

// Remarks are indented, and their texts begin in one column.
const (
	remarkIndent = "    "
	titleWidth   = 8
)

// titled is what stands before the first line of a remark, and before the others
// if the title is empty.
func titled(title string) string { return remarkIndent + pad(title, titleWidth-1) + " " }

// remark writes a remark, its lines below each other.
func (p textPage) remark(r remark) { p.flow(titled(r.title), titled(""), r.text) }

// points writes texts under one title, each with a dash.
func (p textPage) points(title string, texts []prose) {
	for _, text := range texts {
		p.flow(titled(title)+"- ", titled("")+"  ", text)
		title = ""
	}
}

// under writes lines that are laid out already under a title.
func (p textPage) under(title string, lines []string) {
	for _, line := range lines {
		p.line(titled(title) + line)
		title = ""
	}
}

// command writes a command behind a title, or below it where there is no room:
// it is to be copied, so it is never broken.
func (p textPage) command(title, command string) {
	if textWidth(title)+textWidth(command) <= p.width {
		p.line(title + command)
		return
	}
	p.line(strings.TrimRight(title, " "))
	indent := strings.Repeat(" ", len(title)-len(strings.TrimLeft(title, " "))+2)
	if len(indent)+textWidth(command) > p.width {
		indent = ""
	}
	p.line(indent + command)
}

// hang writes a text behind one indent, and its other lines behind another.
func (p textPage) hang(first, others, text string) { p.flow(first, others, words(text)) }

// flow is hang for a text with names in it, which lose their middle where they
// are wider than a line.
func (p textPage) flow(first, others string, text prose) {
	for i, line := range text.lines(p.width-max(textWidth(first), textWidth(others)), p.detail) {
		if i == 0 {
			p.line(first + line)
		} else {
			p.line(others + line)
		}
	}
}

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

// table aligns numbers on the right, as Markdown does itself.
func (f flowing) table(g grid) { f.sheet.table(aligned(g)) }

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

// points writes the points of a list, and points below a point.
type points struct {
	sheet
	first, second string
}

func (p points) point(text string) { p.line(p.first + text) }

func (p points) below(text string) { p.line(p.second + text) }

// command is a point that is never broken: it is to be copied.
func (p points) command(text string) {
	whole := p.sheet
	if f, ok := whole.(flowing); ok {
		whole = f.sheet
	}
	whole.line(p.first + text)
}

// pad fills a text up to a width.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(width-textWidth(text), 0))
}

// padLeft fills a text up to a width, in front.
func padLeft(text string, width int) string {
	return strings.Repeat(" ", max(width-textWidth(text), 0)) + text
}
