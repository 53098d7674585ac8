package report

import (
	"strings"
	"unicode/utf8"
)

// Prose is a text with names in it, which a format may set off from the words
// around them. Neither are escaped yet.
type prose []span

type span struct {
	text string
	name bool
}

// rawName is a name among the parts of a prose.
type rawName string

// words makes a prose of strings, names and other proses.
func words(parts ...any) prose {
	var p prose
	for _, part := range parts {
		switch v := part.(type) {
		case string:
			p = append(p, span{text: v})
		case rawName:
			p = append(p, span{string(v), true})
		case prose:
			p = append(p, v...)
		}
	}
	return p
}

// enumerate puts something between proses.
func enumerate(list []prose, between string) prose {
	var p prose
	for i, v := range list {
		if i > 0 {
			p = append(p, span{text: between})
		}
		p = append(p, v...)
	}
	return p
}

func (p prose) plain() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.text)
	}
	return b.String()
}

// sentence is a prose with a capital and a full stop. A name stays as it is.
func (p prose) sentence() prose {
	p = append(append(prose{}, p...), span{text: "."})
	if first := p[0].text; !p[0].name && first != "" && 'a' <= first[0] && first[0] <= 'z' {
		p[0].text = string(first[0]-'a'+'A') + first[1:]
	}
	return p
}

// wrap breaks a text at blanks into lines of a width, if none of its words is
// wider. The lines are printable.
func wrap(text string, width int) []string {
	var lines []string
	var line strings.Builder
	used := 0
	words := strings.Split(printable(text), " ")
	for i := 0; i < len(words); {
		first := i
		for i++; i < len(words) && (belongs(words[i]) || words[i-1] == "×"); i++ {
		}
		word := strings.Join(words[first:i], " ")
		w := textWidth(word)
		if used > 0 && used+1+w > width {
			lines = append(lines, line.String())
			line.Reset()
			used = 0
		}
		if used > 0 || line.Len() > 0 {
			line.WriteByte(' ')
			used++
		}
		line.WriteString(word)
		used += w
	}
	return append(lines, line.String())
}

// belongs tells what does not part from the number before it.
func belongs(word string) bool {
	switch strings.TrimRight(word, ",;.:") {
	case "B", "KiB", "MiB", "GiB", "%", "×":
		return true
	}
	return false
}

// shorten cuts the middle out of a text that is wider than a width. What it
// returns is printable.
func shorten(text string, width int) string {
	text = printable(text)
	if textWidth(text) <= width {
		return text
	}
	// All printable ASCII and most other characters are one column wide; of the
	// others fewer fit.
	const ellipsis = "…"
	head, tail := 0, len(text)
	for left := (width - 1) * 2 / 3; head < tail; {
		r, size := utf8.DecodeRuneInString(text[head:])
		if left -= textWidth(string(r)); left < 0 {
			break
		}
		head += size
	}
	for left := width - 1 - (width-1)*2/3; tail > head; {
		r, size := utf8.DecodeLastRuneInString(text[:tail])
		if left -= textWidth(string(r)); left < 0 {
			break
		}
		tail -= size
	}
	return text[:head] + ellipsis + text[tail:]
}
