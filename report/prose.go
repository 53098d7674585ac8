package report

import (
	"strings"
)

// Prose is a text with names in it, which a format may set off from the words
// around them. Neither are escaped yet.
type prose []span

type span struct {
	text string
	kind spanKind
}

type spanKind uint8

const (
	plainText spanKind = iota
	aName
	aCommand // to be copied: it stays whole
)

// rawName is a name among the parts of a prose, rawCommand a command.
type (
	rawName    string
	rawCommand string
)

// words makes a prose of strings, names and other proses.
func words(parts ...any) prose {
	var p prose
	for _, part := range parts {
		switch v := part.(type) {
		case string:
			p = append(p, span{text: v})
		case rawName:
			p = append(p, span{string(v), aName})
		case rawCommand:
			p = append(p, span{string(v), aCommand})
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

// upTo enumerates the first values of a list, or all, and says how many more
// there are.
func upTo[T any](most int, all bool, values []T, name func(*T) prose) prose {
	shown := values
	if !all {
		shown = shown[:min(len(shown), most)]
	}
	p := enumerate(sliceOf(shown, name), ", ")
	if more := len(values) - len(shown); more > 0 {
		p = words(p, " and "+grouped(uint64(more))+" more")
	}
	return p
}

// plain is a prose as one string, not escaped.
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
	if first := p[0].text; p[0].kind == plainText && first != "" && 'a' <= first[0] && first[0] <= 'z' {
		p[0].text = string(first[0]-'a'+'A') + first[1:]
	}
	return p
}

// wrap breaks a text at blanks into lines of a width, if none of its words is
// wider. The lines are printable.
func wrap(text string, width int) []string { return words(text).lines(width, full) }

// lines lays a prose out in lines of a width. What is too wide for one is a
// name that loses its middle, as the detail has it, or a command, which has a
// line of its own. The lines are printable.
func (p prose) lines(width int, d detail) []string {
	var lines []string
	line, used := "", 0
	for i, token := range p.tokens(width, d) {
		w := textWidth(token)
		switch {
		case i == 0:
			line = token
		case used > 0 && used+1+w > width:
			lines = append(lines, line)
			line, used = token, -1
		default:
			line += " " + token
		}
		if i > 0 {
			used++
		}
		used += w
	}
	return append(lines, line)
}

// tokens are the parts of a prose that do not break.
func (p prose) tokens(width int, d detail) []string {
	// What may stand before a name and behind it: quotes, a comma.
	const around = 3
	var tokens []string
	var token strings.Builder
	for _, s := range p {
		text := printable(s.text)
		switch s.kind {
		case aName:
			token.WriteString(within(s.text, max(width-around-textWidth(token.String()), leastName), d))
			continue
		case aCommand:
			token.WriteString(text)
			continue
		}
		for i, word := range strings.Split(text, " ") {
			switch last := token.String(); {
			case i == 0:
			case belongs(word), strings.HasSuffix(last, "×"), strings.HasSuffix(last, "analyzer"):
				token.WriteByte(' ')
			default:
				tokens = append(tokens, last)
				token.Reset()
			}
			token.WriteString(word)
		}
	}
	return append(tokens, token.String())
}

// belongs tells what does not part from the number before it.
func belongs(word string) bool {
	switch strings.TrimRight(word, ",;.:)") {
	case "B", "KiB", "MiB", "GiB", "TiB", "ms", "%", "×":
		return true
	}
	return false
}

// upperFirst begins a text with a capital.
func upperFirst(text string) string {
	if text != "" && 'a' <= text[0] && text[0] <= 'z' {
		return string(text[0]-'a'+'A') + text[1:]
	}
	return text
}
