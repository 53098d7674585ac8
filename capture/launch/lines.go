package launch

import "bytes"

// lines cuts a stream into lines and gives each to a function, without its end.
// Of a long line only the beginning is kept.
type lines struct {
	give func(line []byte)
	part []byte // of the line that is not complete
	long bool
}

const longestLine = 64 << 10

// feed takes the next bytes of the stream.
func (l *lines) feed(b []byte) {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			l.append(b)
			return
		}
		if len(l.part) == 0 {
			l.give(cut(b[:i]))
		} else {
			l.append(b[:i])
			l.give(cut(l.part))
		}
		l.part, l.long = l.part[:0], false
		b = b[i+1:]
	}
}

func (l *lines) append(b []byte) {
	if l.long {
		return
	}
	room := longestLine - len(l.part)
	l.long = len(b) > room
	l.part = append(l.part, b[:min(len(b), room)]...)
}

// cut leaves out what a terminal puts before the end of a line.
func cut(line []byte) []byte {
	line = line[:min(len(line), longestLine)]
	return bytes.TrimSuffix(line, []byte{'\r'})
}
